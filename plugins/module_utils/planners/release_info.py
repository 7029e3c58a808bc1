# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the other steps need to know of a release before anything is changed."""

from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import stores
from ansible_collections.epinio.aws.plugins.module_utils.domain.arns import Cluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import Client, refuse_unreachable
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import (
    family,
    refuse_unfit,
    server_version,
    version,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import GONE, Release
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import DOMAIN, STAGING_ACCOUNT
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ServiceAccount
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import SERVER, Server


def described(
    release: Release, server: Server | None, account: ServiceAccount | None, *, any_version: bool = False
) -> dict[str, Any]:
    """The release in the shape that the module returns. Keys of S3 and other values of users are not in it.

    Raises `Refused` for a version that is older than any that can be wired, unless `any_version`.
    """
    found = server_version(server.image if server else "", release.chart_version)
    row = family(version(release.chart_version) or found, any_version=any_version)
    store = stores.chosen(release.config, release.defaults, row)

    def text(*keys: str) -> str:
        return str(stores.in_force(release.config, release.defaults, keys) or "")

    return {
        "name": release.name,
        "namespace": release.namespace,
        "revision": release.revision,
        "status": release.status,
        "chart": release.chart,
        "chart_version": release.chart_version,
        "annotates": row.annotations_in_values,
        "apply_method": release.apply_method,
        "server_version": str(found or ""),
        "server_can_use_iam": family(found, any_version=any_version).signs,
        "server_deployment": SERVER if server else "",
        "server_service_account": server.service_account if server else text("serviceAccount", "name") or SERVER,
        "server_role_arn": account.role_arn if account else "",
        "server_pull_secrets": _pull_secrets(server, account),
        "staging_service_account": text(*STAGING_ACCOUNT),
        "domain": text(*DOMAIN),
        "bundled_store": store.bundled,
        "s3": {"endpoint": store.endpoint, "bucket": store.bucket, "region": text("s3", "region")},
    }


def uninstalled(release: Release) -> bool:
    """Whether nothing of a release is left to be restored."""
    return release.status in GONE


def gone_notices(namespace: str, name: str, release: Release | None, installer: str | None) -> tuple[str, ...]:
    """What to say about a release that is gone.

    `installer` is the release that Epinio's server came with, `""` if it names none, `None` if there is no server.
    Raises `Refused` where that is another release: a misspelt name must not end in a running Epinio without its roles.
    """
    where = f"release {name} in namespace {namespace}"
    if installer and installer != name:
        raise Refused(
            f"There is no Helm {where}, but Epinio's server there belongs to release {installer}: "
            f"set epinio_release to {installer}."
        )
    if release:
        return (f"The Helm {where} is {release.status}: it counts as gone, so nothing in it is put back.",)
    if installer is None:
        return ()
    notice = (
        f"There is no Helm {where}, but Deployment {SERVER} is there still: nothing in it is put back, and it loses "
        "its roles. Delete it if nobody needs it."
    )
    return (notice,)


def refuse_unfit_release(
    cluster: Cluster, release: Release, server: Server | None, planned: str, *, accept_unsigned: bool
) -> None:
    """Raise `Refused` for versions that cannot be wired, and for a server that signs but cannot reach AWS from there.

    `planned` is the chart's version to come, `""` for the same.
    Which server another chart brings is known when its upgrade is rehearsed; until then the chart's version stands in.
    """
    if planned and planned != release.chart_version:
        chart, found, label = version(planned), version(planned), ""
    else:
        chart, label = version(release.chart_version), release.label
        found = server_version(server.image if server else "", release.chart_version)
    refuse_unfit(chart, found, accept_unsigned=accept_unsigned, label=label)
    # Only of a client that signs does it matter where it asks for credentials; the others' is not minio-go.
    refuse_unreachable(Client(family(found).client), cluster)


def _pull_secrets(server: Server | None, account: ServiceAccount | None) -> list[str]:
    """Those of the account, then those that the Deployment names besides."""
    named = [*(account.pull_secrets if account else ()), *(server.pull_secrets if server else ())]
    return list(dict.fromkeys(named))
