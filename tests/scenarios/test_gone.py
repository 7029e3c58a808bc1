"""The teardown where something is gone, or not reached, or not what was meant."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox import kubeconfig, pki, stand_in
from sandbox.kubeconfig import encoded
from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from sandbox.settings import new_issuer
from tests.scenarios.leftovers import in_aws, in_kubernetes, left
from tests.scenarios.world import SERVER_POLICY, SERVER_ROLE, STAGING_POLICY, STAGING_ROLE, Wire, World

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("consistent")]

OTHER_ACCOUNT = "000000000042"
NOWHERE = "https://127.0.0.1:9"
NEEDED = "The release has to be restored before its roles go"
# Seconds until a namespace is gone, on a busy machine.
PATIENCE = 120.0
# By row: the variables without `epinio_`, and words of the refusal. `{…}` is filled in from the world.
ROWS: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
    "cluster-misspelt": (
        {"cluster_name": "epino"},
        ("cluster epino and namespace epinio", "of account {account}, where there is no such cluster", "{wiring}"),
    ),
    "region-of-another": (
        {"region": "eu-west-1"},
        ("in region eu-west-1 of account {account}, where there is no such cluster", "{wiring}", "epinio_region"),
    ),
    "namespace-misspelt": (
        {"namespace": "epino"},
        ("Nothing is wired for cluster epinio and namespace epino in", "{wiring}", "epinio_namespace"),
    ),
    "release-misspelt": ({"release": "epino"}, ("epino", "release epinio", "epinio_release")),
    "account-of-others": ({"account_id": OTHER_ACCOUNT}, ("{account}", f"not to {OTHER_ACCOUNT}", "epinio_account_id")),
    "not-reached": ({"kubeconfig": "{not_reached}"}, (NOWHERE, "{not_reached}", NEEDED, "set epinio_cluster_gone")),
    "no-kubeconfig": ({"kubeconfig": "/no/kubeconfig"}, ("/no/kubeconfig", NEEDED, "set epinio_cluster_gone")),
    "kubeconfig-of-another": (
        {"cluster_name": "other"},
        ("{server}", "is not the EKS cluster other", NEEDED, "set epinio_cluster_gone"),
    ),
    "another-accepted-as-gone": (
        {"cluster_name": "other", "cluster_gone": True},
        ("Nothing is wired for cluster other and namespace epinio", "{wiring}"),
    ),
}


@pytest.fixture(scope="module")
def remake(world: World) -> Callable[[], None]:
    """A wired Epinio. To be called where only what is in AWS was taken back: that is made once more."""
    world.wire_up(verify="none")
    assert len(left(world)) == 10
    return copied(world)


@pytest.fixture(scope="module")
def planted(world: World, remake: object, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """A kubeconfig that leads nowhere, another cluster, and the words of the refusals."""
    folder = tmp_path_factory.mktemp("elsewhere")
    here = world.cluster.settings
    content = kubeconfig.kubeconfig(world.cluster.folder / "pki", "admin", NOWHERE, here.arn)
    kubeconfig.write(folder / "kubeconfig", content)
    pki.create(folder / "pki")
    other = {
        "issuer": new_issuer("us-east-1"),
        "jwks": pki.web_key_set(folder / "pki"),
        "certificate_authority": encoded(folder / "pki" / "ca.crt"),
    }
    place = {"account": world.account, "region": "us-east-1", "name": "other", "endpoint": NOWHERE}
    world.stand_in.control("clusters", {**place, **other})
    return {
        "account": world.account,
        "not_reached": str(folder / "kubeconfig"),
        "server": here.endpoint,
        "wiring": f"{here.arn}/{NAMESPACE}",
    }


@pytest.fixture(scope="module")
def refused(world: World, planted: Mapping[str, str]) -> tuple[Run, Wire]:
    """One run over an inventory whose hosts are the rows, and what went over the wire meanwhile."""
    rows = {row: {**given, "create_bucket": None} for row, (given, _words) in ROWS.items()}
    rows["not-reached"]["kubeconfig"] = planted["not_reached"]
    with world.wire() as wire:
        run = world.run_rows("teardown_irsa", rows)
    return run, wire


@pytest.mark.parametrize("row", ROWS)
def test_what_cannot_be_meant_is_refused(row: str, refused: tuple[Run, Wire], planted: Mapping[str, str]) -> None:
    run, _wire = refused
    message = run.failures.get(row, "")
    _given, words = ROWS[row]
    missing = [word for word in words if word.format_map(planted) not in message]
    assert missing == [], message or run.output


def test_nothing_was_written(refused: tuple[Run, Wire]) -> None:
    run, wire = refused
    assert (run.code, set(run.failures), run.changed) == (2, set(ROWS), 0)
    assert wire.writes == []
    assert "eks:DescribeCluster" in wire.actions


def test_credentials_of_another_account(world: World, remake: object) -> None:
    """Where the account is not named, the end says in which one nothing was found."""
    keys = world.stand_in.credentials(OTHER_ACCOUNT)
    elsewhere = World(world.cluster, world.stand_in)
    elsewhere.environment = {**world.environment, **{name.upper(): value for name, value in keys.items()}}
    named = {"account_id": world.account}
    run = elsewhere.run_rows("teardown_irsa", {"named": named, "not-named": {}})
    assert list(run.failures) == ["named"]
    assert f"{OTHER_ACCOUNT}, not to {world.account}" in run.failure
    assert f"Nothing is wired for cluster epinio in region us-east-1 of account {OTHER_ACCOUNT}" in run.summary
    assert len(left(world)) == 10


def test_a_provider_that_is_gone(world: World, remake: object) -> None:
    (provider,) = world.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    world.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])
    run = world.take_back("--check")
    assert run.changed == 7
    (reported,) = (line for line in run.summary if line.startswith("Left: "))
    assert reported.startswith(f"Left: bucket {world.bucket}: ")


def test_a_cluster_that_nobody_reaches(world: World, remake: Callable[[], None], planted: Mapping[str, str]) -> None:
    variables = {"kubeconfig": planted["not_reached"], "cluster_gone": True}
    with only_aws_is_taken_back(world):
        run = world.take_back(**variables)
    assert any("not reached, nothing in it is taken back" in line for line in run.summary)
    assert any(planted["not_reached"] in line and NOWHERE in line for line in run.summary)
    remake()


def test_a_cluster_that_is_deleted(world: World, remake: Callable[[], None]) -> None:
    here = world.cluster.settings
    world.stand_in.control(f"clusters/{world.account}/{here.region}/{here.name}", {}, "DELETE")
    with only_aws_is_taken_back(world):
        run = world.take_back()
    assert any("it does not exist" in line for line in run.summary)
    again = world.take_back()
    assert again.changed == 0
    assert f"Nothing is wired for cluster epinio in region us-east-1 of account {world.account}" in again.summary
    stand_in.register_cluster(world.cluster.folder, here)
    remake()


def test_a_release_that_is_gone(world: World, remake: Callable[[], None]) -> None:
    world.helm("uninstall", "epinio", "--wait")
    assert len(left(world)) == 4 + 3
    run = world.take_back()
    assert left(world) == []
    assert "Release: there is none" in run.summary
    remake()


def test_a_namespace_that_is_gone(world: World, remake: Callable[[], None]) -> None:
    world.core.delete_namespace(NAMESPACE)
    end = time.monotonic() + PATIENCE
    while NAMESPACE in [one.metadata.name for one in world.core.list_namespace().items]:
        assert time.monotonic() < end
        time.sleep(0.2)
    run = world.take_back()
    assert left(world) == []
    assert run.changed == 4
    assert world.take_back().changed == 0


@contextmanager
def only_aws_is_taken_back(world: World) -> Iterator[None]:
    """All of ours in AWS goes in the block, and nothing is written to the cluster."""
    there = list(in_kubernetes(world))
    with world.wire() as wire:
        yield
    assert list(in_aws(world)) == []
    assert list(in_kubernetes(world)) == there
    assert wire.kubernetes_writes == []


def copied(world: World) -> Callable[[], None]:
    """Makes policies and roles of the wiring as they are now."""
    policies = [policy(world, name) for name in (SERVER_POLICY, STAGING_POLICY)]
    roles = [role(world, name) for name in (SERVER_ROLE, STAGING_ROLE)]

    def make() -> None:
        for one in policies:
            world.iam.create_policy(**one)
        for one, attached in roles:
            world.iam.create_role(**one)
            for arn in attached:
                world.iam.attach_role_policy(RoleName=one["RoleName"], PolicyArn=arn)

    return make


def policy(world: World, name: str) -> dict[str, Any]:
    arn = world.arn("policy", name)
    found = world.iam.get_policy(PolicyArn=arn)["Policy"]
    version = world.iam.get_policy_version(PolicyArn=arn, VersionId=found["DefaultVersionId"])["PolicyVersion"]
    return {"PolicyName": name, "PolicyDocument": json.dumps(version["Document"]), "Tags": found["Tags"]}


def role(world: World, name: str) -> tuple[dict[str, Any], list[str]]:
    found = world.iam.get_role(RoleName=name)["Role"]
    attached = world.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    made = {"AssumeRolePolicyDocument": json.dumps(found["AssumeRolePolicyDocument"]), "Tags": found["Tags"]}
    return {"RoleName": name, **made}, [one["PolicyArn"] for one in attached]
