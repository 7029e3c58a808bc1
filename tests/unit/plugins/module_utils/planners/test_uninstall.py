"""Tables for the removal of Epinio: what goes, what stays and is told, what is refused."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release
from ansible_collections.epinio.aws.plugins.module_utils.domain.owners import Owner
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.uninstall import Actual, Space, Wanted, plan

OWNER = wiring("arn:aws:eks:us-east-1:123456789012:cluster/production/space")
WANTED = Wanted(OWNER, "epinio", "production", 60.0)
RELEASE = Release("epinio", "space", 2, "deployed", "epinio", "1.13.9", since="2026-01-01T00:00:00Z")
HOME = Space("space", "uid-home", claims=("export-0-minio-0", "image"), rendered_claims=frozenset({"image"}))
WORKSPACE = Space("workspace", "uid-workspace")
APPS = ("team1/blog", "workspace/shop")
INSTALLED = Actual(RELEASE, 3600.0, HOME, (WORKSPACE,), ("team1",), APPS, ("Job stage-shop",))
UNINSTALLED = replace(RELEASE, status="uninstalled")
FOREIGN = ("ConfigMap notes", "Deployment web")
OTHERS = "namespace team1"


def made(actual: Actual) -> list[tuple[str, dict[str, Any]]]:
    return [(change.operation, dict(change.arguments)) for change in plan(WANTED, actual).changes]


def uninstall(keep_history: bool, *namespaces: str) -> tuple[str, dict[str, Any]]:
    names = {"name": "epinio", "namespace": "space"}
    return "helm.uninstall", {**names, "keep_history": keep_history, "namespaces": list(namespaces)}


DELETE_HOME = ("kubernetes.delete_namespace", {"name": "space", "uid": "uid-home"})
DELETE_WORKSPACE = ("kubernetes.delete_namespace", {"name": "workspace", "uid": "uid-workspace"})
GOING = replace(HOME, terminating=True, foreign=FOREIGN)
OCCUPIED = replace(HOME, foreign=FOREIGN)


def in_state(status: str) -> Actual:
    return replace(INSTALLED, release=replace(RELEASE, status=status))


ALL = [uninstall(True, "workspace"), DELETE_HOME]
SHARED, GOING_TOO = replace(WORKSPACE, foreign=FOREIGN), replace(WORKSPACE, terminating=True, foreign=FOREIGN)
WITHOUT = replace(INSTALLED, release=None)
AFTERWARDS = replace(INSTALLED, release=UNINSTALLED, owned=())
RECORD, DELETE_RECORD = Record({}, 3, ("irsa",)), ("upkeep.delete_record", {"revision": 3})
# Roles of nodes that are to be detached yet.
ATTACHED, FORGET_RELEASE = (
    {"arn:aws:iam::123456789012:policy/p": ("nodes",)},
    ("upkeep.forget_release", {"revision": 3}),
)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (INSTALLED, ALL),
        (in_state("uninstalling"), ALL),
        (in_state("failed"), ALL),
        (in_state("pending-upgrade"), ALL),
        (replace(INSTALLED, owned=()), [uninstall(True), DELETE_HOME]),
        (replace(INSTALLED, home=OCCUPIED), [uninstall(False, "workspace")]),
        (replace(INSTALLED, home=GOING), ALL),
        (replace(INSTALLED, owned=(GOING_TOO,)), ALL),
        (AFTERWARDS, [DELETE_HOME]),
        (replace(AFTERWARDS, owned=(WORKSPACE,)), [DELETE_WORKSPACE, DELETE_HOME]),
        (replace(AFTERWARDS, home=OCCUPIED), [uninstall(False)]),
        (WITHOUT, [DELETE_WORKSPACE, DELETE_HOME]),
        (replace(WITHOUT, owned=(SHARED,)), [DELETE_HOME]),
        (replace(WITHOUT, owned=(), home=OCCUPIED), []),
        (replace(WITHOUT, home=None), [DELETE_WORKSPACE]),
        (replace(INSTALLED, home=OCCUPIED, record=RECORD), [uninstall(False, "workspace"), DELETE_RECORD]),
        (replace(WITHOUT, owned=(), home=OCCUPIED, record=RECORD), [DELETE_RECORD]),
        (replace(WITHOUT, owned=(), home=OCCUPIED, record=replace(RECORD, attachments=ATTACHED)), [FORGET_RELEASE]),
        (replace(WITHOUT, owned=(), home=OCCUPIED, record=Record({}, 0, (), attachments=ATTACHED)), []),
        (replace(INSTALLED, record=RECORD), ALL),
        (Actual(), []),
    ],
)
def test_changes(actual: Actual, expected: list[Any]) -> None:
    assert made(actual) == expected


def test_what_goes_is_said() -> None:
    first, second = plan(WANTED, INSTALLED).changes
    assert first.summary == (
        "uninstall release epinio (chart 1.13.9), and with it namespace workspace and the application workspace/shop "
        "and Job stage-shop, still running"
    )
    assert second.summary == "delete namespace space with the volume claims export-0-minio-0, image"
    (waiting,) = plan(WANTED, Actual(home=replace(HOME, terminating=True, claims=()))).changes
    assert waiting.summary == "wait for the deletion of namespace space"
    (history,) = plan(WANTED, Actual(UNINSTALLED, home=OCCUPIED)).changes
    assert history.summary == "remove the history of release epinio, which is uninstalled"


def test_each_thing_with_what_becomes_of_it() -> None:
    planned = plan(WANTED, INSTALLED)
    assert planned.before == {
        "name": "epinio",
        "namespace": "space",
        "release": "deployed",
        "namespaces": {"space": "there", "workspace": "there", "team1": "there"},
        "apps": {"team1/blog": "there", "workspace/shop": "there"},
        "claims": {"space/export-0-minio-0": "there", "space/image": "there"},
        "staging_jobs": {"Job stage-shop": "there"},
    }
    assert planned.after == {
        "name": "epinio",
        "namespace": "space",
        "release": "gone",
        "namespaces": {"space": "gone", "workspace": "gone", "team1": "there"},
        "apps": {"team1/blog": "there", "workspace/shop": "gone"},
        "claims": {"space/export-0-minio-0": "gone", "space/image": "gone"},
        "staging_jobs": {"Job stage-shop": "gone"},
    }


@pytest.mark.parametrize(("release", "image"), [(RELEASE, "gone"), (None, "there")])
def test_helm_deletes_claims_of_a_namespace_that_stays(release: Release | None, image: str) -> None:
    after = plan(WANTED, replace(INSTALLED, release=release, home=OCCUPIED)).after
    assert after["namespaces"]["space"] == "there"
    assert after["claims"] == {"space/export-0-minio-0": "there", "space/image": image}
    assert after["staging_jobs"] == {"Job stage-shop": "there"}


def test_nothing_at_all() -> None:
    planned = plan(WANTED, Actual())
    assert planned.before == planned.after
    assert planned.after["release"] == ""
    assert planned.residue == ()


@pytest.mark.parametrize(
    ("actual", "named", "reason"),
    [
        (INSTALLED, [OTHERS], "with blog in it"),
        (replace(INSTALLED, apps=()), [OTHERS], "it is for applications and not the chart's"),
        (Actual(home=OCCUPIED), ["namespace space"], "this collection made: ConfigMap notes, Deployment web"),
        (Actual(owned=(SHARED,)), ["namespace workspace"], "ConfigMap notes"),
        (Actual(home=GOING), [], ""),
        (Actual(retained=(("pv", "space/a"),)), ["persistent volumes pv"], "Retain"),
        (Actual(home=HOME, retained=(("pv", "space/a"), ("pv2", "space/b"))), ["persistent volumes pv, pv2"], "Retain"),
        (Actual(home=OCCUPIED, retained=(("pv", "space/a"),)), ["namespace space"], "ConfigMap notes"),
        (Actual(definitions=True), ["the resource definitions of application.epinio.io"], "helm never deletes"),
    ],
)
def test_residue(actual: Actual, named: list[str], reason: str) -> None:
    residue = plan(WANTED, actual).residue
    assert [one.object for one in residue] == named
    assert all(one.advice.endswith(".") for one in residue)
    assert not residue or reason in residue[0].reason


PENDING = replace(INSTALLED, release=replace(RELEASE, status="pending-upgrade"), age=59.0)


@pytest.mark.parametrize(
    ("actual", "said"),
    [
        (PENDING, "at work on release epinio: revision 2 is pending-upgrade .* 60 seconds after"),
        (replace(INSTALLED, endangered=("HelmChart kube-system/x",)), "HelmChart kube-system/x"),
        (replace(INSTALLED, owned=(SHARED,)), "namespace workspace.*ConfigMap notes"),
    ],
)
def test_refusals(actual: Actual, said: str) -> None:
    with pytest.raises(Refused, match=said):
        plan(WANTED, actual)


@pytest.mark.parametrize("confirm", ["", "Production", "space", "production "])
def test_only_what_is_confirmed(confirm: str) -> None:
    with pytest.raises(Refused, match="the cluster's name is 'production'"):
        Wanted(OWNER, "epinio", confirm)


def test_a_release_of_another_tool_is_refused() -> None:
    owned = replace(INSTALLED, owner=Owner("Flux", "HelmRelease flux-system/epinio", "Set them there."))
    with pytest.raises(Refused, match="Flux owns release epinio .HelmRelease flux-system/epinio. .* delete it there"):
        plan(WANTED, owned)
