"""Bad variables through the real playbooks: refused by name, before any call, whatever is wrong with them."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.plugin_utils import role_specs

from sandbox.playbook import Run
from tests.bad_inputs import BAD
from tests.scenarios.world import Wire, World

pytestmark = pytest.mark.scenario

PLAYBOOKS = ("irsa", "teardown_irsa", "instance_profile", "teardown_instance_profile", "verify")
# By type: what can stand in an inventory, or behind -e, and means nothing.
SHAPES: Mapping[str, list[Any]] = {
    "str": [True, 1.1, ["a"], {"a": "b"}, "{{ nowhere }}"],
    "path": [False, 2.5, ["a"], {"a": "b"}, "{{ nowhere }}"],
    "bool": ["maybe", 2, ["yes"], {"yes": True}, "{{ nowhere }}"],
    "list": [7, {"a": 1}, [["a"]], [True], "{{ nowhere }}"],
    "dict": [7, ["a"], "hunter2", "{", "{{ nowhere }}"],
}
MISSPELT = (
    "epinio_acount_id",
    "epinio_bukcet",
    "epino_bucket",
    "EPINIO_REGION",
    "epinio_node_role_name",
    "epinio_host",
)
# A fault of Python, or of a program that got what it should not.
OF_MACHINES = re.compile(
    r"Traceback|\b\w+(Error|Exception)\b|object has no|unhashable|expected (str|string)|unknown flag"
)

Row = tuple[str, dict[str, Any], str]


def rows() -> Iterator[Row]:
    """Each bad input: the playbook that gets it, its variables, and the one that is to be named."""
    inputs = [
        # Blanks around a text are taken off.
        *((name, value) for name, values in BAD.items() for value in values if value == stripped(value)),
        *((name, value) for name, option in role_specs.options().items() for value in SHAPES[option.type]),
        *((name, "other") for name, option in role_specs.options().items() if option.choices),
        *((name, "x") for name in MISSPELT),
    ]
    for number, (name, value) in enumerate(inputs):
        yield PLAYBOOKS[number % len(PLAYBOOKS)], {name: value}, name
    for playbook in PLAYBOOKS:
        for blank in (None, "", " \n"):
            yield playbook, {"epinio_cluster_name": blank}, "epinio_cluster_name"


def stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


ROWS: Mapping[str, Row] = {f"row-{number}": row for number, row in enumerate(rows())}


@pytest.fixture(scope="module", params=PLAYBOOKS)
def refused(request: pytest.FixtureRequest, world: World) -> tuple[str, Run, Wire]:
    """One run of each playbook over an inventory whose hosts are its rows, and what went over the wire meanwhile."""
    usual = {"epinio_cluster_name": "epinio", "epinio_bucket": world.bucket}
    hosts = {row: {**usual, **given} for row, (playbook, given, _name) in ROWS.items() if playbook == request.param}
    with world.wire() as wire:
        run = world.run_hosts(request.param, hosts)
    return request.param, run, wire


def test_bad_inputs_are_many(record_property: Any) -> None:
    record_property("bad_inputs", len(ROWS))
    assert len(ROWS) >= 250


def test_bad_inputs_are_refused_by_name(refused: tuple[str, Run, Wire]) -> None:
    playbook, run, _wire = refused
    told = {row: (name, run.failures.get(row, "")) for row, (one, _given, name) in ROWS.items() if one == playbook}
    assert {row: words for row, words in told.items() if words[0] not in words[1]} == {}
    assert {row: words for row, words in told.items() if OF_MACHINES.search(words[1])} == {}


def test_nothing_was_asked_or_written(refused: tuple[str, Run, Wire]) -> None:
    _playbook, run, wire = refused
    assert run.code == 2
    assert (wire.calls, wire.writes, run.changed) == ([], [], 0)
    assert "hunter2" not in "".join(text for row, text in run.failures.items() if "secret" in ROWS[row][2])
    assert not OF_MACHINES.search(run.output), OF_MACHINES.findall(run.output)
