# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Become a service account: its token from the API server, its role's session from STS."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain.api_refusals import is_right
from ansible_collections.epinio.aws.plugins.module_utils.domain.claims import Claims
from ansible_collections.epinio.aws.plugins.module_utils.domain.trust import AUDIENCE
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, ServiceFailed, attempting, reading

# The shortest that the API server and STS take, in seconds.
_TOKEN_SECONDS, _SESSION_SECONDS = 600, 900


@dataclass(frozen=True)
class Session:
    """Temporary credentials of a role, which never enter a result. `arn` is the session's."""

    access_key: str
    secret_key: str
    token: str
    arn: str


def web_identity_token(api: Any, namespace: str, account: str) -> str:
    """A token of the service account for STS, as a pod of it gets one.

    Raises `Disproven` if the account does not exist, `ServiceFailed` if the caller may not ask for its tokens.
    """
    request = {"spec": {"audiences": [AUDIENCE], "expirationSeconds": _TOKEN_SECONDS}}
    attempt = f"request a token of service account {namespace}/{account}"
    try:
        answer = rest.create(attempt, api, rest.path("v1/serviceaccounts", namespace, account, "token"), request)
    except ServiceFailed as error:
        if error.code == "403" and is_right(error.reason):
            raise ServiceFailed(
                f"prove the role of service account {namespace}/{account}",
                error.reason,
                code="403",
                advice=f"Grant create on serviceaccounts/token in namespace {namespace} to that user or role.",
            ) from error
        if error.code == "404":
            raise Disproven(
                f"The service account {namespace}/{account} does not exist, so none of its pods can run."
            ) from error
        raise
    return str(answer["status"]["token"])


def claims(token: str) -> Claims:
    """What a token says, unchecked: STS checks it. Raises `ServiceFailed` for what is no token."""
    with reading("read the token that the API server gave", "Check what answers in its place."):
        payload = token.split(".")[1]
        content = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        audience = content["aud"]
        return Claims(content["iss"], audience if isinstance(audience, str) else audience[0], content["sub"])


def assume(sts: Any, role_arn: str, token: str) -> Session:
    """A session of the role for the bearer of the token. Raises `ServiceFailed` with STS's code."""
    with attempting(f"assume role {role_arn} with the service account's token"):
        answered: Mapping[str, Any] = sts.assume_role_with_web_identity(
            RoleArn=role_arn,
            RoleSessionName="epinio-aws-probe",
            WebIdentityToken=token,
            DurationSeconds=_SESSION_SECONDS,
        )
    keys = answered["Credentials"]
    arn = answered["AssumedRoleUser"]["Arn"]
    return Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], arn)
