"""What the main playbook refuses because of its variables, all before anything is written."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox import pki, settings
from sandbox.kubeconfig import encoded
from sandbox.people import NAMESPACE
from sandbox.playbook import Run, run_playbook
from sandbox.stand_in import TAGS
from tests.scenarios.world import Wire, World

pytestmark = pytest.mark.scenario

OTHER_ACCOUNT = "000000000042"
ANNOTATION = "eks.amazonaws.com/role-arn"
# By row: the variables without `epinio_`, and words of the refusal. `{…}` is filled in from the world.
ROWS: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
    "another-cluster": (
        {"cluster_name": "other"},
        ("{server}", "is not the EKS cluster other", "{issuer}", "epinio_kubeconfig and epinio_context"),
    ),
    "no-such-cluster": ({"cluster_name": "epino"}, ("There is no EKS cluster epino in us-east-1", "{account}")),
    "cluster-going-away": ({"cluster_name": "going"}, ("EKS cluster going", "DELETING")),
    "cluster-name-missing": ({"cluster_name": None}, ("epinio_cluster_name",)),
    "cluster-name-malformed": ({"cluster_name": "no such!"}, ("epinio_cluster_name",)),
    "region-malformed": ({"region": "nowhere!"}, ("'nowhere!'", "epinio_region")),
    "account-of-others": ({"account_id": OTHER_ACCOUNT}, ("{account}", f"not to {OTHER_ACCOUNT}", "epinio_account_id")),
    "release-missing": ({"release": "epino"}, ("no Helm release epino in namespace epinio", "epinio_release")),
    "bucket-name-missing": ({"bucket": None}, ("epinio_bucket",)),
    "bucket-missing": (
        {"bucket": "misspelt-{account}", "create_bucket": False},
        ("misspelt-{account} does not exist", "epinio_bucket", "epinio_create_bucket"),
    ),
    "bucket-elsewhere": ({"bucket": "far-{account}"}, ("far-{account} is in eu-west-1", "us-east-1", "epinio_bucket")),
    "bucket-of-others": ({"bucket": "theirs-{account}"}, ("theirs-{account}", "another account than {account}")),
    "one-role-for-two": (
        {"server_role_name": "Epinio", "staging_role_name": "epinio"},
        ("epinio_server_role_name and epinio_staging_role_name must differ",),
    ),
    "role-name-malformed": ({"server_role_name": "a role"}, ("'a role'", "epinio_server_role_name")),
    "provider-missing": ({"manage_oidc_provider": False}, ("does not exist", "epinio_manage_oidc_provider")),
    "role-of-others": ({"server_role_name": "theirs"}, ("another wiring, {wiring}", "epinio_name_suffix")),
    "account-unmarked": (
        {"staging_service_account": "somebodys"},
        ("epinio/somebodys", "{arn}:role/somebodys", "epinio_staging_service_account"),
    ),
    "boundary-missing": (
        {"permissions_boundary": "{arn}:policy/misspelt"},
        ("{arn}:policy/misspelt does not exist", "epinio_permissions_boundary"),
    ),
    "boundary-of-aws-missing": (
        {"permissions_boundary": "arn:aws:iam::aws:policy/NoSuchAccess"},
        ("arn:aws:iam::aws:policy/NoSuchAccess does not exist", "epinio_permissions_boundary"),
    ),
    "boundary-of-others": (
        {"permissions_boundary": f"arn:aws:iam::{OTHER_ACCOUNT}:policy/bounds"},
        (f"epinio_permissions_boundary is arn:aws:iam::{OTHER_ACCOUNT}", "its own account ({arn}:policy/"),
    ),
    "boundary-elsewhere": (
        {"permissions_boundary": "arn:aws-cn:iam::aws:policy/PowerUserAccess"},
        ("epinio_permissions_boundary is arn:aws-cn", "arn:aws:iam::aws:policy/"),
    ),
    "owned-key": ({"values": {"s3": {"bucket": "mine"}}}, ("epinio_values sets s3.bucket", "set epinio_bucket")),
    "secret-in-plain": (
        {"values": {"global": {"registryPassword": "planted"}}},
        ("epinio_values sets global.registryPassword", "epinio_secret_values"),
    ),
    "chart-too-old": ({"chart_version": "1.12.0"}, ("1.12.0 is older than 1.13.0", "Upgrade Epinio to 1.13.9 first")),
    "chart-cannot-sign": ({"chart_version": "1.13.10"}, ("1.13.10 cannot use IAM", "1.13.9", "gateway")),
}


@pytest.fixture(scope="module")
def planted(world: World) -> Mapping[str, str]:
    """Things of others for the rows above, and the words that their refusals are to have."""
    here = world.cluster.settings
    other = f"arn:aws:eks:us-east-1:{world.account}:cluster/other/epinio"
    tags = [{"Key": "epinio.aws/managed-by", "Value": "epinio.aws"}, {"Key": "epinio.aws/wiring", "Value": other}]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    world.iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=document, Tags=tags)
    world.stand_in.client("s3", world.account, "eu-west-1").create_bucket(
        Bucket=f"far-{world.account}", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    world.stand_in.client("s3", OTHER_ACCOUNT).create_bucket(Bucket=f"theirs-{world.account}")
    annotations = {ANNOTATION: world.arn("role", "somebodys")}
    body = {"metadata": {"name": "somebodys", "annotations": annotations}}
    world.core.create_namespaced_service_account(NAMESPACE, body)
    return {
        "account": world.account,
        "arn": f"arn:aws:iam::{world.account}",
        "issuer": here.issuer,
        "server": here.endpoint,
        "wiring": other,
    }


@pytest.fixture(scope="module")
def clusters(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two more clusters in EKS: `other` with an authority and an issuer of its own, `going` that is being deleted."""
    home = tmp_path_factory.mktemp("other") / "pki"
    pki.create(home)
    other = {
        "issuer": settings.new_issuer("us-east-1"),
        "jwks": pki.web_key_set(home),
        "certificate_authority": encoded(home / "ca.crt"),
    }
    going = {"certificate_authority": world.cluster.certificate_authority, "status": "DELETING"}
    for name, planted in (("other", other), ("going", going)):
        place = {"account": world.account, "region": "us-east-1", "name": name, "endpoint": "https://127.0.0.1:9"}
        world.stand_in.control("clusters", {**place, "tags": TAGS, **planted})


@pytest.fixture(scope="module")
def refused(world: World, planted: Mapping[str, str], clusters: None) -> tuple[Run, Wire]:
    """One run over an inventory whose hosts are the rows, and what went over the wire meanwhile."""
    rows = {row: dict(given) for row, (given, _words) in ROWS.items()}
    for variables in rows.values():
        for name in {"bucket", "permissions_boundary"} & {name for name, value in variables.items() if value}:
            variables[name] = variables[name].format_map(planted)
    with world.wire() as wire:
        run = world.run_rows("irsa", rows)
    return run, wire


@pytest.mark.parametrize("row", ROWS)
def test_variables_are_refused(row: str, refused: tuple[Run, Wire], planted: Mapping[str, str]) -> None:
    run, _wire = refused
    message = run.failures.get(row, "")
    _given, words = ROWS[row]
    missing = [word for word in words if word.format_map(planted) not in message]
    assert missing == [], message or run.output


def test_nothing_was_written(refused: tuple[Run, Wire]) -> None:
    run, wire = refused
    assert run.code == 2
    assert set(run.failures) == set(ROWS)
    assert wire.writes == []
    assert "eks:DescribeCluster" in wire.actions
    assert run.changed == 0
    assert "planted" not in run.output


def test_a_region_that_nobody_names_is_refused(world: World) -> None:
    environment = {name: value for name, value in world.environment.items() if "REGION" not in name}
    variables = {"epinio_cluster_name": "epinio", "epinio_bucket": world.bucket}
    with world.wire() as wire:
        run = run_playbook("irsa", environment, variables)
    assert run.code == 2
    assert "region of the cluster is not known: set epinio_region, AWS_REGION, AWS_DEFAULT_REGION" in run.failure
    assert wire.writes == []


def test_hosts_in_the_inventory_are_refused(world: World, tmp_path: Path) -> None:
    """Ansible would silently run on localhost."""
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": {"prod": {}}, "vars": {"epinio_hosts": "prod"}}}), "utf-8")
    with world.wire() as wire:
        run = world.run("irsa", "-i", str(inventory))
    assert run.code == 2
    assert "epinio_hosts on the command line" in run.failure
    assert wire.calls == []
