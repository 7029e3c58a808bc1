# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the runners together from the module's options: who acts, from where, on which hosts."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, epinio_versions, proof_job
from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import Client, Endpoint, s3_endpoint, sts_url
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Identity
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_job import Placement
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.probing.cluster import Actor, Cluster
from ansible_collections.epinio.aws.plugins.module_utils.probing.controller import Controller, Subject
from ansible_collections.epinio.aws.plugins.module_utils.probing.sessions import Session
from ansible_collections.epinio.aws.plugins.module_utils.readers import jobs

try:
    from botocore.config import Config
except ImportError:  # AnsibleAWSModule says so itself
    Config = None

# A call of the proof must not hang: what gets no answer is inconclusive.
_TIMEOUTS = {"connect_timeout": 5, "read_timeout": 20, "retries": {"max_attempts": 2, "mode": "standard"}}


def literal_endpoint(wiring: Wiring) -> str:
    """Epinio's `s3.endpoint` for the cluster's region: a host without scheme."""
    return f"s3.{wiring.cluster.region}.{wiring.cluster.dns_suffix}"


def controller(module: Any, wiring: Wiring, api: Any) -> Controller:
    """The runner that acts from where Ansible runs, by the endpoints that the operator's own calls take."""
    given, cluster = module.params, wiring.cluster
    s3_url, sts_custom = (_custom_url(module, name, cluster) for name in ("s3", "sts"))
    endpoints = _endpoints(given, wiring, s3_url)
    return Controller(
        api=api,
        iam=module.client("iam"),
        sts=module.client(
            "sts", endpoint=sts_url(cluster.region, cluster.dns_suffix, sts_custom), config=_config("path")
        ),
        namespace=wiring.namespace,
        provider_arn=arns.provider_arn(cluster, given["issuer"]),
        subjects={identity: Subject(*_of(given, identity), endpoints[identity]) for identity in Identity},
        s3_client=functools.partial(_s3_client, module, cluster.region),
    )


def of_accounts(given: Mapping[str, Any], wiring: Wiring, api: Any) -> Cluster:
    """The runner whose pods act with the roles of Epinio's service accounts. Raises `NoJob` without an image."""
    scripts = jobs.read_scripts(api, wiring.namespace)
    placements = {
        Identity.SERVER: _server_placement(given, wiring, api),
        Identity.STAGING: jobs.staging_placement(scripts),
    }
    actors = {
        identity: Actor(proof_job.name_for(identity), *_of(given, identity), placements[identity])
        for identity in Identity
    }
    return _cluster(given, wiring, api, scripts, actors)


def of_node_role(given: Mapping[str, Any], wiring: Wiring, api: Any, role: Mapping[str, Any]) -> Cluster:
    """The runner whose pod acts with the role of its node. Raises `NoJob` without an image."""
    scripts, arn = jobs.read_scripts(api, wiring.namespace), role["arn"]
    placement = proof_job.on_nodes(role["nodes"], _server_placement(given, wiring, api).pull_secrets)
    actor = Actor(proof_job.name_for_role(arn), given["server_service_account"], arn, placement, of_node=True)
    return _cluster(given, wiring, api, scripts, dict.fromkeys(Identity, actor))


def _cluster(
    given: Mapping[str, Any], wiring: Wiring, api: Any, scripts: Mapping[str, str], actors: Mapping[Identity, Actor]
) -> Cluster:
    return Cluster(
        api=api,
        wiring=wiring,
        image=scripts["downloadImage"],
        # Whatever the operator's own calls take: pods use the names of AWS.
        sts_url=sts_url(wiring.cluster.region, wiring.cluster.dns_suffix),
        endpoints=_endpoints(given, wiring),
        actors=actors,
        timeout=given["job_timeout"],
        patience=given["patience"],
    )


def _server_placement(given: Mapping[str, Any], wiring: Wiring, api: Any) -> Placement:
    return jobs.read_server_placement(api, wiring.namespace, given["server_service_account"])


def _endpoints(given: Mapping[str, Any], wiring: Wiring, custom_url: str | None = None) -> dict[Identity, Endpoint]:
    server = Client(epinio_versions.family(epinio_versions.version(given["server_version"] or "")).client)
    clients = {Identity.SERVER: server, Identity.STAGING: Client.AWS_CLI}
    host, bucket = literal_endpoint(wiring), given["bucket"]
    return {identity: s3_endpoint(client, host, bucket, custom_url) for identity, client in clients.items()}


def _of(given: Mapping[str, Any], identity: Identity) -> tuple[str, str]:
    return given[f"{identity.value}_service_account"], given[f"{identity.value}_role_arn"]


def _custom_url(module: Any, service: str, cluster: arns.Cluster) -> str | None:
    """The endpoint that options, environment or profile put in the place of AWS's own; None if they do not."""
    url = str(module.client(service).meta.endpoint_url)
    return None if (urlsplit(url).hostname or "").endswith(f".{cluster.dns_suffix}") else url


def _config(addressing: str) -> Any:
    return Config(s3={"addressing_style": addressing}, **_TIMEOUTS)


def _s3_client(module: Any, region: str, session: Session, endpoint: Endpoint) -> Any:
    """A client with the session's credentials and with nothing of the operator's but TLS settings and proxies."""
    return module.client(
        "s3",
        region=region,
        endpoint=endpoint.url,
        config=_config(endpoint.addressing),
        profile_name=None,
        aws_access_key_id=session.access_key,
        aws_secret_access_key=session.secret_key,
        aws_session_token=session.token,
    )
