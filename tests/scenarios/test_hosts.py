"""Which hosts a playbook runs on, and what it says where that is not what somebody may have meant."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.playbook import Run, run_playbook
from tests.scenarios.world import World

pytestmark = pytest.mark.scenario

# A host that gets as far as the cluster is refused there: there is none of this name.
NO_CLUSTER = "There is no EKS cluster"
Hosts = Mapping[str, Mapping[str, Any]]
CLUSTERS: Hosts = {name: {"epinio_cluster_name": name, "epinio_bucket": f"{name}-bucket"} for name in ("blue", "green")}
OTHERS: Hosts = {"web": {}, "db": {"ansible_host": "db.test"}}
LOCAL: Hosts = {"localhost": {"epinio_cluster_name": "local", "epinio_bucket": "local-bucket"}}
# As in group_vars of all: another cluster for each host.
NAMED = {"epinio_cluster_name": "{{ inventory_hostname }}", "epinio_bucket": "the-bucket"}
GIVEN = {"epinio_cluster_name": "given", "epinio_bucket": "given-bucket"}


def run(world: World, folder: Path, hosts: Hosts, extra: Mapping[str, Any], *options: str) -> Run:
    inventory = folder / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    return run_playbook("teardown_irsa", world.environment, extra, "-i", str(inventory), *options, start=world.start)


@pytest.mark.parametrize(
    ("hosts", "extra", "options", "reached"),
    [
        (OTHERS, GIVEN, (), {"localhost"}),
        (OTHERS, {**GIVEN, "epinio_hosts": ""}, (), {"localhost"}),
        (OTHERS, {**GIVEN, "epinio_hosts": None}, (), {"localhost"}),
        # Whoever names the cluster for all of them, names it for localhost.
        (CLUSTERS, GIVEN, (), {"localhost"}),
        (LOCAL, {}, (), {"localhost"}),
        # Others say nothing of clusters.
        ({**LOCAL, **OTHERS}, {}, (), {"localhost"}),
        ({"web": {"epinio_bucket": "{{ nowhere }}", "epinio_cluster_name": " given"}}, GIVEN, (), {"localhost"}),
        # The same for all of them.
        ({"web": {"epinio_tags": "{{ site | default({}) }}"}, "db": {"epinio_region": ""}}, GIVEN, (), {"localhost"}),
        ({**LOCAL, **CLUSTERS}, {"epinio_hosts": "localhost"}, (), {"localhost"}),
        (CLUSTERS, {"epinio_hosts": "all"}, (), {"blue", "green"}),
        (CLUSTERS, {"epinio_hosts": ["blue"]}, (), {"blue"}),
        (CLUSTERS, {"epinio_hosts": ["blue", "green"]}, (), {"blue", "green"}),
        (CLUSTERS, {"epinio_hosts": "blue,green"}, (), {"blue", "green"}),
        (CLUSTERS, {"epinio_hosts": "all:!green"}, (), {"blue"}),
        (CLUSTERS, {}, ("--limit", "blue"), {"blue"}),
        (CLUSTERS, {}, ("--limit", "b*"), {"blue"}),
        (CLUSTERS, {"epinio_hosts": "all"}, ("--limit", "green"), {"green"}),
        ({**LOCAL, **CLUSTERS}, {}, ("--limit", "localhost"), {"localhost"}),
    ],
)
def test_the_hosts_are_those_that_are_meant(
    world: World, tmp_path: Path, hosts: Hosts, extra: Mapping[str, Any], options: tuple[str, ...], reached: set[str]
) -> None:
    """Each reaches AWS, which knows no such cluster; a teardown of what is not there says so and ends well."""
    ended = run(world, tmp_path, hosts, extra, *options)
    assert ended.code == 0, ended.output
    assert set(ended.summaries) == reached
    assert all("Nothing is wired" in " ".join(lines) for lines in ended.summaries.values())


@pytest.mark.parametrize(
    ("hosts", "extra", "words"),
    [
        (CLUSTERS, {}, "hosts with clusters of their own (blue, green)"),
        ({**CLUSTERS, **OTHERS}, {"epinio_hosts": ""}, "-e epinio_hosts=all for all of them"),
        ({**LOCAL, **CLUSTERS}, {}, "-e epinio_hosts=localhost for localhost, or --limit"),
        ({"blue": NAMED, "green": NAMED}, {}, "hosts with clusters of their own (blue, green)"),
        ({"blue": {"epinio_account_id": "111111111111"}}, GIVEN, "hosts with clusters of their own (blue)"),
        ({"blue": {"epinio_region": "eu-west-1"}, **OTHERS}, GIVEN, "hosts with clusters of their own (blue)"),
    ],
)
def test_hosts_that_would_be_passed_over_are_named(
    world: World, tmp_path: Path, hosts: Hosts, extra: Mapping[str, Any], words: str
) -> None:
    """AWX gives an inventory or a slice of it, and no limit: localhost alone would be green and nothing done."""
    with world.wire() as wire:
        ended = run(world, tmp_path, hosts, extra)
    assert ended.code == 2, ended.output
    assert words in ended.failure
    assert wire.calls == []
