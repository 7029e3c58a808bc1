"""A new default version takes two calls; all else is boto3's own."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.writers.iam import IamWriter
from botocore.exceptions import ClientError


class _Client:
    def __init__(self, refusals: list[str]) -> None:
        self.refusals = refusals
        self.calls: list[tuple[str, dict[str, object]]] = []

    def create_policy_version(self, **arguments: object) -> dict[str, dict[str, str]]:
        self.calls.append(("create", arguments))
        return {"PolicyVersion": {"VersionId": "v7"}}

    def set_default_policy_version(self, **arguments: object) -> None:
        self.calls.append(("default", arguments))
        if self.refusals:
            raise ClientError({"Error": {"Code": self.refusals.pop(0), "Message": ""}}, "SetDefaultPolicyVersion")


@pytest.mark.parametrize("refusals", [[], ["NoSuchEntity", "NoSuchEntity"]])
def test_create_then_default(monkeypatch: pytest.MonkeyPatch, refusals: list[str]) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    client, tries = _Client(refusals), 1 + len(refusals)
    IamWriter(client).replace_default_version(PolicyArn="p", PolicyDocument="{}")
    assert client.calls == [
        ("create", {"PolicyArn": "p", "PolicyDocument": "{}", "SetAsDefault": False}),
        *[("default", {"PolicyArn": "p", "VersionId": "v7"})] * tries,
    ]


def test_a_refused_default_names_the_version() -> None:
    with pytest.raises(ServiceFailed, match="v7 the default version of p: AccessDenied"):
        IamWriter(_Client(["AccessDenied"])).replace_default_version(PolicyArn="p", PolicyDocument="{}")


def test_other_calls_are_the_clients() -> None:
    client = _Client([])
    assert IamWriter(client).calls is client.calls
