# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From where a proof is carried out: what was asked for, and what is possible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import Finding, Verdict
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

CONTROLLER, CLUSTER, BOTH, AUTO = "controller", "cluster", "both", "auto"
FROM_THE_CONTROLLER = "The access was tried from where Ansible runs only."


@dataclass(frozen=True)
class Places:
    """Whether the calls are made from where Ansible runs, from pods, or both, and what is to be said about it.

    `without_jobs` is what it means if it turns out that no Job can be made.
    """

    controller: bool
    pods: bool
    findings: tuple[Finding, ...] = ()
    without_jobs: Verdict = Verdict.INCONCLUSIVE


def places(wanted: str, missing_rights: Callable[[], Sequence[str]], *, of_nodes: bool) -> Places:
    """Where a proof runs. `auto` is all that is possible; anything else is what it says, or nothing is decided.

    `missing_rights` tells what the caller lacks for a Job, and is asked for `auto` only. `of_nodes`: nodes' roles are
    to be proven, whose credentials only pods have. Raises `Refused` for nodes' roles from where Ansible runs.
    """
    if wanted != AUTO:
        if of_nodes and wanted != CLUSTER:
            raise Refused(
                f"The roles of nodes (node_roles) can be proven by pods only: from is {wanted}, and must be {CLUSTER} "
                f"or {AUTO}."
            )
        return Places(wanted in (CONTROLLER, BOTH), wanted in (CLUSTER, BOTH))
    missing = missing_rights()
    if not missing:
        return Places(False, True) if of_nodes else Places(True, True, without_jobs=Verdict.NOTED)
    lacking = f"The caller of the Kubernetes API lacks the rights {', '.join(missing)}, so no Job can prove the access"
    if of_nodes:
        finding = Finding(
            Verdict.INCONCLUSIVE, f"{lacking}, and nothing else can prove a node's role.", "Grant these rights."
        )
        return Places(False, False, (finding,))
    finding = Finding(Verdict.NOTED, f"{lacking}. {FROM_THE_CONTROLLER}", "Grant these rights to prove more.")
    return Places(True, False, (finding,))


def node_role_findings(roles: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """What is to be said about nodes' roles before any is proven: those without a node, and what they mean."""
    listed = list(roles)
    bare = sorted(role["name"] for role in listed if not role["nodes"])
    found = []
    if listed and len(bare) == len(listed):
        text = f"No ready node has the role {' or '.join(bare)}, so no pod can prove it."
        found.append(Finding(Verdict.INCONCLUSIVE, text, "Prove it once a node is there: playbook verify."))
    elif bare:
        text = f"No ready node has the role {' or '.join(bare)}: it was not proven."
        found.append(Finding(Verdict.NOTED, text, "Prove it once a node is there: playbook verify."))
    text = "Every pod on the nodes of these roles has the access, so what must be refused to others was not asked."
    found.append(Finding(Verdict.NOTED, text, "IRSA, which is recommended, gives it to Epinio's accounts only."))
    return tuple(found)
