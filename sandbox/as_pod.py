"""Act as a program in a pod: with what the admitted pod's spec gives it, and with nothing else."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from kubernetes import client

TOKEN_VOLUME = "aws-iam-token"


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


def s3_client(api: Any, pod: Any, aws_url: str) -> Any:
    """An S3 client with the session that the pod's own, bound token gets from STS."""
    identity = identity_of(pod)
    bound = client.V1BoundObjectReference(api_version="v1", kind="Pod", name=identity.pod, uid=pod.metadata.uid)
    spec = client.V1TokenRequestSpec(
        audiences=[identity.audience], expiration_seconds=identity.expiration, bound_object_ref=bound
    )
    token = client.CoreV1Api(api).create_namespaced_service_account_token(
        identity.service_account, identity.namespace, client.AuthenticationV1TokenRequest(spec=spec)
    )
    place = {"region_name": identity.region, "endpoint_url": aws_url}
    sts = boto3.client("sts", config=Config(signature_version=UNSIGNED), **place)
    session = sts.assume_role_with_web_identity(
        RoleArn=identity.role_arn, RoleSessionName="epinio", WebIdentityToken=token.status.token
    )["Credentials"]
    return boto3.client(
        "s3",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
        config=Config(s3={"addressing_style": "path"}),
        **place,
    )
