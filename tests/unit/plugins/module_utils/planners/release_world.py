"""A release of Epinio as a user has it, and as it is wanted, for the tests of its planners."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import stores
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import family, version
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release, Revision
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import Settings, owned
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ROLE_ARN, ServiceAccount
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import release as planner
from ansible_collections.epinio.aws.plugins.module_utils.planners.release import Rehearsal
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Actual, Server, Wanted, target

ROLE = "arn:aws:iam::123456789012:role/epinio-server-role"
OTHER_ROLE = "arn:aws:iam::123456789012:role/another"
ENDPOINT = "s3.us-east-1.amazonaws.com"
OWNER = wiring("arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio")
SETTINGS = Settings("epinio-sources", ENDPOINT, "us-east-1", ROLE, "epinio-staging-service-account")
WANTED = Wanted(wiring=OWNER, name="epinio", settings=SETTINGS, chart_repository="https://charts.test")
USERS = {"global": {"domain": "example.test"}, "server": {"traceLevel": 1}}
DEFAULTS = {
    "minio": {"enabled": True},
    "s3gw": {"enabled": False},
    "s3": {"endpoint": "s3.amazonaws.com", "bucket": "epinio"},
}
SERVER = Server("ghcr.io/epinio/epinio-server:v1.13.9", "epinio-server")
WIRED = stores.ConnectionDetails(ENDPOINT, "epinio-sources", "us-east-1", use_ssl=True, has_keys=False)


def account(role: str, *managers: str) -> ServiceAccount:
    return ServiceAccount("epinio", "epinio-server", {}, {ROLE_ARN: role} if role else {}, role_managers=managers)


def release(**changed: Any) -> Release:
    """The release as it was installed."""
    installed = Release(
        *("epinio", "epinio", 1, "deployed", "epinio", "1.13.9", "2026-11-24T09:00:00Z", "Install complete"),
        config=USERS,
        defaults=DEFAULTS,
    )
    return replace(installed, **changed)


def fresh(**changed: Any) -> Actual:
    """Epinio as it was installed, with its bundled store."""
    bundled = stores.ConnectionDetails("minio.epinio.svc.cluster.local:9000", "epinio", "", use_ssl=True, has_keys=True)
    found = Actual(release(), (Revision(1, "deployed"),), 3600.0, SERVER, account(""), bundled)
    return replace(found, **changed)


def wired(**changed: Any) -> Actual:
    """Epinio after the switch."""
    ours = helm.tree(owned(SETTINGS, family(version("1.13.9"))))
    found = replace(
        fresh(),
        release=release(revision=2, config=helm.merge(USERS, ours)),
        revisions=(Revision(1, "superseded"), Revision(2, "deployed")),
        account=account(ROLE, "helm"),
        details=WIRED,
    )
    return replace(found, **changed)


def planned(actual: Actual, wanted: Wanted = WANTED, **rehearsed: Any) -> Plan:
    """The plan, with the rehearsal that the target asks for."""
    goal = target(wanted, actual)
    preview = release(revision=actual.release.revision + 1, chart_version=goal.chart.version)
    found = {"preview": preview, "server": SERVER, **rehearsed}
    return planner.plan(wanted, actual, goal, Rehearsal(**found) if goal.reasons else None)
