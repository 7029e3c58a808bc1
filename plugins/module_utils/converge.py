# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry a plan out and report it: the only place that knows check mode."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from ansible_collections.epinio.aws.plugins.module_utils import retries
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan, listed
from ansible_collections.epinio.aws.plugins.module_utils.sdk import refuse_unsupported

# How often a world that keeps changing is read and planned again before the run gives up.
ROUNDS = 6


def converge(module: Any, key: str, survey: Callable[[], Plan], clients: Mapping[str, Any]) -> NoReturn:
    """End the module with the plan's result, after carrying the plan out unless this is check mode.

    `survey` reads the world and plans; it is called again where the world turns out to have changed meanwhile.
    `clients` maps the first part of an operation's name to the object that has its method. The result holds `changed`,
    `changes`, `diff`, `notices`, `residue` (of a removal) and the object under `key`, the same in check mode as in the
    run that follows.
    """

    def supported() -> Plan:
        plan = survey()
        refuse_unsupported(plan.changes, clients)
        return plan

    plan = supported()
    before, changes = plan.before, plan.changes
    if not module.check_mode:
        plan, changes = carry_out(plan, supported, clients)
    removal = module.params.get("state") == "absent"
    module.exit_json(
        changed=bool(changes),
        changes=listed(changes),
        diff={"before": dict(before), "after": dict(plan.after)},
        notices=list(plan.notices),
        **({"residue": listed(plan.residue)} if removal else {}),
        **{key: dict(plan.after)},
    )
    raise AssertionError("exit_json returns nowhere")


def carry_out(plan: Plan, survey: Callable[[], Plan], clients: Mapping[str, Any]) -> tuple[Plan, tuple[Change, ...]]:
    """Make the plan's changes and return the plan that held in the end with the changes that happened."""
    made: list[Change] = []
    pauses = retries.pauses(retries.PROPAGATION, first=1.0)
    for last in [False] * (ROUNDS - 1) + [True]:
        conflict = _make(plan.changes, clients, made)
        if conflict is None:
            return plan, tuple(made)
        if last:
            raise conflict
        time.sleep(next(pauses))
        plan = survey()
    raise AssertionError("the last round returns or raises")


def _make(changes: tuple[Change, ...], clients: Mapping[str, Any], made: list[Change]) -> ServiceFailed | None:
    """Make the changes in turn, adding each to `made`. A returned error wants the world to be read again."""
    for change in changes:
        conflict = None
        try:
            _perform(change, clients)
        except ServiceFailed as error:
            if retries.overtaken(change.operation, error.code):
                return error
            if retries.there(error.code):
                conflict = error
            elif not retries.gone(change.operation, error.code):
                raise
        if change not in made:
            made.append(change)
        if conflict is not None:
            return conflict
    return None


def _perform(change: Change, clients: Mapping[str, Any]) -> None:
    client, method = change.operation.split(".")
    call = getattr(clients[client], method)
    retries.patiently(change.operation, change.summary, lambda: call(**change.arguments))
