"""Which rows of `aws-auth` are nodes'. Rows that eksctl, Terraform and people write."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

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
        (row(arn("a")) + row(arn("b", partition="aws-cn")), ("a", "b")),
        (f'[{{"rolearn":"{arn("json")}","username":"{NODE}","groups":["system:nodes"]}}]', ("json",)),
        (f"- groups:\n  - system:nodes\n  rolearn: {arn('block')}\n  username: {NODE}\n", ("block",)),
        (row(f" {arn('spaces')} "), ("spaces",)),
        # It works in no cluster, but what is meant is clear.
        (row(arn("team/blue/nodes")), ("nodes",)),
        (row(arn("admin"), "admin", "[system:masters]"), ()),
        (row(arn("people"), groups="[viewers]"), ()),
        (row(arn("people"), groups="system:nodes"), ()),
        (row(arn("other", account="999999999999")), ()),
    ],
)  # fmt: skip
def test_rows(text: str, names: tuple[str, ...]) -> None:
    assert aws_auth(text, CLUSTER) == AwsAuth(tuple(map(MappedRole, names)))


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
        ("- rolearn: a\n  x: [", "mapRoles is no YAML, see its line"),
        ("- {when: 2020-99-99}", "mapRoles is no YAML"),
        ("rolearn: a", "mapRoles is no list of rows"),
        ("- a\n- b", "mapRoles is no list of rows"),
        ("just words", "mapRoles is no list of rows"),
        ("- {}\n- [x]", "mapRoles is no list of rows"),
    ],
)
def test_what_cannot_be_read(text: str, trouble: str) -> None:
    found = aws_auth(text, CLUSTER)
    assert found.roles == ()
    assert found.trouble.startswith(trouble)


def test_a_malformed_row_leaves_the_others() -> None:
    found = aws_auth(row("arn:aws:iam::1:user/x") + row(arn("nodes")), CLUSTER)
    assert found == AwsAuth((MappedRole("nodes"),), "no role has the ARN arn:aws:iam::1:user/x")


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
