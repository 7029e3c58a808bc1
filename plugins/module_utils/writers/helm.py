# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helm's calls as plans name them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_commands
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_commands import Upgrade
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_inputs import check_helm_timeout
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import BUSY, HelmCli
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import SERVER
from ansible_collections.epinio.aws.plugins.module_utils.readers.pods import read_deployment
from ansible_collections.epinio.aws.plugins.module_utils.readers.troubles import read_troubles

# Seconds beyond helm's own timeout: fetching the chart, hooks, and the noting of a failure.
_MARGIN = 300.0
_POLL = 1.0
# Helm 3 cannot roll this chart back once something that it rendered is gone, such as the bundled store's account. It
# leaves the revision `failed`, from which an upgrade gets on.
_CANNOT_ROLL_BACK = re.compile(r"no \w+ with the name .* found")
_NEXT = "Remove the cause, then run this again: the next run upgrades whatever this one has left behind."


class HelmWriter:
    """Upgrade and roll back one release.

    What is upgraded to is what was rehearsed last (`prepare`): its values are in no plan, since they may be secret.
    `guarded` runs a call of helm's while Epinio's own state is put back.
    """

    def __init__(self, helm: HelmCli, api_client: Any, guarded: Callable[[Callable[[], Any]], Any]) -> None:
        self._helm = helm
        self._api_client = api_client
        self._guarded = guarded
        self._prepared: Upgrade | None = None

    def prepare(self, upgrade: Upgrade) -> None:
        """Take what `upgrade` is going to do."""
        self._prepared = upgrade

    def upgrade(self, name: str, namespace: str, chart: str, version: str, keys: list[str], reasons: list[str]) -> None:
        """Upgrade the release to what was rehearsed. Raises `ServiceFailed` with helm's and Kubernetes' reasons."""
        prepared = self._prepared
        if prepared is None or (name, namespace, version) != (
            prepared.name,
            prepared.namespace,
            prepared.chart.version,
        ):
            raise AssertionError(
                f"an upgrade of {name} to {chart} {version} was planned without a rehearsal: {reasons}, {keys}"
            )
        arguments = prepared.arguments(self._helm.major() if prepared.server_side else 0)
        seconds = check_helm_timeout(prepared.timeout) + _MARGIN
        attempt = f"upgrade release {name} to chart {version}"
        try:
            self._guarded(
                lambda: self._helm.run(
                    attempt,
                    arguments,
                    seconds=seconds,
                    values=prepared.values,
                    hidden=prepared.hidden,
                    repository=prepared.chart.private_repository,
                )
            )
        except ServiceFailed as error:
            if error.code == BUSY:
                raise
            raise ServiceFailed(attempt, self._explained(error.reason, namespace), advice=_NEXT) from error
        self._see_through(attempt, namespace, check_helm_timeout(prepared.timeout))

    def rollback(self, name: str, namespace: str, revision: int, server_side: bool) -> None:
        """End a pending revision that nobody works on any more by going back to an earlier one."""
        force = server_side and self._helm.major() >= 4
        arguments = helm_commands.rollback_arguments(name, namespace, revision, force=force)
        attempt = f"roll release {name} back to revision {revision}"

        def roll_back() -> None:
            try:
                self._helm.run(attempt, arguments, seconds=_MARGIN)
            except ServiceFailed as error:
                if not _CANNOT_ROLL_BACK.search(error.reason):
                    raise

        self._guarded(roll_back)

    def _see_through(self, attempt: str, namespace: str, seconds: float) -> None:
        """Wait until Epinio's server runs as upgraded.

        Helm 3 waits for no pod here: the chart lets all of them be away during a rollout (maxUnavailable 1 of 1).
        """
        end = time.monotonic() + seconds
        while (found := read_deployment(self._api_client, namespace, SERVER)) and not found.complete:
            if time.monotonic() >= end:
                reason = f"its server is not ready after {seconds:.0f} seconds"
                raise ServiceFailed(attempt, self._explained(reason, namespace), advice=_NEXT)
            time.sleep(_POLL)

    def _explained(self, reason: str, namespace: str) -> str:
        """Helm's reason with what Kubernetes says, if it lets us look."""
        try:
            troubles = read_troubles(self._api_client, namespace)
        except ServiceFailed as error:
            return f"{reason}. {error}"
        return f"{reason}. Kubernetes says: {troubles}" if troubles else reason
