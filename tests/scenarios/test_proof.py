"""The proof: proven, disproven, inconclusive; before the release is touched, and afterwards by the verify playbook."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from sandbox.aws.consistency import Delays
from sandbox.people import NAMESPACE
from tests.scenarios.limited import denied, kubeconfig_of, policy
from tests.scenarios.world import (
    SERVER_POLICY,
    SERVER_ROLE,
    STAGING_ACCOUNT,
    STAGING_ROLE,
    Wire,
    World,
    environment_of,
)

pytestmark = pytest.mark.scenario

INSIDE = "vpce-0a1b2c3d4e5f60718"
PROVEN, DISPROVEN, INCONCLUSIVE = 0, 2, 4


def settle() -> None:
    """Wait until IAM's changes count, so that the proof meets them and not what was before."""
    time.sleep(Delays.effective_after + 0.5)


def is_untouched(world: World, wire: Wire) -> bool:
    """Whether release and pods are as Helm first made them, though IAM and the staging account are wired."""
    (pod,) = world.server_pods()
    written = {one.name for one in wire.kubernetes_writes if one.verb != "create"}
    return world.status()["version"] == 1 and "AWS_ROLE_ARN" not in environment_of(pod) and not written


@pytest.fixture(scope="module", autouse=True)
def _bucket(world: World) -> None:
    """A bucket that was there before, so that its policy can deny from the first run on."""
    world.s3.create_bucket(Bucket=world.bucket)


def test_a_denying_bucket_policy_disproves_before_the_switch(world: World) -> None:
    with denied(world, {}), world.wire() as wire:
        run = world.run("irsa")
    assert run.code == DISPROVEN
    assert "Disproven: PutObject of the server role" in run.failure
    assert f"the owner of the bucket must except {world.arn('role', SERVER_ROLE)}" in run.failure
    assert "iam:CreateRole" in wire.actions
    assert is_untouched(world, wire)


def test_a_deny_by_network_is_inconclusive(world: World) -> None:
    """It may deny this machine and not the pods: the operator decides; a proof from inside the network settles it."""
    with denied(world, {"StringNotEquals": {"aws:SourceVpce": INSIDE}}):
        with world.wire() as wire:
            stopped = world.run("irsa")
        assert stopped.code == DISPROVEN
        assert "Inconclusive: PutObject of the server role" in stopped.failure
        assert "may hold here and not for the pods" in stopped.failure
        assert "epinio_require_proof" in stopped.failure
        assert is_untouched(world, wire)

        on = world.wire_up(require_proof=False)
        assert "Access of the roles: inconclusive" in on.summary
        assert "What Epinio reads: proven" in on.summary
        assert any("may hold here and not for the pods" in line for line in on.summary)

        verified = world.run("verify")
        assert (verified.code, verified.changed) == (INCONCLUSIVE, 0)
        assert "may hold here and not for the pods" in verified.failure

        world.stand_in.control("networks", {"account": world.account, "source_vpce": INSIDE})
        inside = world.run("verify")
        world.stand_in.control("networks", {"account": world.account})
        assert inside.code == PROVEN, inside.output


def test_verify_proves_and_writes_nothing_but_the_probe(world: World) -> None:
    with world.wire() as wire:
        run = world.run("verify")
    assert run.code == PROVEN, run.output
    assert run.changed == 0
    assert "Access of the roles: proven" in run.summary
    assert "What Epinio reads: proven" in run.summary
    keys = {call["parameters"].get("Key", "") for call in wire.calls if call["action"] in wire.writes}
    assert len(keys) == 1
    assert keys.pop().startswith(".epinio-aws-probe/")
    assert wire.kubernetes_writes == []
    assert "Contents" not in world.s3.list_objects_v2(Bucket=world.bucket)


def test_more_rights_than_needed_are_named(world: World) -> None:
    """Others let staging jobs write, let the account `default` in, and let the server read another bucket."""
    other = f"other-{world.account}"
    world.s3.create_bucket(Bucket=other)
    trust = world.iam.get_role(RoleName=STAGING_ROLE)["Role"]["AssumeRolePolicyDocument"]
    (ours,) = trust["Statement"]
    theirs = json.loads(json.dumps(ours).replace(STAGING_ACCOUNT, "default")) | {"Sid": "Theirs"}
    writing = policy({"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{world.bucket}/*"})
    reading = policy({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{other}"})
    world.iam.put_role_policy(RoleName=STAGING_ROLE, PolicyName="Theirs", PolicyDocument=writing)
    world.iam.put_role_policy(RoleName=SERVER_ROLE, PolicyName="Theirs", PolicyDocument=reading)
    widened = json.dumps({**trust, "Statement": [ours, theirs]})
    world.iam.update_assume_role_policy(RoleName=STAGING_ROLE, PolicyDocument=widened)
    settle()

    run = world.run("verify", verify_other_bucket=other)

    world.iam.delete_role_policy(RoleName=STAGING_ROLE, PolicyName="Theirs")
    world.iam.delete_role_policy(RoleName=SERVER_ROLE, PolicyName="Theirs")
    world.iam.update_assume_role_policy(RoleName=STAGING_ROLE, PolicyDocument=json.dumps(trust))
    assert run.code == DISPROVEN
    assert "PutObject of the staging role" in run.failure
    assert f"Something besides this collection's policies gives s3:PutObject to {world.arn('role', STAGING_ROLE)}" in (
        run.failure
    )
    assert f"ListObjectsV2 of the server role on bucket {other} is allowed and must not be" in run.failure
    assert (
        f"account default, which is not Epinio's, can assume the role {world.arn('role', STAGING_ROLE)}" in run.failure
    )
    assert "ListObjectsV2 of the staging role" not in run.failure
    assert f"can assume the role {world.arn('role', SERVER_ROLE)}" not in run.failure


def test_a_trust_that_does_not_match_fails_at_once_with_the_difference(world: World) -> None:
    trust = world.iam.get_role(RoleName=SERVER_ROLE)["Role"]["AssumeRolePolicyDocument"]
    text = json.dumps(trust)
    edited = text.replace(f"system:serviceaccount:{NAMESPACE}:", "system:serviceaccount:elsewhere:")
    world.iam.update_assume_role_policy(RoleName=SERVER_ROLE, PolicyDocument=edited)
    settle()
    with world.wire() as wire:
        run = world.run("verify")
    world.iam.update_assume_role_policy(RoleName=SERVER_ROLE, PolicyDocument=text)
    assert run.code == DISPROVEN
    assert ":sub must be system:serviceaccount:elsewhere:epinio-server" in run.failure
    assert "the token says system:serviceaccount:epinio:epinio-server" in run.failure
    # No second try: nothing was waited for.
    assert wire.actions.count("sts:AssumeRoleWithWebIdentity") == 1


def test_a_user_who_may_not_request_tokens_is_told_the_right(world: World, tmp_path: Path) -> None:
    settle()
    reading = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}
    run = world.run("verify", kubeconfig=str(kubeconfig_of(world, tmp_path, "reader", {"": [reading]})))
    assert run.code == DISPROVEN
    assert "Grant create on serviceaccounts/token in namespace epinio to that user or role" in run.failure


def test_the_documented_policy_is_proven_with_notes(world: World) -> None:
    assert "Access of the roles: proven" in world.wire_up(policy_profile="documented").summary
    # Until then the staging role may still have what it had before.
    settle()
    run = world.run("verify", policy_profile="documented")
    assert run.code == 0
    notes = [line for line in run.summary if line.startswith("Note: PutObject of the staging role")]
    assert len(notes) == 1
    assert "is allowed and must not be" in notes[0]
    attached = world.iam.list_attached_role_policies(RoleName=STAGING_ROLE)["AttachedPolicies"]
    assert SERVER_POLICY in {one["PolicyName"] for one in attached}
