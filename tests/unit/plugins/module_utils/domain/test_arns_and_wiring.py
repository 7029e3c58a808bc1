"""ARNs are computed from the cluster; marks say whose an object is."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import arns
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import (
    Mark,
    refuse_another,
    refuse_unmarked,
    wiring,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

CLUSTER = "arn:aws-cn:eks:cn-north-1:123456789012:cluster/my_cluster-1"
OWNER = wiring(f"{CLUSTER}/epinio")


def test_parts_of_a_cluster() -> None:
    found = arns.cluster(CLUSTER)
    assert (found.partition, found.region, found.account, found.name) == (
        "aws-cn",
        "cn-north-1",
        "123456789012",
        "my_cluster-1",
    )
    assert found.arn == CLUSTER
    assert found.dns_suffix == "amazonaws.com.cn"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one",
        "arn:aws:eks:eu-central-1:1:cluster/one",
        "arn:aws:iam::123456789012:role/one",
        CLUSTER + "/",
        CLUSTER[:-12] + "ü",
        CLUSTER + "\n",
    ],
)
def test_no_cluster(text: str) -> None:
    with pytest.raises(Refused, match="ARN of an EKS cluster"):
        arns.cluster(text)


def test_computed_arns() -> None:
    cluster = arns.cluster(CLUSTER)
    assert arns.policy_arn(cluster, "/a/", "p") == "arn:aws-cn:iam::123456789012:policy/a/p"
    assert arns.role_arn(cluster, "/", "r") == "arn:aws-cn:iam::123456789012:role/r"
    assert arns.bucket_arn("aws-us-gov", "b") == "arn:aws-us-gov:s3:::b"
    issuer = "https://oidc-eks.cn-north-1.api.aws/id/ABC"
    assert (
        arns.provider_arn(cluster, issuer)
        == "arn:aws-cn:iam::123456789012:oidc-provider/oidc-eks.cn-north-1.api.aws/id/ABC"
    )


def test_an_unknown_partition_is_refused() -> None:
    with pytest.raises(Refused, match="cannot name its endpoints"):
        arns.dns_suffix("aws-moon")


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("arn:aws:iam::123456789012:role/a", True),
        ("arn:aws-us-gov:iam::123456789012:role/team/a", True),
        ("arn:aws:iam::123456789012:role/", False),
        ("arn:aws:iam::123456789012:user/a", False),
        ("arn:aws:iam::123456789012:role/a b", False),
        ("role/a", False),
    ],
)
def test_what_the_webhook_takes(text: str, taken: bool) -> None:
    assert arns.is_role_arn(text) is taken


@pytest.mark.parametrize("text", ["", CLUSTER, f"{CLUSTER}/", f"{CLUSTER}/*", f"{CLUSTER}/a b", "one/epinio"])
def test_no_wiring(text: str) -> None:
    with pytest.raises(Refused):
        wiring(text)


def test_marks() -> None:
    marks = OWNER.tags({"team": "a"})
    assert marks == {"team": "a", "epinio.aws/managed-by": "epinio.aws", "epinio.aws/wiring": f"{CLUSTER}/epinio"}
    assert OWNER.mark(marks) is Mark.OURS
    assert wiring(f"{CLUSTER}/other").mark(marks) is Mark.ANOTHER_WIRING
    assert OWNER.mark({"epinio.aws/managed-by": "epinio.aws"}) is Mark.ANOTHER_WIRING
    assert OWNER.mark({"epinio.aws/wiring": str(OWNER)}) is Mark.NONE
    assert OWNER.mark({}) is Mark.NONE


@pytest.mark.parametrize("key", ["epinio.aws/wiring", "epinio.aws/managed-by", "Epinio.aws/Wiring"])
def test_the_mark_is_not_the_users(key: str) -> None:
    with pytest.raises(Refused, match="epinio_tags"):
        OWNER.tags({key: "x"})


def test_refusals_name_the_way_out() -> None:
    with pytest.raises(Refused, match=r"the cluster/x.*epinio_name_suffix"):
        refuse_another("role", "r", {"epinio.aws/wiring": "the cluster/x"})
    with pytest.raises(Refused, match="which it does not name"):
        refuse_another("role", "r", {})
    with pytest.raises(Refused, match=r"one; two.*epinio_name_suffix"):
        refuse_unmarked("role", "r", ["one", "two"], {})


@pytest.mark.parametrize(
    ("arn", "taken"),
    [
        ("arn:aws-cn:iam::123456789012:policy/bounds", True),
        ("arn:aws-cn:iam::123456789012:policy/team/bounds", True),
        ("arn:aws-cn:iam::aws:policy/PowerUserAccess", True),
        ("arn:aws-cn:iam::210987654321:policy/bounds", False),
        ("arn:aws:iam::123456789012:policy/bounds", False),
        ("arn:aws:iam::aws:policy/PowerUserAccess", False),
        ("arn:aws-cn:iam::123456789012:role/bounds", False),
        ("bounds", False),
        ("", False),
    ],
)
def test_a_boundary_is_of_the_own_partition_and_account(arn: str, taken: bool) -> None:
    cluster = arns.cluster(CLUSTER)
    if taken:
        arns.check_boundary(cluster, arn)
        return
    with pytest.raises(Refused, match="epinio_permissions_boundary"):
        arns.check_boundary(cluster, arn)
