"""Names that IAM, Kubernetes and S3 take, and those that they do not."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, buckets, names, tags
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

Check = Callable[[str], None]


def _policy_name(name: str) -> None:
    names.check_name("policy", name)


def _role_name(name: str) -> None:
    names.check_name("role", name)


def _boundary(arn: str) -> None:
    arns.check_policy_arn(arn, "epinio_permissions_boundary")


TAKEN: list[tuple[Check, list[str]]] = [
    (_policy_name, ["EpinioStagingPolicy", "a", "a" * 128, "with+=,.@_-"]),
    (_role_name, ["epinio-server-role", "a" * 64]),
    (names.check_path, ["/", "/team/", "/a/b.c/"]),
    (names.check_description, ["", "Epinio's access", "déjà vu", "a" * 1000]),
    (names.check_namespace, ["epinio", "a", "a-1", "a" * 63]),
    (names.check_service_account, ["epinio-server", "a.b", "a" * 253]),
    (buckets.check_name, ["abc", "epinio-sources", "a.b.c", "a" * 63]),
    (_boundary, ["arn:aws:iam::123456789012:policy/a/b", "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"]),
]
REFUSED: list[tuple[Check, str, list[str]]] = [
    (_policy_name, "epinio_policy_name", ["", "a b", "a/b", "*", "näme", "a" * 129, "a\n"]),
    (_role_name, "epinio_server_role_name", ["", "a" * 65, "a:b"]),
    (names.check_path, "epinio_iam_path", ["", "team", "/team", "team/", "//", "/a b/", "/" + "a" * 512 + "/"]),
    (names.check_description, "description", ["a" * 1001, "日本"]),
    (names.check_namespace, "epinio_namespace", ["", "*", "a*", "A", "a.b", "-a", "a-", "a" * 64, "a:b", "a\n"]),
    (
        names.check_service_account,
        "epinio_server_service_account",
        ["", "*", "epinio-?", "A", "a:b", "a..b", "a" * 254, "a\n"],
    ),
    (
        buckets.check_name,
        "epinio_bucket",
        [
            "ab",
            "a" * 64,
            "Bad",
            "bad_name",
            "-ab",
            "ab-",
            "a..b",
            "192.168.5.4",
            "xn--abc",
            "abc-s3alias",
            "abc\n",
            "a/b",
        ],
    ),
    (
        _boundary,
        "epinio_permissions_boundary",
        ["", "ReadOnlyAccess", "arn:aws:iam::123456789012:role/a", "arn:aws:iam::1:policy/a"],
    ),
]


@pytest.mark.parametrize(("check", "name"), [(check, name) for check, listed in TAKEN for name in listed])
def test_taken(check: Check, name: str) -> None:
    check(name)


@pytest.mark.parametrize(
    ("check", "variable", "name"), [(check, variable, name) for check, variable, listed in REFUSED for name in listed]
)
def test_refused_by_name(check: Check, variable: str, name: str) -> None:
    with pytest.raises(Refused, match=variable):
        check(name)


@pytest.mark.parametrize(
    "refused",
    [
        {"": "a"},
        {"k" * 129: "a"},
        {"k": "v" * 257},
        {"aws:x": "a"},
        {"AWS:x": "a"},
        {"k": "a*"},
        {f"k{n}": "" for n in range(51)},
    ],
)
def test_tags_that_aws_does_not_take(refused: dict[str, str]) -> None:
    with pytest.raises(Refused, match="epinio_tags"):
        names.check_tags(refused)


def test_tags_that_aws_takes() -> None:
    names.check_tags({f"k{n}": "a b.c:d/e=f+g-h@i_ü" for n in range(50)})


def test_tags_as_people_write_them() -> None:
    assert tags.texts({"a": 42, "b": True, 3: "c", "d": 1.5}) == {"a": "42", "b": "true", "3": "c", "d": "1.5"}


@pytest.mark.parametrize("refused", [{"a": None}, {"a": ["b"]}, {"a": {"b": "c"}}, {"a": "1", "A": "2"}])
def test_tags_that_are_no_texts(refused: dict[str, object]) -> None:
    with pytest.raises(Refused, match="epinio_tags"):
        tags.texts(refused)


def test_tags_both_ways() -> None:
    given = {"b": "2", "a": "1"}
    assert tags.to_aws(given) == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert tags.from_aws(tags.to_aws(given)) == given
    assert tags.missing(given, {"a": "1", "b": "3", "c": "4"}) == {"b": "2"}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, []),
        ({"epinio.aws/wiring": "x", "eksctl": "y"}, []),
        (
            {"aws:cloudformation:stack-name": "s", "alpha.eksctl.io/cluster-name": "c"},
            ["CloudFormation or eksctl", "alpha.eksctl.io/cluster-name, aws:cloudformation:stack-name"],
        ),
    ],
)
def test_tags_tell_the_tool_that_owns_an_object(found: dict[str, str], words: list[str]) -> None:
    said = tags.owners(found)
    assert [word in said for word in words] == [True] * len(words)
    assert bool(said) == bool(words)
