"""epinio_wiring_record against a real API server; the Kubernetes client says what is in the Secret."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.converge import carry_out
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.wiring_record import Wanted, plan
from ansible_collections.epinio.aws.plugins.module_utils.readers.upkeep import read_record
from ansible_collections.epinio.aws.plugins.module_utils.writers.record import RecordWriter

from tests.integration.cluster.workloads import Workloads

pytestmark = pytest.mark.live

MODULE, NAME = "epinio_wiring_record", "epinio-aws-wiring"
A, B = (f"arn:aws:iam::111122223333:policy/{name}" for name in "ab")
NOTHING: dict[str, Any] = {"modes": [], "attachments": {}}
FORMER = records.Record({("s3", "secretAccessKey"): "hush-hush"}, 3, ("irsa",), {("s3", "secretAccessKey"): ""})


def secret(workloads: Workloads) -> Any:
    """Our Secret as it is, `None` for none."""
    found = workloads.core.list_namespaced_secret(workloads.namespace, field_selector=f"metadata.name={NAME}").items
    return next(iter(found), None)


def content(workloads: Workloads) -> Any:
    return json.loads(base64.b64decode(secret(workloads).data["record"]))


def applied(workloads: Workloads, **args: Any) -> Any:
    """The result of a run: check mode tells it beforehand and writes nothing."""
    before = workloads.log_size
    checked = workloads.run(MODULE, check=True, **args)
    assert workloads.writes(before) == []
    made = workloads.run(MODULE, **args)
    assert not made.get("failed"), made
    assert {**checked, "invocation": None} == {**made, "invocation": None}
    return made


def unchanged(workloads: Workloads, **args: Any) -> Any:
    before = workloads.log_size
    again = workloads.run(MODULE, **args)
    assert (again["changed"], workloads.writes(before)) == (False, [])
    return again


def test_noted_beside_one_another_and_forgotten_to_the_last(workloads: Workloads) -> None:
    made = applied(workloads, policy=A, roles=["two", "one"])
    assert made["record"] == {"modes": [], "attachments": {A: ["one", "two"]}}
    assert content(workloads)["attachments"] == {A: ["one", "two"]}
    metadata = secret(workloads).metadata
    assert metadata.labels == {"epinio.aws/managed-by": "epinio.aws"}
    assert metadata.annotations == {"epinio.aws/wiring": workloads.wiring}
    assert {one.manager for one in metadata.managed_fields} == {"epinio.aws"}
    assert unchanged(workloads, policy=A, roles=["two"])["record"] == made["record"]
    (change,) = applied(workloads, policy=A, roles=["two", "three"])["changes"]
    assert change["arguments"] == {"policy": A, "roles": ["three"]}
    applied(workloads, policy=B, roles=["one"])
    assert content(workloads)["attachments"] == {A: ["one", "three", "two"], B: ["one"]}

    gone = applied(workloads, policy=A, roles=["one", "unknown"], state="absent")
    assert gone["record"]["attachments"] == {A: ["three", "two"], B: ["one"]} == content(workloads)["attachments"]
    applied(workloads, policy=A, state="absent")
    assert content(workloads)["attachments"] == {B: ["one"]}
    unchanged(workloads, policy=B, roles=[], state="absent")
    applied(workloads, policy=A, roles=["one"])
    assert len(applied(workloads, state="absent")["changes"]) == 2
    assert secret(workloads) is None
    last = unchanged(workloads, state="absent")
    assert (last["record"], last["residue"]) == (NOTHING, [])


def test_what_is_noted_of_the_release_stays(workloads: Workloads) -> None:
    metadata = {
        "name": NAME,
        "labels": {"epinio.aws/managed-by": "epinio.aws"},
        "annotations": {"epinio.aws/wiring": workloads.wiring},
    }
    data = records.to_data(FORMER)
    workloads.core.create_namespaced_secret(workloads.namespace, {"metadata": metadata, "data": data})
    before = content(workloads)
    made = applied(workloads, policy=A, roles=["one"])
    assert made["record"] == {"modes": ["irsa"], "attachments": {A: ["one"]}}
    assert "hush" not in json.dumps(made)
    assert content(workloads) == {**before, "attachments": {A: ["one"]}}
    assert applied(workloads, state="absent")["record"] == {"modes": ["irsa"], "attachments": {}}
    assert content(workloads) == before


def test_where_there_is_no_namespace(workloads: Workloads) -> None:
    nowhere: dict[str, Any] = {"wiring": f"{workloads.wiring}-not-there"}
    assert unchanged(workloads, state="absent", **nowhere)["record"] == NOTHING
    for check in (True, False):
        refused = workloads.run(MODULE, check, policy=A, roles=["one"], **nowhere)
        assert "check epinio_namespace" in refused["msg"]
    assert unchanged(workloads, policy=A, roles=[], **nowhere)["record"] == NOTHING


@pytest.mark.parametrize("another", [True, False])
def test_a_secret_of_somebody_else_is_refused(workloads: Workloads, another: bool) -> None:
    mark = {"epinio.aws/managed-by": "epinio.aws"} if another else {}
    metadata = {"name": NAME, "labels": mark, "annotations": {"epinio.aws/wiring": "another"}}
    workloads.core.create_namespaced_secret(workloads.namespace, {"metadata": metadata, "data": {}})
    before = workloads.log_size
    for args in ({"policy": A, "roles": ["one"]}, {"state": "absent"}):
        for check in (True, False):
            assert "is not this wiring's" in workloads.run(MODULE, check, **args)["msg"]
    assert workloads.writes(before) == []


@pytest.mark.parametrize(
    ("args", "word"),
    [
        ({"policy": A}, "roles"),
        ({"roles": ["one"]}, "policy"),
        ({"roles": ["one"], "state": "absent"}, "policy"),
        ({"policy": "a", "roles": ["one"]}, "no managed policy's ARN"),
        ({"policy": A, "roles": ["nodes/one"]}, "epinio_node_role_names"),
    ],
)
def test_what_cannot_be_noted_is_refused(workloads: Workloads, args: dict[str, Any], word: str) -> None:
    refused = workloads.run(MODULE, **args)
    assert refused["failed"]
    assert word in refused["msg"]
    assert secret(workloads) is None


def test_what_the_api_server_refuses_shows_while_planning(workloads: Workloads) -> None:
    reader = {"K8S_AUTH_IMPERSONATE_USER": workloads.reader()}
    wanted: dict[str, Any] = {"policy": A, "roles": ["one"]}
    before = workloads.log_size
    forbidden = workloads.run(MODULE, check=True, environment=reader, **wanted)
    assert 'cannot create resource "secrets"' in forbidden["msg"]
    assert workloads.writes(before) == []
    workloads.run(MODULE, **wanted)
    for args in ({**wanted, "roles": ["two"]}, {"state": "absent"}):
        assert 'resource "secrets"' in workloads.run(MODULE, check=True, environment=reader, **args)["msg"]
    assert content(workloads)["attachments"] == {A: ["one"]}


def test_of_two_runs_at_once_one_plans_again(workloads: Workloads) -> None:
    owner = wiring(workloads.wiring)
    writer = RecordWriter(workloads.ours, owner)

    def survey() -> Plan:
        return plan(Wanted(A, ("one", "two")), read_record(workloads.ours, owner))

    stale = survey()
    writer.note_attachments(A, ["one"])
    made: list[int] = []

    class Late(RecordWriter):
        """Has read that there is no Secret yet."""

        def _write(self, attempt: str, record: records.Record, *, exists: bool) -> None:
            made.append(1)
            super()._write(attempt, record, exists=exists and len(made) > 1)

    planned, changes = carry_out(stale, survey, {"record": Late(workloads.ours, owner)})
    assert [change.arguments["roles"] for change in changes] == [["two"]]
    assert planned.after["attachments"] == content(workloads)["attachments"] == {A: ["one", "two"]}
