"""The readers of the Kubernetes API, each with a call of it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain.api_discovery import Resource
from ansible_collections.epinio.aws.plugins.module_utils.probing import sessions
from ansible_collections.epinio.aws.plugins.module_utils.readers import (
    epinio,
    helm,
    installers,
    inventory,
    jobs,
    look,
    namespaces,
    nodes,
    placement,
    pods,
    secrets,
    service_accounts,
    stage_scripts,
    troubles,
    upkeep,
    workloads,
)

from tests.unit.plugins.module_utils.readers.kubernetes_answers import OWNER

_KINDS = inventory.Kinds((Resource(("", "Secret"), "v1", "secrets"),))
_JOB = {"metadata": {"name": "job", "uid": "set-uid"}}
Call = Callable[[Any], Any]


def _kept(api: Any) -> Any:
    return upkeep.read_kept(api, "epinio", upkeep.read_bases(api, "epinio", "epinio"))


def _left(api: Any) -> Any:
    kept = (records.KeptObject("user"),)
    return upkeep.read_left(api, "epinio", "epinio", records.Record({}, 0, (), kept=kept))


def _since(api: Any) -> Any:
    return upkeep.read_since(api, upkeep.read_bases(api, "epinio", "epinio"), 0)


# Each reader with the call of it; its annotation is what it must return.
READERS: dict[Callable[..., Any], Call] = {
    epinio.read_server_deployment: lambda api: epinio.read_server_deployment(api, "epinio"),
    epinio.read_server: lambda api: epinio.read_server(api, "epinio"),
    epinio.read_details: lambda api: epinio.read_details(api, "epinio"),
    epinio.read_apps_with_sources: epinio.read_apps_with_sources,
    epinio.read_blobs: epinio.read_blobs,
    epinio.read_apps: epinio.read_apps,
    epinio.read_endangered_helm_charts: epinio.read_endangered_helm_charts,
    epinio.await_staging: lambda api: epinio.await_staging(api, "epinio", 0.0),
    helm.find_revisions: lambda api: helm.find_revisions(api, "epinio", "epinio"),
    helm.read_revisions: lambda api: helm.read_revisions(api, "epinio", "epinio"),
    helm.find_newest: lambda api: helm.find_newest(api, "epinio", "epinio"),
    helm.read_newest: lambda api: helm.read_newest(api, "epinio", "epinio"),
    helm.read_release: lambda api: helm.read_release(api, "epinio", "epinio", 1),
    helm.age: lambda api: helm.age(helm.read_release(api, "epinio", "epinio", 1)),
    installers.read_installer: lambda api: installers.read_installer(api, "epinio"),
    inventory.read_kinds: inventory.read_kinds,
    inventory.read_objects: lambda api: inventory.read_objects(api, "epinio", _KINDS),
    jobs.read_scripts: lambda api: jobs.read_scripts(api, "epinio"),
    jobs.staging_placement: lambda api: jobs.staging_placement(jobs.read_scripts(api, "epinio")),
    jobs.read_server_placement: lambda api: jobs.read_server_placement(api, "epinio", "a"),
    jobs.missing_rights: lambda api: jobs.missing_rights(api, "epinio"),
    jobs.read_job: lambda api: jobs.read_job(api, "epinio", "job"),
    jobs.read_pod: lambda api: jobs.read_pod(api, "epinio", _JOB),
    jobs.read_warnings: lambda api: jobs.read_warnings(api, "epinio", _JOB),
    look.read_seen: lambda api: look.read_seen(api, "epinio", ["a"]),
    namespaces.read_namespace: lambda api: namespaces.read_namespace(api, "epinio"),
    namespaces.read_application_namespaces: namespaces.read_application_namespaces,
    namespaces.read_retained_volumes: lambda api: namespaces.read_retained_volumes(api, {"epinio"}),
    nodes.read_nodes: nodes.read_nodes,
    nodes.read_map_roles: nodes.read_map_roles,
    placement.read_placement: lambda api: placement.read_placement(api, "epinio"),
    pods.read_deployment: lambda api: pods.read_deployment(api, "epinio", "epinio-server"),
    pods.read_settled: lambda api: pods.read_settled(api, "epinio", "epinio-server"),
    pods.read_warnings: lambda api: pods.read_warnings(api, "epinio", "pod"),
    secrets.read_secret: lambda api: secrets.read_secret(api, "epinio", "user"),
    secrets.read_data: lambda api: secrets.read_data(api, "epinio", "user"),
    secrets.decoded: lambda api: secrets.decoded(secrets.read_data(api, "epinio", "user") or {}),
    service_accounts.read_service_account: lambda api: service_accounts.read_service_account(api, "epinio", "a"),
    service_accounts.read_versioned: lambda api: service_accounts.read_versioned(api, "epinio", "a"),
    service_accounts.read_pull_secrets: lambda api: service_accounts.read_pull_secrets(api, "epinio", "a"),
    stage_scripts.read_stage_scripts: lambda api: stage_scripts.read_stage_scripts(api, "epinio"),
    stage_scripts.read_staging_values: lambda api: stage_scripts.read_staging_values(api, "epinio"),
    troubles.read_troubles: lambda api: troubles.read_troubles(api, "epinio"),
    upkeep.read_record: lambda api: upkeep.read_record(api, OWNER),
    upkeep.read_live: lambda api: upkeep.read_live(api, "epinio", ["user"]),
    upkeep.read_bases: lambda api: upkeep.read_bases(api, "epinio", "epinio"),
    upkeep.find_bases: lambda api: upkeep.find_bases(api, "epinio", "epinio"),
    upkeep.read_kept: _kept,
    upkeep.read_left: _left,
    upkeep.read_since: _since,
    workloads.await_users: lambda api: workloads.await_users(api, "epinio", "a", 0.0),
    workloads.await_jobs: lambda api: workloads.await_jobs(api, "epinio", 0.0),
    sessions.web_identity_token: lambda api: sessions.web_identity_token(api, "epinio", "a"),
}
# They get no answer themselves: parts of one, which another reader hands over, or helm's.
NO_READERS = {
    "epinio.server",
    "helm.read_preview",
    "service_accounts.pull_secrets",
    "stage_scripts.staging_values",
    "troubles.pod_troubles",
    "troubles.warnings",
    "finding.check_same",
    "finding.read_one",
    "paging.pages",
}
