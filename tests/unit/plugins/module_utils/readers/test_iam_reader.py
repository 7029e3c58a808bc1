"""IAM's answers as domain objects, with no call more than needed."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import documents
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy import Policy, Use
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role_target import Role
from ansible_collections.epinio.aws.plugins.module_utils.planners.oidc_provider import Provider
from ansible_collections.epinio.aws.plugins.module_utils.readers import iam as reader
from botocore.exceptions import ClientError

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
OTHER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/two/epinio")
DOCUMENT = documents.document({"Sid": "A", "Effect": "Allow"})


class _Iam:
    """Answers by method; several answers are pages. `refused` is a method that fails with a code."""

    def __init__(self, refused: tuple[str, str] = ("", ""), **answers: Any) -> None:
        self.refused, self.answers = refused, answers
        self.calls: list[str] = []

    def __getattr__(self, method: str) -> Any:
        return lambda **_arguments: self.answer(method)

    def answer(self, method: str) -> Any:
        self.calls.append(method)
        if method == self.refused[0]:
            raise ClientError({"Error": {"Code": self.refused[1], "Message": "no"}}, method)
        return self.answers[method]

    def get_paginator(self, method: str) -> Any:
        iam = self

        class _Paginator:
            def paginate(self, **_arguments: Any) -> Iterator[Any]:
                yield from iam.answer(method)

        return _Paginator()


def _policies(document: dict[str, Any], refused: tuple[str, str] = ("", "")) -> _Iam:
    return _Iam(
        refused,
        get_policy={"Policy": {"DefaultVersionId": "v9", "Tags": [{"Key": "a", "Value": "b"}]}},
        get_policy_version={"PolicyVersion": {"Document": document}},
        list_policy_versions=[
            {
                "Versions": [
                    {"VersionId": "v10", "IsDefaultVersion": False},
                    {"VersionId": "v9", "IsDefaultVersion": True},
                ]
            },
            {
                "Versions": [
                    {"VersionId": "v2", "IsDefaultVersion": False},
                    {"VersionId": "v11.x", "IsDefaultVersion": False},
                ]
            },
        ],
    )


def test_an_equal_policy_takes_two_calls() -> None:
    iam = _policies(DOCUMENT)
    assert reader.read_policy(iam, "p", DOCUMENT) == Policy("p", DOCUMENT, {"a": "b"})
    assert iam.calls == ["get_policy", "get_policy_version"]


def test_another_document_takes_one_more_for_the_versions_oldest_first() -> None:
    iam = _policies(documents.document())
    found = reader.read_policy(iam, "p", DOCUMENT)
    assert found is not None
    assert found.versions == ("v2", "v10", "v11.x")
    assert iam.calls[2:] == ["list_policy_versions"]


@pytest.mark.parametrize("method", ["get_policy", "get_policy_version"])
def test_a_missing_policy_is_none(method: str) -> None:
    assert reader.read_policy(_policies(DOCUMENT, (method, "NoSuchEntity")), "p", DOCUMENT) is None


def test_another_refusal_is_an_error() -> None:
    with pytest.raises(ServiceFailed, match="Could not read policy p: AccessDenied"):
        reader.read_policy(_policies(DOCUMENT, ("get_policy", "AccessDenied")), "p", DOCUMENT)


def _roles(tags: dict[str, str], refused: tuple[str, str] = ("", ""), **more: Any) -> _Iam:
    # Just after creation IAM may answer with a unique id in the place of the ARN.
    role = {"RoleName": "r", "Path": "/", "Arn": "AROAEXAMPLE", "AssumeRolePolicyDocument": DOCUMENT, **more}
    return _Iam(
        refused,
        get_role={"Role": {**role, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}},
        list_attached_role_policies=[{"AttachedPolicies": [{"PolicyArn": arn}]} for arn in ("b", "a")],
        list_role_policies=[{"PolicyNames": ["x"]}, {"PolicyNames": ["y"]}],
    )


@pytest.mark.parametrize("owner", [OWNER, OTHER])
def test_a_marked_role_takes_two_calls(owner: Any) -> None:
    iam = _roles(owner.tags({}))
    assert reader.read_role(iam, "r", OWNER) == Role("r", "/", DOCUMENT, owner.tags({}), ("a", "b"))
    assert iam.calls == ["get_role", "list_attached_role_policies"]


def test_an_unmarked_role_takes_one_more() -> None:
    boundary: dict[str, Any] = {
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "c"}
    }
    iam = _roles({}, **boundary, Description="words", MaxSessionDuration=7200)
    assert reader.read_role(iam, "r", OWNER) == Role("r", "/", DOCUMENT, {}, ("a", "b"), "c", "words", 7200, ("x", "y"))
    assert iam.calls == ["get_role", "list_attached_role_policies", "list_role_policies"]


def test_a_missing_role_takes_one_call() -> None:
    iam = _roles({}, ("get_role", "NoSuchEntity"))
    assert reader.read_role(iam, "r", OWNER) is None
    assert iam.calls == ["get_role"]


REMOVAL = ["get_policy", "get_policy_version", "list_policy_versions", *["list_entities_for_policy"] * 2]


class _Used(_Iam):
    """Answers with the users of a policy by their usage."""

    def get_paginator(self, method: str) -> Any:
        paginator = super().get_paginator(method)
        if method != "list_entities_for_policy":
            return paginator
        iam = self

        class _ByUsage:
            def paginate(self, PolicyArn: str, PolicyUsageFilter: str) -> Iterator[Any]:
                assert PolicyArn == "p"
                yield from iam.answer(method)[PolicyUsageFilter]

        return _ByUsage()


def _removable(owner: Any, refused: tuple[str, str] = ("", "")) -> _Iam:
    answers = _policies(DOCUMENT).answers
    answers["get_policy"] = {
        "Policy": {
            "DefaultVersionId": "v9",
            "Tags": [{"Key": key, "Value": value} for key, value in owner.tags({}).items()],
        }
    }
    answers["list_entities_for_policy"] = {
        "PermissionsPolicy": [
            {"PolicyRoles": [{"RoleName": "r", "RoleId": "1"}], "PolicyUsers": [], "PolicyGroups": []},
            {"PolicyUsers": [{"UserName": "u", "UserId": "2"}], "PolicyGroups": [{"GroupName": "g", "GroupId": "3"}]},
        ],
        "PermissionsBoundary": [{"PolicyRoles": [{"RoleName": "r", "RoleId": "1"}]}],
    }
    return _Used(refused, **answers)


def test_a_policy_to_remove_comes_with_its_versions_and_all_who_use_it() -> None:
    iam = _removable(OWNER)
    uses = (Use("role", "r"), Use("user", "u"), Use("group", "g"), Use("role", "r", boundary=True))
    found = reader.read_policy_to_remove(iam, "p", OWNER)
    assert found == Policy("p", DOCUMENT, OWNER.tags({}), ("v2", "v10", "v11.x"), uses)
    assert iam.calls == REMOVAL


@pytest.mark.parametrize("expected", [DOCUMENT, documents.document()])
def test_who_has_a_policy_attached_takes_one_call_more(expected: dict[str, Any]) -> None:
    iam = _removable(OTHER)
    found = reader.read_policy(iam, "p", expected, attachments=True)
    assert found is not None
    assert found.uses == (Use("role", "r"), Use("user", "u"), Use("group", "g"))
    assert iam.calls == [one for one in REMOVAL[:4] if expected != DOCUMENT or one != "list_policy_versions"]
    iam = _removable(OTHER)
    assert reader.read_policy_to_remove(iam, "p", OWNER, attachments=True) == replace(found, versions=())
    assert iam.calls == [*REMOVAL[:2], "list_entities_for_policy"]
    iam = _removable(OWNER)
    assert reader.read_policy_to_remove(iam, "p", OWNER, attachments=True) is not None
    assert iam.calls == REMOVAL
    assert (
        reader.read_policy(_removable(OWNER, ("get_policy", "NoSuchEntity")), "p", DOCUMENT, attachments=True) is None
    )


def test_the_policies_of_a_role_are_counted_in_one_call() -> None:
    iam = _roles({})
    assert reader.read_policy_count(iam, "r") == 2
    assert iam.calls == ["list_attached_role_policies"]
    assert reader.read_policy_count(_Iam(list_attached_role_policies=[{"AttachedPolicies": []}]), "r") == 0
    assert reader.read_policy_count(_roles({}, ("list_attached_role_policies", "NoSuchEntity")), "r") is None
    with pytest.raises(ServiceFailed, match="Could not read the policies of role r"):
        reader.read_policy_count(_roles({}, ("list_attached_role_policies", "AccessDenied")), "r")


def test_nothing_more_is_asked_about_a_policy_that_is_not_ours() -> None:
    iam = _removable(OTHER)
    assert reader.read_policy_to_remove(iam, "p", OWNER) == Policy("p", DOCUMENT, OTHER.tags({}))
    assert iam.calls == REMOVAL[:2]


@pytest.mark.parametrize("method", REMOVAL[:4])
def test_a_policy_that_goes_meanwhile_is_none(method: str) -> None:
    assert reader.read_policy_to_remove(_removable(OWNER, (method, "NoSuchEntity")), "p", OWNER) is None


def test_a_role_to_remove_comes_with_all_that_keeps_it() -> None:
    iam = _roles(OWNER.tags({}))
    iam.answers["list_instance_profiles_for_role"] = [
        {"InstanceProfiles": [{"InstanceProfileName": name}]} for name in ("one", "two")
    ]
    found = reader.read_role_to_remove(iam, "r", OWNER)
    assert found is not None
    assert (found.policies, found.inline, found.instance_profiles) == (("a", "b"), ("x", "y"), ("one", "two"))
    assert len(iam.calls) == 4


@pytest.mark.parametrize(("tags", "calls"), [(OTHER.tags({}), 2), ({}, 3)])
def test_nothing_more_is_asked_about_a_role_that_is_not_ours(tags: dict[str, str], calls: int) -> None:
    iam = _roles(tags)
    assert reader.read_role_to_remove(iam, "r", OWNER) == reader.read_role(_roles(tags), "r", OWNER)
    assert len(iam.calls) == calls


def test_a_provider_takes_one_call() -> None:
    answer = {"Url": "oidc.test", "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": ["x"]}
    iam = _Iam(get_open_id_connect_provider=answer)
    assert reader.read_provider(iam, "arn") == Provider(("sts.amazonaws.com",))
    assert iam.calls == ["get_open_id_connect_provider"]
    assert reader.read_provider(_Iam(("get_open_id_connect_provider", "NoSuchEntity")), "arn") is None


def test_a_boundary_is_read_in_one_call() -> None:
    iam = _policies(DOCUMENT)
    reader.check_boundary(iam, "arn")
    assert iam.calls == ["get_policy"]


def test_a_boundary_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="The policy arn does not exist: correct epinio_permissions_boundary"):
        reader.check_boundary(_policies(DOCUMENT, ("get_policy", "NoSuchEntity")), "arn")
