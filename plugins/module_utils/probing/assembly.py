# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a proof together from the module's options: who acts, on which hosts, with which calls."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, epinio_versions, probes
from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import Client, Endpoint, s3_endpoint, sts_url
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Identity
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import Finding, Verdict
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.probing.controller import Controller, Subject
from ansible_collections.epinio.aws.plugins.module_utils.probing.proof import Case, Proof, prove
from ansible_collections.epinio.aws.plugins.module_utils.probing.sessions import Session
from ansible_collections.epinio.aws.plugins.module_utils.readers.bucket_policies import read_any_key, read_bucket_policy
from ansible_collections.epinio.aws.plugins.module_utils.readers.pod_identity import read_associations

try:
    from botocore.config import Config
except ImportError:  # AnsibleAWSModule says so itself
    Config = None

# A call of the proof must not hang: what gets no answer is inconclusive.
_TIMEOUTS = {"connect_timeout": 5, "read_timeout": 20, "retries": {"max_attempts": 2, "mode": "standard"}}
# An account that every namespace has, and that is nobody's.
_STRANGER = "default"


def controller_proof(module: Any, wiring: Wiring, api: Any) -> Proof:
    """The proof from where Ansible runs; first Pod Identity associations, which the webhook prefers to annotations."""
    given = module.params
    accounts = (given["server_service_account"], given["staging_service_account"])
    found = given["associated_accounts"]
    if found is None:
        found = read_associations(module.client("eks"), wiring.cluster.name, wiring.namespace)
    hidden = [_hidden(wiring, account) for account in accounts if found and account in found]
    if hidden:
        return Proof(findings=hidden)
    proof = prove(_controller(module, wiring, api), _case(module, wiring, accounts))
    proof.findings.extend(_remarks(given["access"], found is None))
    return proof


def _remarks(access: str, unknown: bool) -> Iterator[Finding]:
    if unknown:
        text = "Pod Identity associations of the cluster cannot be listed; one would take precedence over the roles."
        yield Finding(Verdict.NOTED, text, "Grant eks:ListPodIdentityAssociations to be sure.")
    if access == "documented":
        text = "The policy of Epinio's page lacks s3:AbortMultipartUpload: what is left of broken uploads stays."
        yield Finding(Verdict.NOTED, text, "A lifecycle rule for incomplete multipart uploads removes it.")


def literal_endpoint(wiring: Wiring) -> str:
    """Epinio's `s3.endpoint` for the cluster's region: a host without scheme."""
    return f"s3.{wiring.cluster.region}.{wiring.cluster.dns_suffix}"


def _hidden(wiring: Wiring, account: str) -> Finding:
    return Finding(
        Verdict.DISPROVEN,
        f"The service account {wiring.namespace}/{account} has an EKS Pod Identity association: its pods get the "
        "association's role, and the annotation is ignored.",
        "Delete the association (aws eks delete-pod-identity-association), or give Epinio another service account.",
    )


def _controller(module: Any, wiring: Wiring, api: Any) -> Controller:
    given, cluster = module.params, wiring.cluster
    s3_url, sts_custom = (_custom_url(module, name, cluster) for name in ("s3", "sts"))
    server = Client(epinio_versions.family(epinio_versions.version(given["server_version"] or "")).client)
    host = literal_endpoint(wiring)
    return Controller(
        api=api,
        iam=module.client("iam"),
        sts=module.client(
            "sts", endpoint=sts_url(cluster.region, cluster.dns_suffix, sts_custom), config=_config("path")
        ),
        namespace=wiring.namespace,
        provider_arn=arns.provider_arn(cluster, given["issuer"]),
        subjects={
            Identity.SERVER: Subject(*_of(given, "server"), s3_endpoint(server, host, given["bucket"], s3_url)),
            Identity.STAGING: Subject(
                *_of(given, "staging"), s3_endpoint(Client.AWS_CLI, host, given["bucket"], s3_url)
            ),
        },
        s3_client=functools.partial(_s3_client, module, cluster.region),
    )


def _case(module: Any, wiring: Wiring, accounts: tuple[str, str]) -> Case:
    given, s3 = module.params, module.client("s3")
    bucket, key, documented = given["bucket"], probes.probe_key(str(wiring)), given["access"] == "documented"
    positive = probes.positive(bucket, key, documented=documented)
    negative: tuple[probes.Probe, ...] = ()
    if given["negative"]:
        negative = probes.negative(bucket, key, documented=documented)
        other = given["other_bucket"]
        if other:
            negative += probes.elsewhere(other, read_any_key(s3, other), documented=documented)
    return Case(
        positive=positive,
        negative=negative,
        clean_up=positive[-1],
        role_arns={identity: given[f"{identity.value}_role_arn"] for identity in Identity},
        strangers=(_STRANGER,) if given["negative"] and _STRANGER not in accounts else (),
        bucket_policy=functools.cache(lambda: read_bucket_policy(s3, bucket)),
        patience=float(given["patience"]),
    )


def _of(given: Mapping[str, Any], who: str) -> tuple[str, str]:
    return given[f"{who}_service_account"], given[f"{who}_role_arn"]


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
