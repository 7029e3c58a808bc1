"""Becoming a service account from where Ansible runs: when to wait, and when to say why not."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import Endpoint
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Identity
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, ServiceFailed, Undecided
from ansible_collections.epinio.aws.plugins.module_utils.probing import sessions
from ansible_collections.epinio.aws.plugins.module_utils.probing.controller import Controller, Subject
from botocore.exceptions import ClientError, EndpointConnectionError

HOST = "oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{HOST}"
SUBJECT = "system:serviceaccount:epinio:epinio-server"
ROLE = "arn:aws:iam::111122223333:role/epinio-server-role"
KEYS = {"AccessKeyId": "id", "SecretAccessKey": "secret", "SessionToken": "token"}


def token() -> str:
    payload = json.dumps({"iss": f"https://{HOST}", "aud": ["sts.amazonaws.com"], "sub": SUBJECT})
    return f"e30.{base64.urlsafe_b64encode(payload.encode()).decode().rstrip('=')}.sig"


def trust(subject: str = SUBJECT) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com", f"{HOST}:sub": subject}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "AssumeRoleWithWebIdentity")


class Sts:
    """Refuses as often as it is told, then gives keys."""

    def __init__(self, *refusals: Exception) -> None:
        self.refusals = list(refusals)
        self.asked = 0

    def assume_role_with_web_identity(self, **_arguments: Any) -> dict[str, Any]:
        self.asked += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return {"Credentials": KEYS, "AssumedRoleUser": {"Arn": "arn:aws:sts::111122223333:assumed-role/server/probe"}}


def controller(sts: Sts, document: dict[str, Any] | ClientError) -> Controller:
    def get_role(RoleName: str) -> dict[str, Any]:
        if isinstance(document, ClientError):
            raise document
        return {"Role": {"AssumeRolePolicyDocument": document}}

    subject = Subject("epinio-server", ROLE, Endpoint("https://s3.test", "path"))
    return Controller(
        api=None,
        iam=SimpleNamespace(get_role=get_role),
        sts=sts,
        namespace="epinio",
        provider_arn=PROVIDER,
        subjects={Identity.SERVER: subject},
        s3_client=lambda session, endpoint: SimpleNamespace(session=session),
    )


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(sessions, "web_identity_token", lambda api, namespace, account: token())


def waits(count: int) -> Iterator[float]:
    return iter([1.0] * count)


def test_waits_while_the_trust_that_is_read_back_admits_the_token() -> None:
    sts = Sts(refused("AccessDenied"), refused("InvalidIdentityToken"))
    controller(sts, trust()).become(Identity.SERVER, waits(5))
    assert sts.asked == 3


def test_a_trust_that_does_not_admit_it_fails_at_once_with_the_difference() -> None:
    sts = Sts(refused("AccessDenied"))
    with pytest.raises(Disproven, match="must be system:serviceaccount:other:server"):
        controller(sts, trust("system:serviceaccount:other:server")).become(Identity.SERVER, waits(5))
    assert sts.asked == 1


def test_the_wait_ends() -> None:
    sts = Sts(*[refused("AccessDenied")] * 9)
    with pytest.raises(Disproven, match="to the end of the wait, although the role's trust policy admits"):
        controller(sts, trust()).become(Identity.SERVER, waits(2))
    assert sts.asked == 3


def test_a_role_that_is_not_seen_yet_is_waited_for() -> None:
    sts = Sts(refused("AccessDenied"))
    controller(sts, refused("NoSuchEntity")).become(Identity.SERVER, waits(2))
    assert sts.asked == 2


def test_another_fault_of_sts_is_not_waited_for() -> None:
    sts = Sts(refused("RegionDisabledException"))
    with pytest.raises(ServiceFailed, match="RegionDisabledException"):
        controller(sts, trust()).become(Identity.SERVER, waits(5))


@pytest.mark.parametrize(
    "fault", [refused("IDPCommunicationError"), EndpointConnectionError(endpoint_url="https://sts.test")]
)
def test_no_answer_of_sts_decides_nothing(fault: Exception) -> None:
    with pytest.raises(Undecided):
        controller(Sts(fault), trust()).become(Identity.SERVER, waits(5))
    with pytest.raises(Undecided):
        controller(Sts(fault), trust()).admits("default", Identity.SERVER)


@pytest.mark.parametrize(("refusals", "admitted"), [((), True), ((refused("AccessDenied"),), False)])
def test_whether_a_stranger_gets_in(refusals: tuple[ClientError, ...], admitted: bool) -> None:
    assert controller(Sts(*refusals), trust()).admits("default", Identity.SERVER) is admitted
