"""The README's lists of AWS actions and Kubernetes rights are what is asked for: no more, no less.

Every playbook runs as an IAM user who may do what is listed and nothing else; what runs no helm also with such a
kubeconfig.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox import audit, node_changes
from sandbox.aws.control import EVERYTHING
from sandbox.node_pools import mixed_with_fargate
from sandbox.people import NAMESPACE
from tests.scenarios import limited, rights
from tests.scenarios.epinio_states import live_a_life
from tests.scenarios.occasions import AT_TIMES, AWS_OCCASIONS, KUBERNETES_OCCASIONS, OF_NODES, WAYS
from tests.scenarios.rights import Right
from tests.scenarios.world import SERVER_POLICY, SERVER_ROLE, STAGING_ACCOUNT, STAGING_ROLE, World

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("consistent")]


@dataclass(frozen=True)
class Asked:
    """What a run asked AWS for, as its own caller, and Kubernetes, with this collection's own calls."""

    aws: frozenset[str]
    kubernetes: frozenset[Right]


class Runs:
    """Runs playbooks, and keeps what each asked for."""

    def __init__(self, world: World, caller: str) -> None:
        self.asked: dict[str, Asked] = {}
        self._world = world
        self._caller = caller

    def run(self, name: str, playbook: str, *options: str, code: int = 0, **variables: Any) -> None:
        first, offset = len(self._world.stand_in.log.entries()), self._world.cluster.audit_log.stat().st_size
        ended = self._world.run(playbook, *options, **variables)
        assert ended.code == code, ended.output
        calls = self._world.stand_in.log.entries()[first:]
        aws = {action for call in calls if call["caller"] == self._caller for action in call["decided"]}
        kubernetes = rights.ours(audit.calls(self._world.cluster.audit_log, offset))
        self.asked[name] = Asked(frozenset(aws), frozenset(kubernetes))


@pytest.fixture(scope="module")
def asked(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Asked]:
    """What each run asked for, over the whole lives of both wirings."""
    live_a_life(world.people)
    folder = tmp_path_factory.mktemp("limited")
    runs = Runs(world, limited.user(world, frozenset().union(*rights.aws_rows().values())))
    runs.run("wire", "irsa", verify="auto")
    other = f"other-{world.account}"
    world.s3.create_bucket(Bucket=other)
    occasions = ("every playbook", "wiring and `verify`", "`irsa` and `verify`", "the access is proven in pods")
    prover = person(world, folder, "prover", *occasions)
    runs.run("verify", "verify", kubeconfig=prover, verify="both", verify_other_bucket=other)
    with limited.denied(world, {}):
        runs.run("denied", "verify", code=2)
    change_what_was_made(world)
    runs.run("mistrusted", "verify", code=2)
    world.iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=trusting("ec2.amazonaws.com"))
    runs.run("foreign", "irsa", "--check", code=2, server_role_name="theirs")
    boundary = world.iam.create_policy(PolicyName="boundary", PolicyDocument=EVERYTHING)["Policy"]["Arn"]
    wanted = {"policy_profile": "documented", "permissions_boundary": boundary, "tags": {"team": "a"}}
    runs.run("change", "irsa", **wanted)
    runs.run("plan back", "teardown_irsa", "--check", create_bucket=None)
    take_over(world)
    runs.run("take back", "teardown_irsa", create_bucket=None)
    wire_nodes(world, runs, folder)
    clear(world)
    runs.run("uninstall", "teardown_irsa", create_bucket=None, uninstall="epinio")
    return runs.asked


def wire_nodes(world: World, runs: Runs, folder: Path) -> None:
    """The life of the other wiring: in a bucket of its own, beside Fargate, at first with a role that no node has."""
    bucket = f"nodes-{world.account}"
    table = mixed_with_fargate(world.cluster.settings.region)
    node_changes.become(world.cluster, table.nodes, table.pools)
    runs.run("nodes wire", "instance_profile", bucket=bucket, node_role_names=["epinio-nodes", "theirs"])
    change_policy_and_bucket(world, bucket)
    own = (OF_NODES, "`instance_profile` notes which roles have it")
    wirer = person(
        world, folder, "wirer", "every playbook", "wiring and `verify`", "the access is proven in pods", *own
    )
    wanted: dict[str, Any] = {"bucket": bucket, "tags": {"team": "a"}, "verify": "auto"}
    runs.run("nodes change", "instance_profile", kubeconfig=wirer, **wanted)
    runs.run("nodes verify", "verify", kubeconfig=wirer, bucket=bucket, verify="auto")
    runs.run("nodes back", "teardown_instance_profile", bucket=bucket, create_bucket=None)


def person(world: World, folder: Path, name: str, *occasions: str) -> str:
    """A kubeconfig with the rights that the README gives for these occasions, which does not check the API server."""
    rows = rights.kubernetes_rows()
    granted = [right for when in occasions for right in rows[when]]
    by_place = {place: [one for one in granted if one.where == where] for where, place in rights.PLACES.items()}
    rules = {place: rights.rules(ones) for place, ones in by_place.items() if ones}
    path = limited.kubeconfig_of(world, folder, name, rules)
    content = json.loads(path.read_text(encoding="utf-8"))
    place = content["clusters"][0]["cluster"]
    del place["certificate-authority-data"]
    place["insecure-skip-tls-verify"] = True
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def change_what_was_made(world: World) -> None:
    """Whatever can be changed about IRSA's wiring, is."""
    iam = world.iam
    change_policy_and_bucket(world, world.bucket)
    iam.update_role(RoleName=SERVER_ROLE, Description="theirs", MaxSessionDuration=7200)
    trust = json.dumps(iam.get_role(RoleName=SERVER_ROLE)["Role"]["AssumeRolePolicyDocument"])
    iam.update_assume_role_policy(RoleName=SERVER_ROLE, PolicyDocument=trust.replace(f":{NAMESPACE}:", ":theirs:"))
    (provider,) = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    named = {"OpenIDConnectProviderArn": provider["Arn"], "ClientID": "sts.amazonaws.com"}
    iam.remove_client_id_from_open_id_connect_provider(**named)
    patch_staging_account(world, {"annotations": {"eks.amazonaws.com/role-arn": None}})


def change_policy_and_bucket(world: World, bucket: str) -> None:
    """All versions of the policy are taken, and the bucket is open to the world."""
    document = json.loads(EVERYTHING)
    for number in range(4):
        (statement,) = document["Statement"]
        text = json.dumps({**document, "Statement": [{**statement, "Sid": f"Theirs{number}"}]})
        arn = world.arn("policy", SERVER_POLICY)
        world.iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
    world.s3.delete_public_access_block(Bucket=bucket)
    world.s3.delete_bucket_policy(Bucket=bucket)


def take_over(world: World) -> None:
    """Somebody uses the staging role too, and makes the staging account his own."""
    trust = world.iam.get_role(RoleName=STAGING_ROLE)["Role"]["AssumeRolePolicyDocument"]
    (theirs,) = json.loads(trusting("ec2.amazonaws.com"))["Statement"]
    both = json.dumps({**trust, "Statement": [*trust["Statement"], theirs]})
    world.iam.update_assume_role_policy(RoleName=STAGING_ROLE, PolicyDocument=both)
    marks = {"labels": {"epinio.aws/managed-by": None}, "annotations": {"epinio.aws/wiring": None}}
    patch_staging_account(world, marks)


def clear(world: World) -> None:
    """Nothing foreign is left in Epinio's namespace, which would keep it."""
    world.core.delete_namespaced_service_account(STAGING_ACCOUNT, NAMESPACE)
    for name in ("prover", "wirer"):
        limited.withdraw(world, name, NAMESPACE)


def patch_staging_account(world: World, metadata: dict[str, Any]) -> None:
    world.core.patch_namespaced_service_account(STAGING_ACCOUNT, NAMESPACE, {"metadata": metadata})


def trusting(service: str) -> str:
    return limited.policy({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def ways(runs: set[str]) -> list[set[str]]:
    """The runs of an occasion by way of wiring."""
    return [runs & way for way in WAYS if runs & way]


def test_every_occasion_has_a_run() -> None:
    assert set(rights.aws_rows()) == set(AWS_OCCASIONS)
    assert set(rights.kubernetes_rows()) == {*KUBERNETES_OCCASIONS, *AT_TIMES}


def test_no_run_asks_aws_for_anything_else(asked: dict[str, Asked]) -> None:
    rows = rights.aws_rows()
    for name, run in asked.items():
        listed = frozenset().union(*(rows[when] for when, runs in AWS_OCCASIONS.items() if name in runs))
        assert run.aws - listed == set(), name


def test_no_action_is_listed_in_vain(asked: dict[str, Asked]) -> None:
    for when, actions in rights.aws_rows().items():
        for way in ways(AWS_OCCASIONS[when]):
            assert actions - frozenset().union(*(asked[name].aws for name in way)) == set(), (when, way)


def test_no_run_asks_kubernetes_for_anything_else(asked: dict[str, Asked]) -> None:
    rows = rights.kubernetes_rows()
    for name, run in asked.items():
        tables = (KUBERNETES_OCCASIONS, AT_TIMES)
        occasions = [when for table in tables for when, runs in table.items() if name in runs]
        listed = {right for when in occasions for right in rows[when]}
        assert [one for one in run.kubernetes if not any(right.covers(one) for right in listed)] == [], name


def test_no_right_is_listed_in_vain(asked: dict[str, Asked]) -> None:
    rows = rights.kubernetes_rows()
    for when, runs in KUBERNETES_OCCASIONS.items():
        for way in ways(runs):
            used = {one for name in way for one in asked[name].kubernetes}
            assert [right for right in rows[when] if not any(map(right.covers, used))] == [], (when, way)
