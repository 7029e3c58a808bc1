# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines of helm 3 and 4. Values never stand in one: they are read from standard input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_inputs
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import DESCRIPTION

# Since Kubernetes 1.25 the API server checks fields itself. helm fetches the descriptions of all APIs that a chart uses
# all the same, some megabytes, and parses them for each kind, which is most of its work, only to learn that there is
# nothing for it to check (kubernetes/kubectl, pkg/validation/schema.go, paramVerifyingSchema).
_UNCHECKED = "--disable-openapi-validation"


@dataclass(frozen=True)
class Chart:
    """Where the chart comes from: a plain name out of `repository`, `repo/name` or an OCI reference, or a path."""

    reference: str
    repository: str
    version: str

    def __post_init__(self) -> None:
        helm_inputs.check_chart_ref(self.reference)
        helm_inputs.check_chart_version(self.version)

    def arguments(self) -> list[str]:
        plain = helm_inputs.is_plain_name(self.reference)
        return [self.reference, *(["--repo", self.repository] if plain else []), "--version", self.version]

    def is_version(self, found: str) -> bool:
        """Whether a chart's own version is the wanted one; helm takes it with or without a leading v."""
        return found.removeprefix("v") == self.version.removeprefix("v")


@dataclass(frozen=True)
class Upgrade:
    """One `helm upgrade`. `values` go to standard input; `timeout` is a duration as helm takes it (`10m`).

    `hidden` are strings of the values that no error text may quote. `description` is for `helm history`.
    """

    name: str
    namespace: str
    chart: Chart
    values: Mapping[str, Any] = field(repr=False)
    timeout: str
    server_side: bool = False
    hidden: frozenset[str] = field(default=frozenset(), repr=False)
    description: str = DESCRIPTION

    def arguments(self, helm_major: int) -> list[str]:
        """The upgrade itself.

        A release applied by server-side apply is forced through conflicts: Epinio writes into objects that the chart
        renders, and what it wrote is put back afterwards. Only helm 4 knows that option.
        """
        force = ["--force-conflicts"] if self.server_side and helm_major >= 4 else []
        waiting = ["--wait", "--timeout", self.timeout, "--description", self.description, *force]
        return ["upgrade", *self._common(), "--reset-values", *waiting]

    def preview_arguments(self, *, pending: bool) -> list[str]:
        """A server-side dry run that prints the release.

        While an operation is pending helm refuses to rehearse an upgrade, but not to rehearse an installation of the
        same name, which renders the same for this chart.
        """
        verb = ["install"] if pending else ["upgrade"]
        return [
            *verb,
            *self._common(),
            *([] if pending else ["--reset-values"]),
            "--dry-run=server",
            "--output",
            "json",
        ]

    def _common(self) -> list[str]:
        return [self.name, *self.chart.arguments(), "--namespace", self.namespace, _UNCHECKED, "--values", "-"]


def rollback_arguments(name: str, namespace: str, revision: int, *, force: bool) -> list[str]:
    """A rollback that waits for nothing: an upgrade follows. `force` as for `Upgrade`, where helm knows it."""
    return ["rollback", name, str(revision), "--namespace", namespace, *(["--force-conflicts"] if force else [])]


def uninstall_arguments(name: str, namespace: str, timeout: str, *, keep_history: bool) -> list[str]:
    """An uninstallation that waits until all is gone. `keep_history` keeps the revisions, and so what they rendered."""
    kept = ["--keep-history"] if keep_history else []
    return ["uninstall", name, "--namespace", namespace, "--wait", "--timeout", timeout, *kept]
