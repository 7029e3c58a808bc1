"""The pod identity webhook's patch, against what Amazon's webhook does (pkg/handler/handler.go)."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import logging
from typing import Any

import pytest

from sandbox.pod_identity import Identity, container_credentials, credentials, identity, patch, web_identity

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
        ({}, Identity()),
        ({"role_arn": ""}, Identity()),
        ({"token_expiration": "3600"}, Identity(expiration=3600)),
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
def test_identity_of_an_account(annotations: dict[str, str], wanted: Identity) -> None:
    assert identity(account(**annotations)) == wanted


@pytest.mark.parametrize(
    "arn", ["epinio-server-role", "arn:aws:iam::1:role/x", "arn:aws:iam::111122223333:user/x", f"{ARN}\n", f"{ARN} "]
)
def test_a_malformed_role_is_only_a_warning(arn: str, caplog: pytest.LogCaptureFixture) -> None:
    """pkg/cache/cache.go, addSA: pods get it all the same."""
    with caplog.at_level(logging.WARNING):
        assert identity(account(role_arn=arn)) == Identity(arn)
    assert "epinio/epinio-server" in caplog.text


def test_everything_is_added_to_all_containers() -> None:
    before = pod({"name": "server"}, initContainers=[{"name": "init", "env": [{"name": "A", "value": "b"}]}])
    unchanged = copy.deepcopy(before)
    environment = [*STS, *REGIONS, *ROLE]
    assert patch(before, web_identity(Identity(ARN)), REGION) == [
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
    _, containers = patch(
        pod({"name": "server", "env": own}), web_identity(Identity(ARN, regional_sts=regional)), REGION
    )
    assert containers["value"] == [{"name": "server", "env": [*own, *added], "volumeMounts": [MOUNT]}]


def test_a_container_that_sets_one_of_each_is_left_alone() -> None:
    own = [{"name": name, "value": "own"} for name in ("AWS_ROLE_ARN", "AWS_REGION", "AWS_STS_REGIONAL_ENDPOINTS")]
    container = {"name": "server", "env": own}
    assert patch(pod(container), web_identity(Identity(ARN)), REGION)[1]["value"] == [container]


def test_mount_and_volume_are_not_doubled() -> None:
    mounted = {"name": "server", "volumeMounts": [{"name": "aws-iam-token", "mountPath": "/own"}]}
    operations = patch(pod(mounted, volumes=[{"name": "aws-iam-token"}]), web_identity(Identity(ARN)), REGION)
    assert [operation["path"] for operation in operations] == ["/spec/containers"]
    assert operations[0]["value"][0]["volumeMounts"] == mounted["volumeMounts"]


def test_the_volume_goes_before_others() -> None:
    operations = patch(pod({"name": "server"}, volumes=[{"name": "data"}]), web_identity(Identity(ARN)), REGION)
    assert operations[0] == {"op": "add", "path": "/spec/volumes/0", "value": volume()}


@pytest.mark.parametrize("skipped", ["proxy", "other,proxy"])
def test_skipped_containers(skipped: str) -> None:
    before = pod({"name": "server"}, {"name": "proxy"}, annotations={"eks.amazonaws.com/skip-containers": skipped})
    _, containers = patch(before, web_identity(Identity(ARN)), REGION)
    assert [bool(container.get("env")) for container in containers["value"]] == [True, False]


@pytest.mark.parametrize(
    ("pods_own", "accounts", "seconds"), [(None, 3600, 3600), ("7200", 3600, 7200), ("5", 3600, 600), ("x", 3600, 3600)]
)
def test_the_pods_expiration_wins(pods_own: str | None, accounts: int, seconds: int) -> None:
    annotations = {"eks.amazonaws.com/token-expiration": pods_own} if pods_own else {}
    before = pod({"name": "server"}, annotations=annotations)
    added, _ = patch(before, web_identity(Identity(ARN, audience="mine", expiration=accounts)), REGION)
    assert added["value"] == [volume("mine", seconds)]


@pytest.mark.parametrize(
    ("known", "associated", "wanted"),
    [
        (None, False, None),
        (Identity(), False, None),
        (Identity(ARN), False, web_identity(Identity(ARN))),
        (Identity(ARN, expiration=3600), True, container_credentials(Identity(expiration=3600))),
        (Identity(regional_sts=False), True, container_credentials(Identity(regional_sts=False))),
        (None, True, container_credentials(Identity(regional_sts=False))),
    ],
)
def test_an_association_takes_precedence(known: Identity | None, associated: bool, wanted: Any) -> None:
    assert credentials(known, associated=associated) == wanted


@pytest.mark.parametrize("labels", [None, {"app": "server"}])
def test_an_association_gives_other_variables_token_and_label(labels: dict[str, str] | None) -> None:
    """main.go for the defaults of its options, pkg/handler/handler.go for the label."""
    before = pod({"name": "server"}, {"name": "own", "env": [{"name": "AWS_ROLE_ARN", "value": "own"}]})
    before["metadata"]["labels"] = labels
    home = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"
    agent = [
        {"name": "AWS_CONTAINER_CREDENTIALS_FULL_URI", "value": "http://169.254.170.23/v1/credentials"},
        {"name": "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "value": f"{home}/eks-pod-identity-token"},
    ]
    token = {"audience": "pods.eks.amazonaws.com", "expirationSeconds": 3600, "path": "eks-pod-identity-token"}
    source = {"projected": {"sources": [{"serviceAccountToken": token}]}}
    mount = {"name": "eks-pod-identity-token", "readOnly": True, "mountPath": home}
    environment = [*STS, *REGIONS, *agent]
    own = [{"name": "AWS_ROLE_ARN", "value": "own"}, *environment]
    assert patch(before, container_credentials(Identity(ARN, expiration=3600)), REGION) == [
        {
            "op": "add",
            "path": "/metadata/labels",
            "value": {**(labels or {}), "eks.amazonaws.com/pod-identity": "enabled"},
        },
        {"op": "add", "path": "/spec/volumes", "value": [{"name": "eks-pod-identity-token", **source}]},
        {
            "op": "add",
            "path": "/spec/containers",
            "value": [
                {"name": "server", "env": environment, "volumeMounts": [mount]},
                {"name": "own", "env": own, "volumeMounts": [mount]},
            ],
        },
    ]
