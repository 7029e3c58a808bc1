"""Act as a program in a pod: with what the admitted pod's spec gives it, and with nothing else."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from kubernetes import client

from sandbox.instance_metadata import DATA, LONGEST_TTL, ROLES, TOKEN, TOKEN_PATH, TTL, Guest, InstanceMetadata
from sandbox.pod_outside import guest_of

TOKEN_VOLUME = "aws-iam-token"


class NoCredentials(Exception):
    """The node's metadata service has none for the pod."""


@dataclass(frozen=True)
class PodIdentity:
    """What the webhook put into a pod: the role, the region, the token's audience and its life in seconds."""

    pod: str
    namespace: str
    service_account: str
    role_arn: str
    region: str
    audience: str
    expiration: int


def identity_of(pod: Any) -> PodIdentity:
    """What the spec of an admitted pod says. KeyError, StopIteration if the webhook gave it nothing."""
    environment = {variable.name: variable.value for variable in pod.spec.containers[0].env or []}
    volume = next(one for one in pod.spec.volumes if one.name == TOKEN_VOLUME)
    token = volume.projected.sources[0].service_account_token
    return PodIdentity(
        pod.metadata.name,
        pod.metadata.namespace,
        pod.spec.service_account_name,
        environment["AWS_ROLE_ARN"],
        environment["AWS_REGION"],
        token.audience,
        token.expiration_seconds,
    )


def s3_client(api: Any, pod: Any, aws_url: str, metadata: InstanceMetadata | None = None) -> Any:
    """An S3 client with what an SDK finds in the pod: the session of its web identity, without one that of its node.

    - `metadata`: the service that the pod's node has. Without it only a web identity is looked for.

    NoCredentials, or `instance_metadata.NoService` and `NoAnswer`, if the service has nothing for the pod.
    """
    if metadata is None or any(volume.name == TOKEN_VOLUME for volume in pod.spec.volumes or []):
        region, session = _of_web_identity(api, pod, aws_url)
    else:
        region, session = _of_node(api, pod, metadata)
    return boto3.client(
        "s3",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
        region_name=region,
        endpoint_url=aws_url,
        config=Config(s3={"addressing_style": "path"}),
    )


def _of_web_identity(api: Any, pod: Any, aws_url: str) -> tuple[str, dict[str, str]]:
    """The region, and the session that the pod's own, bound token gets from STS."""
    identity = identity_of(pod)
    bound = client.V1BoundObjectReference(api_version="v1", kind="Pod", name=identity.pod, uid=pod.metadata.uid)
    spec = client.V1TokenRequestSpec(
        audiences=[identity.audience], expiration_seconds=identity.expiration, bound_object_ref=bound
    )
    token = client.CoreV1Api(api).create_namespaced_service_account_token(
        identity.service_account, identity.namespace, client.AuthenticationV1TokenRequest(spec=spec)
    )
    sts = boto3.client(
        "sts", region_name=identity.region, endpoint_url=aws_url, config=Config(signature_version=UNSIGNED)
    )
    answer = sts.assume_role_with_web_identity(
        RoleArn=identity.role_arn, RoleSessionName="epinio", WebIdentityToken=token.status.token
    )
    return identity.region, answer["Credentials"]


def _of_node(api: Any, pod: Any, metadata: InstanceMetadata) -> tuple[str, dict[str, str]]:
    """The region, and the session that version 2 of the metadata service gives the pod."""
    node = api.sanitize_for_serialization(client.CoreV1Api(api).read_node(pod.spec.node_name))
    name = f"{pod.metadata.namespace}/{pod.metadata.name}"
    guest = guest_of(name, api.sanitize_for_serialization(pod.spec), node)
    token = _asked(metadata, guest, "PUT", TOKEN_PATH, {TTL: str(LONGEST_TTL)})
    region, role = (
        _asked(metadata, guest, "GET", f"{DATA}{path}", {TOKEN: token}) for path in ("placement/region", f"{ROLES}/")
    )
    found = json.loads(_asked(metadata, guest, "GET", f"{DATA}{ROLES}/{role}", {TOKEN: token}))
    return region, {**found, "SessionToken": found["Token"]}


def _asked(metadata: InstanceMetadata, guest: Guest, method: str, path: str, headers: dict[str, str]) -> str:
    answer = metadata.answer(guest, method, path, headers)
    if answer.status != 200:
        raise NoCredentials(f"{path}: {answer.status}")
    return answer.text
