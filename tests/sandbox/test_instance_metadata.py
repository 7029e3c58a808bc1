"""The metadata service's answers, by what EC2 says of the instance and who asks."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sandbox.instance_metadata import (
    TOKEN,
    TTL,
    Answer,
    Guest,
    InstanceMetadata,
    NoAnswer,
    NoService,
)

INSTANCE, OTHER = "i-0a1b2c3d4e5f60718", "i-0a1b2c3d4e5f60719"
POD = Guest("ns/p", INSTANCE, "eu-west-1a", host_network=False)
ROLES = "/latest/meta-data/iam/security-credentials"
GIVEN = {
    "role_name": "nodes", "access_key_id": "ASIA1", "secret_access_key": "hidden", "session_token": "token",
    "expiration": "2026-01-01T06:00:00Z", "last_updated": "2026-01-01T00:00:00Z",
}  # fmt: skip


class Ec2:
    """One instance, and another one without a profile."""

    def __init__(
        self, hops: int = 2, tokens: str = "required", endpoint: str = "enabled", state: str = "running"
    ) -> None:
        self.options = {"HttpPutResponseHopLimit": hops, "HttpTokens": tokens, "HttpEndpoint": endpoint}
        self.state = state

    def instance(self, instance_id: str) -> dict[str, Any] | None:
        shown = {"InstanceId": instance_id, "State": {"Name": self.state}, "MetadataOptions": self.options}
        if instance_id == INSTANCE:
            return {**shown, "IamInstanceProfile": {"Arn": "arn:aws:iam::1:instance-profile/x", "Id": "AIPA1"}}
        return shown if instance_id == OTHER else None

    def credentials(self, instance_id: str) -> dict[str, str] | None:
        return GIVEN if instance_id == INSTANCE else None


class Service:
    """The service with a clock that can be moved."""

    def __init__(self, ec2: Ec2) -> None:
        self.now = 0.0
        self.metadata = InstanceMetadata(ec2, lambda: self.now)

    def put(self, guest: Guest = POD, ttl: str | None = "60", path: str = "/latest/api/token") -> Answer:
        return self.metadata.answer(guest, "PUT", path, {} if ttl is None else {TTL: ttl})

    def get(self, path: str, token: str | None = None, guest: Guest = POD) -> Answer:
        return self.metadata.answer(guest, "GET", path, {} if token is None else {TOKEN: token})


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (ROLES, "nodes"),
        (f"{ROLES}/", "nodes"),
        (f"{ROLES}/other", None),
        ("/latest/meta-data/instance-id", INSTANCE),
        ("/latest/meta-data/placement/region", "eu-west-1"),
        ("/latest/meta-data/placement/availability-zone", "eu-west-1a"),
        ("/latest/meta-data/hostname", None),
        ("/latest/user-data", None),
        ("/", None),
    ],
)
def test_data_with_a_token(path: str, wanted: str | None) -> None:
    service = Service(Ec2())
    found = service.get(path, service.put().text)
    assert found == (Answer(404) if wanted is None else Answer(200, wanted))


def test_credentials_as_the_sdks_read_them() -> None:
    service = Service(Ec2())
    token = service.put().text
    assert json.loads(service.get(f"{ROLES}/nodes", token).text) == {
        "Code": "Success", "LastUpdated": "2026-01-01T00:00:00Z", "Type": "AWS-HMAC", "AccessKeyId": "ASIA1",
        "SecretAccessKey": "hidden", "Token": "token", "Expiration": "2026-01-01T06:00:00Z",
    }  # fmt: skip
    info = json.loads(service.get("/latest/meta-data/iam/info", token).text)
    assert info["InstanceProfileArn"] == "arn:aws:iam::1:instance-profile/x"


def test_an_instance_without_a_profile_has_no_iam() -> None:
    service, other = Service(Ec2()), replace(POD, instance_id=OTHER)
    token = service.put(other).text
    for path in (ROLES, f"{ROLES}/nodes", "/latest/meta-data/iam/info"):
        assert service.get(path, token, other) == Answer(404)


@pytest.mark.parametrize(("tokens", "status"), [("required", 401), ("optional", 200)])
def test_without_a_token(tokens: str, status: int) -> None:
    assert Service(Ec2(tokens=tokens)).get(ROLES).status == status


@pytest.mark.parametrize("tokens", ["required", "optional"])
def test_tokens_end_and_are_an_instance_s_own(tokens: str) -> None:
    service = Service(Ec2(tokens=tokens))
    token = service.put(ttl="60").text
    assert service.get(ROLES, "invented").status == 401
    assert service.get(ROLES, token, replace(POD, instance_id=OTHER)).status == 401
    service.now = 59
    assert service.get(ROLES, token).status == 200
    service.now = 60
    assert service.get(ROLES, token).status == 401


@pytest.mark.parametrize(("ttl", "status"), [(None, 400), ("0", 400), ("x", 400), ("21601", 400), ("21600", 200)])
def test_the_life_of_a_token_is_asked_for(ttl: str | None, status: int) -> None:
    answer = Service(Ec2()).put(ttl=ttl)
    assert answer.status == status
    assert answer.headers == (((TTL, str(ttl)),) if status == 200 else ())


def test_hop_limit_one_is_too_near_for_a_pod_but_not_for_its_node() -> None:
    service = Service(Ec2(hops=1))
    with pytest.raises(NoAnswer):
        service.put()
    assert service.put(replace(POD, host_network=True)).status == 200


def test_hop_limit_one_says_nothing_about_requests_without_a_token() -> None:
    assert Service(Ec2(hops=1, tokens="optional")).get(ROLES).status == 200
    assert Service(Ec2(hops=1)).get(ROLES).status == 401


def test_an_endpoint_that_is_off() -> None:
    service = Service(Ec2(endpoint="disabled"))
    assert service.put() == Answer(403)
    assert service.get(ROLES) == Answer(403)


@pytest.mark.parametrize(
    ("ec2", "instance_id"), [(Ec2(), None), (Ec2(), "i-00000000"), (Ec2(state="terminated"), INSTANCE)]
)
def test_no_instance_no_service(ec2: Ec2, instance_id: str | None) -> None:
    with pytest.raises(NoService):
        Service(ec2).get(ROLES, guest=replace(POD, instance_id=instance_id))


def test_other_methods_are_not_allowed() -> None:
    service = Service(Ec2())
    assert service.put(path="/latest/meta-data/instance-id").status == 405
