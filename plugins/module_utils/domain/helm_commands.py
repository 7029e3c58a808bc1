# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines of helm 3 and 4. Values never stand in one: they are read from standard input.

What people give is the value of an option in one argument with it, or stands behind `--`: nothing of it can be taken
for an option.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_inputs, urls
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import DESCRIPTION

# Since Kubernetes 1.25 the API server checks fields itself. helm fetches the descriptions of all APIs that a chart uses
# all the same, some megabytes, and parses them for each kind, which is most of its work, only to learn that there is
# nothing for it to check (kubernetes/kubectl, pkg/validation/schema.go, paramVerifyingSchema).
_UNCHECKED = "--disable-openapi-validation"
# The repository whose URL has credentials, as helm is told of it for one call.
PRIVATE = "epinio-aws-private"


@dataclass(frozen=True)
class Chart:
    """Where the chart comes from: a plain name out of `repository`, `repo/name` or an OCI reference, or a path."""

    reference: str
    repository: str = field(repr=False)
    version: str

    def __post_init__(self) -> None:
        helm_inputs.check_chart_ref(self.reference)
        helm_inputs.check_chart_version(self.version)

    @property
    def private_repository(self) -> str:
        """The URL of the repository if it may hold credentials, which no argument may show; else `""`."""
        plain = helm_inputs.is_plain_name(self.reference)
        return self.repository if plain and urls.may_hold_credentials(self.repository) else ""

    def options(self) -> list[str]:
        """The options that say where the chart comes from."""
        public = helm_inputs.is_plain_name(self.reference) and not self.private_repository
        return [*([f"--repo={self.repository}"] if public else []), f"--version={self.version}"]

    @property
    def name(self) -> str:
        """What helm calls the chart in its arguments."""
        return f"{PRIVATE}/{self.reference}" if self.private_repository else self.reference

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
        waiting = ["--wait", f"--timeout={self.timeout}", f"--description={self.description}", *force]
        return ["upgrade", *self._options(), "--reset-values", *waiting, *self._subject()]

    def preview_arguments(self, *, pending: bool) -> list[str]:
        """A server-side dry run that prints the release.

        While an operation is pending helm refuses to rehearse an upgrade, but not to rehearse an installation of the
        same name, which renders the same for this chart.
        """
        start = ["install"] if pending else ["upgrade", "--reset-values"]
        return [*start, *self._options(), "--dry-run=server", "--output=json", *self._subject()]

    def _options(self) -> list[str]:
        return [f"--namespace={self.namespace}", *self.chart.options(), _UNCHECKED, "--values=-"]

    def _subject(self) -> list[str]:
        return ["--", self.name, self.chart.name]


def rollback_arguments(name: str, namespace: str, revision: int, *, force: bool) -> list[str]:
    """A rollback that waits for nothing: an upgrade follows. `force` as for `Upgrade`, where helm knows it."""
    forced = ["--force-conflicts"] if force else []
    return ["rollback", f"--namespace={namespace}", *forced, "--", name, str(revision)]


def uninstall_arguments(name: str, namespace: str, timeout: str, *, keep_history: bool) -> list[str]:
    """An uninstallation that waits until all is gone. `keep_history` keeps the revisions, and so what they rendered."""
    kept = ["--keep-history"] if keep_history else []
    return ["uninstall", f"--namespace={namespace}", "--wait", f"--timeout={timeout}", *kept, "--", name]


def update_arguments(helm_major: int) -> list[str]:
    """Fetch the index of the private repository. Helm 4 always fails where that fails."""
    strict = ["--fail-on-repo-update-fail"] if helm_major == 3 else []  # Helm 3
    return ["repo", "update", *strict, "--", PRIVATE]
