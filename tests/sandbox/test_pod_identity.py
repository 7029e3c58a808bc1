"""The pod identity webhook's patch, against what Amazon's webhook does (pkg/handler/handler.go)."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import logging
from typing import Any

import pytest

from sandbox.pod_identity import Identity, identity, patch

ARN = "arn:aws:iam::111122223333:role/epinio-server-role"
REGION = "eu-west-1"
MOUNT = {"name": "aws-iam-token", "readOnly": True, "mountPath": "/var/run/secrets/eks.amazonaws.com/serviceaccount"}
TOKEN_FILE = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
STS = [{"name": "AWS_STS_REGIONAL_ENDPOINTS", "value": "regional"}]
REGIONS = [{"name": "AWS_DEFAULT_REGION", "value": REGION}, {"name": "AWS_REGION", "value": REGION}]
ROLE = [{"name": "AWS_ROLE_ARN", "value": ARN}, {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": TOKEN_FILE}]


def account(**annotations: str) -> dict[str, Any]:
    named = {f"eks.amazonaws.com/{name.replace('_', '-')}": value for name, value in annotations.items()}
    return {"metadata": {"namespace": "epinio", "name": "epinio-server", "annotations": named}}


def pod(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    annotations = spec.pop("annotations", {})
    return {"metadata": {"annotations": annotations}, "spec": {"containers": list(containers), **spec}}


def volume(audience: str = "sts.amazonaws.com", seconds: int = 86400) -> dict[str, Any]:
    token = {"audience": audience, "expirationSeconds": seconds, "path": "token"}
    return {"name": "aws-iam-token", "projected": {"sources": [{"serviceAccountToken": token}]}}


@pytest.mark.parametrize(
    ("annotations", "wanted"),
    [
        ({}, None),
        ({"role_arn": ""}, None),
        ({"role_arn": ARN}, Identity(ARN)),
        (
            {"role_arn": "arn:aws-cn:iam::111122223333:role/path/name"},
            Identity("arn:aws-cn:iam::111122223333:role/path/name"),
        ),
        ({"role_arn": ARN, "audience": "mine"}, Identity(ARN, audience="mine")),
        ({"role_arn": ARN, "sts_regional_endpoints": "false"}, Identity(ARN, regional_sts=False)),
        ({"role_arn": ARN, "sts_regional_endpoints": "no"}, Identity(ARN)),
        ({"role_arn": ARN, "token_expiration": "3600"}, Identity(ARN, expiration=3600)),
        ({"role_arn": ARN, "token_expiration": "60"}, Identity(ARN, expiration=600)),
        ({"role_arn": ARN, "token_expiration": "soon"}, Identity(ARN)),
    ],
)
def test_identity_of_an_account(annotations: dict[str, str], wanted: Identity | None) -> None:
    assert identity(account(**annotations)) == wanted


@pytest.mark.parametrize(
    "arn", ["epinio-server-role", "arn:aws:iam::1:role/x", "arn:aws:iam::111122223333:user/x", f"{ARN}\n", f"{ARN} "]
)
def test_a_malformed_role_is_only_a_warning(arn: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert identity(account(role_arn=arn)) is None
    assert "epinio/epinio-server" in caplog.text


def test_everything_is_added_to_all_containers() -> None:
    before = pod({"name": "server"}, initContainers=[{"name": "init", "env": [{"name": "A", "value": "b"}]}])
    unchanged = copy.deepcopy(before)
    environment = [*STS, *REGIONS, *ROLE]
    assert patch(before, Identity(ARN), REGION) == [
        {"op": "add", "path": "/spec/volumes", "value": [volume()]},
        {
            "op": "add",
            "path": "/spec/containers",
            "value": [{"name": "server", "env": environment, "volumeMounts": [MOUNT]}],
        },
        {
            "op": "add",
            "path": "/spec/initContainers",
            "value": [{"name": "init", "env": [{"name": "A", "value": "b"}, *environment], "volumeMounts": [MOUNT]}],
        },
    ]
    assert before == unchanged


@pytest.mark.parametrize(
    ("present", "regional", "added"),
    [
        ([], True, [*STS, *REGIONS, *ROLE]),
        ([], False, [*REGIONS, *ROLE]),
        (["AWS_REGION"], True, [*STS, *ROLE]),
        (["AWS_DEFAULT_REGION"], True, [*STS, *ROLE]),
        (["AWS_ROLE_ARN"], True, [*STS, *REGIONS]),
        (["AWS_WEB_IDENTITY_TOKEN_FILE"], True, [*STS, *REGIONS]),
        (["AWS_STS_REGIONAL_ENDPOINTS"], True, [*REGIONS, *ROLE]),
    ],
)
def test_what_a_container_sets_itself_stays(present: list[str], regional: bool, added: list[dict[str, str]]) -> None:
    own = [{"name": name, "value": "own"} for name in present]
    _, containers = patch(pod({"name": "server", "env": own}), Identity(ARN, regional_sts=regional), REGION)
    assert containers["value"] == [{"name": "server", "env": [*own, *added], "volumeMounts": [MOUNT]}]


def test_a_container_that_sets_one_of_each_is_left_alone() -> None:
    own = [{"name": name, "value": "own"} for name in ("AWS_ROLE_ARN", "AWS_REGION", "AWS_STS_REGIONAL_ENDPOINTS")]
    container = {"name": "server", "env": own}
    assert patch(pod(container), Identity(ARN), REGION)[1]["value"] == [container]


def test_mount_and_volume_are_not_doubled() -> None:
    mounted = {"name": "server", "volumeMounts": [{"name": "aws-iam-token", "mountPath": "/own"}]}
    operations = patch(pod(mounted, volumes=[{"name": "aws-iam-token"}]), Identity(ARN), REGION)
    assert [operation["path"] for operation in operations] == ["/spec/containers"]
    assert operations[0]["value"][0]["volumeMounts"] == mounted["volumeMounts"]


def test_the_volume_goes_before_others() -> None:
    operations = patch(pod({"name": "server"}, volumes=[{"name": "data"}]), Identity(ARN), REGION)
    assert operations[0] == {"op": "add", "path": "/spec/volumes/0", "value": volume()}


@pytest.mark.parametrize("skipped", ["proxy", "other,proxy"])
def test_skipped_containers(skipped: str) -> None:
    before = pod({"name": "server"}, {"name": "proxy"}, annotations={"eks.amazonaws.com/skip-containers": skipped})
    _, containers = patch(before, Identity(ARN), REGION)
    assert [bool(container.get("env")) for container in containers["value"]] == [True, False]


@pytest.mark.parametrize(
    ("pods_own", "accounts", "seconds"), [(None, 3600, 3600), ("7200", 3600, 7200), ("5", 3600, 600), ("x", 3600, 3600)]
)
def test_the_pods_expiration_wins(pods_own: str | None, accounts: int, seconds: int) -> None:
    annotations = {"eks.amazonaws.com/token-expiration": pods_own} if pods_own else {}
    before = pod({"name": "server"}, annotations=annotations)
    added, _ = patch(before, Identity(ARN, audience="mine", expiration=accounts), REGION)
    assert added["value"] == [volume("mine", seconds)]
