# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Secret in which Helm keeps one revision of a release.

`data.release` is base64 of gzip of JSON, base64 once more as the data of every Secret; the same in Helm 3 and 4
(helm/helm, pkg/storage/driver/util.go).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.kubernetes_fields import fitting
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

SERVER_SIDE = "ssa"
DEPLOYED = "deployed"
# What `helm history` says of the revisions that we made; it tells our values from somebody else's.
DESCRIPTION = "Wired to S3 by epinio.aws"
# And of those that took our values back.
TAKEN_BACK = "Wiring to S3 taken back by epinio.aws"
UNINSTALLED = "uninstalled"
# Of such a release nothing is left to be given back; one whose helm was killed is uninstalling for ever.
GONE = (UNINSTALLED, "uninstalling")
_SUPERSEDED = "superseded"
# RFC 3339 as Go writes it, with up to nine digits of a second.
_TIME = re.compile(r"(?P<second>[\d-]+T[\d:]+)(\.(?P<fraction>\d+))?(?P<zone>Z|[+-][\d:]+)")
# What is read of a release (helm/helm, pkg/release/v1/release.go and pkg/chart/v2).
_FORM: dict[str, Any] = {
    "name!": str,
    "namespace": str,
    "version!": int,
    "info!": {"status!": str, "last_deployed": str, "description": str},
    "chart!": {
        "metadata!": {"name!": str, "version!": str},
        "values": dict,
        "templates": [{"name!": str, "data": str}],
    },
    "config": dict,
    "manifest": str,
    "apply_method": str,
    "hooks": [{"manifest": str}],
}


@dataclass(frozen=True)
class Revision:
    """One stored revision, without its content. `writer` is the field manager that wrote it last, `""` if unknown."""

    number: int
    status: str
    writer: str = ""


@dataclass(frozen=True)
class Release:
    """The newest revision of a release.

    `config` are the user-supplied values, `defaults` the chart's. `since` is when the revision was written (RFC 3339).
    `manifest` is what it rendered, `hooks` are left out of that. `apply_method` is `ssa` where Helm applies on the
    server's side. `templates` are digests of the chart's own, by name: sub-charts are not stored.
    """

    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    chart_version: str
    since: str = ""
    description: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    manifest: str = field(default="", repr=False)
    apply_method: str = ""
    hooks: str = field(default="", repr=False)
    templates: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def label(self) -> str:
        """The revision, when it was written and how, for somebody who looks for it in `helm history`."""
        what = self.description or "no description"
        return f"Revision {self.revision} of release {self.name} ({self.since}, {what})"

    @property
    def pending(self) -> bool:
        """Whether Helm says that it is still at it; so it says for ever after it was killed."""
        return self.status.startswith("pending-")

    @property
    def server_side(self) -> bool:
        return self.apply_method == SERVER_SIDE


def decoded(data: str) -> Release:
    """The release in `data.release` of the Secret, as the API returns it. Raises `ValueError` for what is none."""
    try:
        content = gzip.decompress(base64.b64decode(base64.b64decode(data)))
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"it is no gzip: {error}") from error
    return release(json.loads(content))


def release(content: Mapping[str, Any]) -> Release:
    """The release that Helm's JSON describes: in its storage, or printed by `helm upgrade --output json`.

    Raises `ForeignAnswer` for JSON of another form.
    """
    content = fitting(_FORM, content)
    info, chart = content["info"], content["chart"]
    return Release(
        name=content["name"],
        namespace=content.get("namespace", ""),
        revision=content["version"],
        status=info["status"],
        chart=chart["metadata"]["name"],
        chart_version=chart["metadata"]["version"],
        since=info.get("last_deployed", ""),
        description=info.get("description", ""),
        config=content.get("config") or {},
        defaults=chart.get("values") or {},
        manifest=content.get("manifest", ""),
        apply_method=content.get("apply_method", ""),
        templates={one["name"]: _digest(one.get("data", "")) for one in chart.get("templates") or ()},
        hooks="\n---\n".join(hook.get("manifest", "") for hook in content.get("hooks") or ()),
    )


def secret_name(name: str, revision: int) -> str:
    """The Secret of a revision."""
    return f"sh.helm.release.v1.{name}.v{revision}"


def missing(namespace: str, name: str) -> Refused:
    """What to say where a release is needed and there is none."""
    return Refused(
        f"There is no Helm release {name} in namespace {namespace}: check epinio_release and epinio_namespace "
        "(helm list --all-namespaces). Only releases that Helm keeps in Secrets, as it does by default, are found; "
        "Argo CD makes none."
    )


def last_finished(revisions: tuple[Revision, ...]) -> int | None:
    """The number of the revision that helm upgrades from where the newest has not ended well; `None` if there is none.

    That is the newest which is still called deployed (helm/helm, pkg/action/upgrade.go, prepareUpgrade). Superseded
    ones count only without it: a rollback that failed calls so what it was to end (pkg/action/rollback.go).
    """
    for status in (DEPLOYED, _SUPERSEDED):
        found = [revision.number for revision in revisions if revision.status == status]
        if found:
            return max(found)
    return None


def _digest(data: str) -> str:
    return hashlib.sha256(data.encode()).hexdigest()


def written(since: str) -> datetime | None:
    """The time that `Release.since` names, to the microsecond; `None` if it names none.

    Python 3.10 reads neither nanoseconds nor `Z` (datetime.fromisoformat).
    """
    found = _TIME.fullmatch(since)
    if not found:
        return None
    fraction = (found["fraction"] or "")[:6].ljust(6, "0")
    zone = "+00:00" if found["zone"] == "Z" else found["zone"]
    try:
        return datetime.fromisoformat(f"{found['second']}.{fraction}{zone}")
    except ValueError:
        return None
