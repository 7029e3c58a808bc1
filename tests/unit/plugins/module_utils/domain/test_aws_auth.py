"""Which rows of `aws-auth` are nodes'. Rows that eksctl, Terraform and people write."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_auth import AwsAuth, MappedRole, aws_auth
from ansible_collections.epinio.aws.plugins.module_utils.domain.node_roles import Survey, unverified
from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import AccessEntry, NodeGroup
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring

CLUSTER = wiring("arn:aws:eks:us-east-1:123456789012:cluster/one/epinio").cluster
NODE = "system:node:{{EC2PrivateDNSName}}"


def row(arn: str, username: str = NODE, groups: str = "[system:bootstrappers, system:nodes]") -> str:
    return f"- {{rolearn: '{arn}', username: '{username}', groups: {groups}}}\n"


def arn(name: str, account: str = "123456789012", partition: str = "aws") -> str:
    return f"arn:{partition}:iam::{account}:role/{name}"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("null", ()),
        ("[]", ()),
        (row(arn("nodes")), ("nodes",)),
        (row(arn("a")) + row(arn("b")), ("a", "b")),
        (row(arn("a")) + row(arn("A")), ("a",)),
        ('""', ()),
        (f'[{{"rolearn":"{arn("json")}","username":"{NODE}","groups":["system:nodes"]}}]', ("json",)),
        (f"- groups:\n  - system:nodes\n  rolearn: {arn('block')}\n  username: {NODE}\n", ("block",)),
        (row(f" {arn('spaces')} "), ("spaces",)),
        # It works in no cluster, but what is meant is clear.
        (row(arn("team/blue/nodes")), ("nodes",)),
        (row(arn("admin"), "admin", "[system:masters]"), ()),
        (row(arn("people"), "admin", "[viewers]"), ()),
        ("- {rolearn: x, username: admin}\n- {groups: [a]}\n- {username: admin, groups: null}", ()),
        # Go's encoding/json, by which EKS reads the rows, takes keys in any case.
        (f"- {{roleARN: '{arn('any')}', UserName: '{NODE}', Groups: [system:nodes]}}", ("any",)),
        (f"- {{RoleArn: x, rolearn: '{arn('exact')}', username: '{NODE}', groups: [system:nodes]}}", ("exact",)),
        (f"- {{rolearn: '{arn('n')}', username: '{NODE}', groups: [1, null, system:nodes], x: y}}", ("n",)),
        (row(arn("blanks"), f" {NODE} "), ("blanks",)),
    ],
)  # fmt: skip
def test_rows(text: str, names: tuple[str, ...]) -> None:
    assert aws_auth(text, CLUSTER) == AwsAuth(tuple(map(MappedRole, names)))


def test_a_role_of_another_partition() -> None:
    china = wiring("arn:aws-cn:eks:cn-north-1:123456789012:cluster/one/epinio").cluster
    assert aws_auth(row(arn("n", partition="aws-cn")), china) == AwsAuth((MappedRole("n"),))


@pytest.mark.parametrize("name", ["{{SessionName}}", "{{SessionNameRaw}}", "{{AccessKeyID}}", "i-0a1b2c3d4e5f60718"])
def test_rows_that_need_not_be_of_ec2(name: str) -> None:
    text = row(arn("n"), f"system:node:{name}")
    assert aws_auth(text, CLUSTER) == AwsAuth((MappedRole("n", certain=False),))
    assert aws_auth(text + row(arn("n")), CLUSTER) == AwsAuth((MappedRole("n"),))


BAD_ROWS = {
    "- null\n": "row 1, null: it is no row",
    "- \n": "row 1, null: it is no row",
    "- text\n": 'row 1, "text": it is no row',
    "- 17\n": "row 1, 17: it is no row",
    "- true\n": "row 1, true: it is no row",
    "- 2020-01-01\n": 'row 1, "2020-01-01": it is no row',
    "- [a, [b]]\n": 'row 1, ["a", ["b"]]: it is no row',
    "- {}\n": "row 1, {}: it has no rolearn",
    f"- {{role_arn: '{arn('n')}', username: '{NODE}', groups: [system:nodes]}}\n": "it has no rolearn",
    f"- {{rolearn: null, username: '{NODE}', groups: [system:nodes]}}\n": "it has no rolearn",
    f"- {{rolearn: '{arn('n')}'}}\n": f"row 1, {arn('n')}: it has neither username nor groups",
    row("arn:aws:iam::1:user/x"): "no role has the ARN arn:aws:iam::1:user/x",
    row("arn:aws:iam::123456789012:user/jane"): "no role has the ARN arn:aws:iam::123456789012:user/jane",
    row("arn:aws:iam::123456789012:instance-profile/n"): "no role has the ARN",
    row("arn:aws:sts::123456789012:assumed-role/n/i-0"): "no role has the ARN",
    row(arn("nodes-*")): "no role has the ARN",
    row(f'"{arn("n")}"'): "no role has the ARN",
    row("nodes"): "no role has the ARN nodes",
    row(""): "no role has the ARN",
    f"- {{rolearn: [x], username: '{NODE}', groups: [system:nodes]}}\n": "no role has the ARN ['x']",
    row(arn("n", account="999999999999")): "the cluster's account is 123456789012 in partition aws",
    row(arn("n", partition="aws-cn")): "the cluster's account is 123456789012 in partition aws",
    row(arn("n"), groups="[viewers]"): "its groups do not list system:nodes",
    row(arn("n"), groups="null"): "its groups do not list system:nodes",
    row(arn("n"), groups="system:nodes"): "its groups do not list system:nodes",
    row(arn("n"), groups="{system:nodes: true}"): "its groups do not list system:nodes",
    row(arn("n"), "admin", "system:nodes"): "its groups do not list system:nodes",
    row(arn("n"), "admin"): "its username does not begin with system:node:",
    row(arn("n"), "{{SessionName}}"): "its username does not begin with system:node:",
    f"- {{rolearn: '{arn('n')}', username: 7, groups: [system:nodes]}}\n": "its username does not begin",
    f"- {{rolearn: '{arn('n')}', groups: [system:nodes]}}\n": "its username does not begin",
}


@pytest.mark.parametrize(("text", "reason"), BAD_ROWS.items())
@pytest.mark.parametrize("above", [True, False])
def test_one_bad_row_leaves_the_others_and_is_said(text: str, reason: str, above: bool) -> None:
    good = row(arn("nodes"))
    found = aws_auth(text + good if above else good + text, CLUSTER)
    assert (found.roles, found.trouble, found.fargate) == ((MappedRole("nodes"),), "", False)
    (said,) = found.left_out
    assert reason.replace("row 1", "row 1" if above else "row 2") in said
    assert "None" not in said


def test_a_long_row_is_shown_in_part() -> None:
    (said,) = aws_auth(f"- {'x' * 1000}", CLUSTER).left_out
    assert len(said) < 200


@pytest.mark.parametrize(("second", "windows"), [("system:nodes", False), ("'eks:kube-proxy-windows'", True)])
def test_a_role_of_two_rows_is_one_of_windows_if_both_are(second: str, windows: bool) -> None:
    first = row(arn("n"), groups="[system:nodes, 'eks:kube-proxy-windows']")
    found = aws_auth(first + row(arn("n"), groups=f"[system:nodes, {second}]"), CLUSTER)
    assert found.roles == (MappedRole("n", windows=windows),)


def test_rows_of_fargate_are_no_roles_of_nodes_but_noted() -> None:
    text = row(arn("fargate"), "system:node:{{SessionName}}", "[system:nodes, system:node-proxier]")
    assert aws_auth(text, CLUSTER) == AwsAuth(fargate=True)
    assert not aws_auth(row(arn("hybrid"), "system:node:{{SessionName}}", "[system:nodes]"), CLUSTER).fargate


def test_rows_of_windows() -> None:
    found = aws_auth(row(arn("win"), groups="[system:nodes, 'eks:kube-proxy-windows']"), CLUSTER)
    assert found.roles == (MappedRole("win", windows=True),)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("- rolearn: a\n  x: [", "mapRoles is no YAML that can be read: .* in line 3"),
        ("&a [*a]", "mapRoles is no YAML that can be read: an anchor in it leads back to itself"),
        ("- !!int ''", "mapRoles is no YAML"),
        ("- !!timestamp x", "mapRoles is no YAML"),
        ("- !!binary aGk=", "mapRoles is no YAML that can be read: it has a value of type bytes"),
        ("rolearn: a", "mapRoles is no list of rows"),
        ("|\n  - rolearn: a", "mapRoles is no list of rows but"),
        ("17", "mapRoles is no list of rows but 17"),
        ("just words", "mapRoles is no list of rows"),
    ],
)
def test_what_cannot_be_read(text: str, trouble: str) -> None:
    found = aws_auth(text, CLUSTER)
    assert found.roles == ()
    assert re.match(trouble, found.trouble)


def test_a_row_of_another_kind_leaves_the_others() -> None:
    found = aws_auth(f"- {{2024-01-01: x}}\n- {{1: [2024-01-01]}}\n{row(arn('n'))}", CLUSTER)
    assert found.roles == (MappedRole("n"),)
    assert [text.partition(":")[0] for text in found.left_out] == ['row 1, {"2024-01-01"', 'row 2, {"1"']


def test_only_roles_that_nothing_else_shows_have_to_be_verified() -> None:
    profile, entry = "arn:aws:iam::123456789012:instance-profile/p", AccessEntry(arn("path/c"), "EC2_LINUX")
    known = Survey(
        CLUSTER,
        groups=(NodeGroup("g", arn("a")),),
        entries=(AccessEntry(arn("a"), "EC2_LINUX"), entry, AccessEntry(arn("admin"), "STANDARD")),
        auto_role_arn=arn("auto"),
        profile_roles={profile: arn("b")},
        aws_auth=AwsAuth(tuple(map(MappedRole, ("A", "b", "c", "d", "auto")))),
    )
    assert unverified(known) == ("c", "d")
