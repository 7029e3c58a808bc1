"""The proof in pods, whichever way Epinio is wired: what it asks, what it leaves, and where no Job can be made."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from sandbox.node_pools import NODES
from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from tests.integration.helm_site import wait_for
from tests.scenarios.world import SERVER_ROLE, STAGING_ROLE, World

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("consistent")]

PROVEN, READ = "Access of the roles: proven", "What Epinio reads: proven"
FROM_HERE = f"Asked from where Ansible runs as {SERVER_ROLE} and {STAGING_ROLE}"
INSIDE = "Asked from inside the cluster as "
RECORD, QUOTA = "epinio-aws-wiring", "no-jobs"
# What a pod's client asks: as Epinio's server does, and as its staging jobs do.
HOSTS = {
    SERVER_ROLE: ("{}.s3.dualstack.us-east-1.amazonaws.com", "virtual"),
    STAGING_ROLE: ("s3.us-east-1.amazonaws.com", "path"),
}


@pytest.fixture(scope="module")
def made(world: World) -> Run:
    return world.wire_up(verify="none")


def test_an_unchanged_run_asks_from_both_pods_and_leaves_nothing(world: World, made: Run) -> None:
    with world.wire() as wire:
        run = world.wire_up(verify="auto")
    assert run.changed == 0
    assert {PROVEN, READ, FROM_HERE, f"{INSIDE}{SERVER_ROLE} and {STAGING_ROLE}"} <= set(run.summary)
    assert {(one.verb, one.resource, one.name) for one in wire.kubernetes_writes} == {
        (verb, "jobs", f"epinio-aws-probe-{identity}")
        for verb in ("create", "delete")
        for identity in ("server", "staging")
    }
    assert world.batch.list_namespaced_job(NAMESPACE).items == []
    assert "Contents" not in world.s3.list_objects_v2(Bucket=world.bucket)
    for role, (host, addressing) in HOSTS.items():
        asked = {(call["host"], call["addressing"]) for call in wire.calls if of_pod(call, role)}
        assert asked == {(host.format(world.bucket), addressing)}


def of_pod(call: dict[str, Any], role: str) -> bool:
    """Whether a pod made a call to S3 with this role. The controller gives its sessions a name."""
    _arn, name, session = f"{call['caller']}//".split("/")[:3]
    return call["action"].startswith("s3:") and name == role and session != "epinio-aws-probe"


def test_where_no_job_can_be_made_auto_goes_on_and_nothing_else_does(world: World, made: Run) -> None:
    body = {"metadata": {"name": QUOTA}, "spec": {"hard": {"count/jobs.batch": "0"}}}
    world.core.create_namespaced_resource_quota(NAMESPACE, body)
    wait_for(lambda: world.core.read_namespaced_resource_quota(QUOTA, NAMESPACE).status.hard, 20.0)
    rows: dict[str, dict[str, Any]] = {name: {"verify": name} for name in ("auto", "both")}
    rows["on"] = {"verify": "cluster", "require_proof": False}
    # One after the other: they have the same probe object.
    run = world.run_rows("irsa", rows, "--forks", "1")
    world.core.delete_namespaced_resource_quota(QUOTA, NAMESPACE)
    said = {task.host: task.result["msg"] for task in run.tasks if task.action.endswith("debug")}
    assert {PROVEN, FROM_HERE} <= set(said["auto"])
    (note,) = (line for line in said["auto"] if f"exceeded quota: {QUOTA}" in line)
    assert note.startswith("Note: Could not create Job epinio/epinio-aws-probe-")
    assert note.endswith("The access was tried from where Ansible runs only.")
    assert set(run.failures) == {"both"}
    assert run.failure.startswith("Inconclusive: Could not create Job epinio/epinio-aws-probe-")
    assert "epinio_require_proof" in run.failure
    assert "Access of the roles: inconclusive" in said["on"]
    assert not any(line.startswith(INSIDE) for lines in said.values() for line in lines)


def test_a_wiring_that_nobody_has_recorded_is_proven_too(world: World, made: Run) -> None:
    """As after one by hand."""
    record = world.core.read_namespaced_secret(RECORD, NAMESPACE)
    world.core.delete_namespaced_secret(RECORD, NAMESPACE)
    run = world.run("verify")
    record.metadata.resource_version = None
    world.core.create_namespaced_secret(NAMESPACE, record)
    assert run.code == 0, run.output
    assert {PROVEN, READ, FROM_HERE} <= set(run.summary)


def test_verify_finds_the_ways_by_itself(world: World, made: Run) -> None:
    """Both are proven where both are wired, in one go: the worst answer counts."""
    assert world.run("instance_profile").code == 0
    both = world.run("verify", verify="auto")
    assert (both.code, both.changed) == (0, 0), both.output
    assert {PROVEN, READ, FROM_HERE, f"{INSIDE}{SERVER_ROLE} and {STAGING_ROLE} and {NODES}"} <= set(both.summary)
    world.take_back()
    nodes = world.run("verify", verify="cluster")
    assert (nodes.code, nodes.changed) == (0, 0), nodes.output
    assert {PROVEN, READ, f"{INSIDE}{NODES}"} <= set(nodes.summary)
    assert FROM_HERE not in nodes.summary
    assert "only a pod has the credentials of its node" in world.refused("verify", verify="both").failure
