# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The release as Helm keeps it in the cluster, and what an upgrade would make of it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_output, helm_storage
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_commands import Upgrade
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release, Revision
from ansible_collections.epinio.aws.plugins.module_utils.domain.secrecy import masked
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed, reading
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import HelmCli
from ansible_collections.epinio.aws.plugins.module_utils.readers.secrets import SECRETS, read_data

# Seconds. A chart is fetched and rendered, nothing is waited for.
_PREVIEW = 180.0
_BINARY = "Check that epinio_helm_binary is helm itself, and what wraps it."
_FORMAT = "See whether helm can read it (helm history), and who has changed the Secret."


def find_revisions(api_client: Any, namespace: str, name: str) -> tuple[Revision, ...]:
    """The stored revisions of a release, oldest first, without their content: each may hold a megabyte."""
    attempt, where = f"list the revisions of release {name} in namespace {namespace}", rest.path(SECRETS, namespace)
    found = rest.items(attempt, api_client, where, metadata_only=True, labelSelector=f"owner=helm,name={name}")
    with reading(attempt, _FORMAT):
        revisions = [_revision(item["metadata"]) for item in found]
    return tuple(sorted(revisions, key=lambda revision: revision.number))


def read_revisions(api_client: Any, namespace: str, name: str) -> tuple[Revision, ...]:
    """The stored revisions of a release. Raises `Refused` if there is none."""
    revisions = find_revisions(api_client, namespace, name)
    if not revisions:
        raise helm_storage.missing(namespace, name)
    return revisions


def find_newest(api_client: Any, namespace: str, name: str) -> Release | None:
    """The newest revision of a release, in full; `None` if there is none."""
    revisions = find_revisions(api_client, namespace, name)
    return read_release(api_client, namespace, name, revisions[-1].number) if revisions else None


def read_newest(api_client: Any, namespace: str, name: str) -> Release:
    """The newest revision of a release, in full. Raises `Refused` if there is none."""
    return read_release(api_client, namespace, name, read_revisions(api_client, namespace, name)[-1].number)


def read_release(api_client: Any, namespace: str, name: str, revision: int) -> Release:
    """One revision of a release, in full."""
    secret = helm_storage.secret_name(name, revision)
    data = read_data(api_client, namespace, secret)
    if data is None or "release" not in data:
        raise ServiceFailed(f"read revision {revision} of release {name}", f"Secret {secret} is gone or empty")
    with reading(f"read revision {revision} of release {name} in Secret {secret}", _FORMAT):
        return helm_storage.decoded(data["release"])


def age(release: Release) -> float:
    """Seconds since the newest revision was written. Raises `ServiceFailed` if it does not say when."""
    written = helm_storage.written(release.since)
    if written is None:
        attempt = f"tell how old revision {release.revision} of release {release.name} is"
        raise ServiceFailed(attempt, f"its time is {release.since!r}")
    return (datetime.now(timezone.utc) - written).total_seconds()


def read_preview(helm: HelmCli, upgrade: Upgrade, *, pending: bool) -> Release:
    """The release as the upgrade would make it: a server-side dry run, kept in memory, never shown.

    Raises `ServiceFailed` with helm's reason for a chart that cannot be had, or values that it does not take.
    """
    chart = upgrade.chart
    attempt = f"rehearse the upgrade of release {upgrade.name} with chart {chart.reference} {chart.version}"
    output = helm.run(
        attempt,
        upgrade.preview_arguments(pending=pending),
        seconds=_PREVIEW,
        values=upgrade.values,
        hidden=upgrade.hidden,
        repository=chart.private_repository,
    )
    content = helm_output.release(output)
    if content is None:
        said = masked(helm_output.first_line(output), upgrade.hidden)
        reason = f"helm did not print the release that it would make, but {said or 'nothing'}"
        raise ServiceFailed(attempt, reason, advice=_BINARY)
    with reading(attempt, _BINARY):
        return helm_storage.release(content)


def _revision(metadata: Any) -> Revision:
    labels = metadata.get("labels") or {}
    managers = metadata.get("managedFields") or [{}]
    return Revision(int(labels["version"]), labels.get("status", ""), managers[-1].get("manager", ""))
