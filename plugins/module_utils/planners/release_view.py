# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The release in the shape that the module returns, as it is and as an upgrade would make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import Version, server_version
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import DEPLOYED, Release
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.secrecy import HIDDEN, shown
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Values
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import (
    Actual,
    Request,
    Server,
    Target,
)


@dataclass(frozen=True)
class Prospect:
    """The part of the result that an upgrade changes."""

    revision: int
    status: str
    chart_version: str
    values: Values = field(repr=False)
    server: Server | None

    @property
    def server_version(self) -> Version | None:
        return server_version(self.server.image if self.server else "", self.chart_version)


def as_found(actual: Actual) -> Prospect:
    """The release before an upgrade."""
    release = actual.release
    return Prospect(release.revision, release.status, release.chart_version, release.config, actual.server)


def as_upgraded(actual: Actual, target: Target, preview: Release, server: Server | None) -> Prospect:
    """The release after it, and the server that it would render."""
    # A rollback that ends a pending revision makes one of its own.
    steps = 2 if actual.release.pending else 1
    revision = actual.release.revision + steps
    return Prospect(revision, DEPLOYED, preview.chart_version, target.values, server or actual.server)


def view(request: Request, actual: Actual, target: Target, prospect: Prospect, record: Record | None) -> dict[str, Any]:
    """The release in the shape that the module returns; `record` is ours as it will be then."""
    owned = {helm.dotted(keys): shown(keys, helm.get(prospect.values, keys)) for keys in target.owned}
    others = [keys for keys in target.changed if keys not in target.owned]
    return {
        "name": request.name,
        "namespace": request.namespace,
        "revision": prospect.revision,
        "status": prospect.status,
        "chart": actual.release.chart,
        "chart_version": prospect.chart_version,
        "former_chart_version": actual.former_chart or actual.release.chart_version,
        "annotates": target.family.annotations_in_values,
        "server_version": str(prospect.server_version or ""),
        "apply_method": actual.release.apply_method,
        "server_service_account": prospect.server.service_account if prospect.server else actual.server_account,
        "owned_values": owned,
        "other_values": {helm.dotted(keys): _hidden(actual.release.config, prospect.values, keys) for keys in others},
        "values_to_return_to": _to_return_to(record),
    }


def _hidden(old: Values, now: Values, keys: helm.Path) -> str | None:
    """A value of the user's that changes: that it does, not what it is."""
    value = helm.get(now, keys)
    if value is ABSENT:
        return None
    return HIDDEN if helm.equal(value, helm.get(old, keys)) else f"{HIDDEN[:-1]}, another)"


def _to_return_to(record: Record | None) -> Mapping[str, Any]:
    return {helm.dotted(keys): shown(keys, value) for keys, value in record.former.items()} if record else {}
