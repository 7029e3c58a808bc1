"""The survey of a release whose newest revision is not the one that helm upgrades from."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import release_survey
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release, Revision
from ansible_collections.epinio.aws.plugins.module_utils.domain.owners import Owner
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Server, Wanted
from ansible_collections.epinio.aws.plugins.module_utils.readers.upkeep import Bases
from ansible_collections.epinio.aws.plugins.module_utils.release_directions import taking_back, wiring_up
from ansible_collections.epinio.aws.plugins.module_utils.release_survey import Survey

from tests.unit.plugins.module_utils.planners.release_world import (
    ROLE,
    SERVER,
    WANTED,
    WIRED,
    account,
    fresh,
    release,
    wired,
)
from tests.unit.plugins.module_utils.planners.removal_world import REMOVAL, noted

MOVED = "another-account"
BUNDLED = fresh().details


def manifest(*definitions: str, account: str = "epinio-server") -> str:
    """YAML with resource definitions and the server's Deployment, in JSON, which is YAML too."""
    objects: list[dict[str, Any]] = [
        {"kind": "CustomResourceDefinition", "metadata": {"name": f"{name}.helm.cattle.io"}} for name in definitions
    ]
    pod = {"serviceAccountName": account, "containers": [{"name": "epinio-server", "image": SERVER.image}]}
    deployment = {"kind": "Deployment", "metadata": {"name": "epinio-server"}, "spec": {"template": {"spec": pod}}}
    return "\n---\n".join(json.dumps(one) for one in [*objects, deployment])


WITH, WITHOUT = manifest("helmcharts", "helmchartconfigs"), manifest()


def bases(newest: str, deployed: str, status: str) -> Bases:
    """The first revision was deployed; the second, which turns the bundled store off, was not."""
    config = {"minio": {"enabled": False}, "s3": {"bucket": "theirs"}}
    second = release(revision=2, status=status, config=config, manifest=newest)
    return Bases(second, release(manifest=deployed), (Revision(1, "deployed"), Revision(2, status)))


@pytest.fixture
def masked() -> set[str]:
    """What must not be shown."""
    return set()


@pytest.fixture
def survey(monkeypatch: pytest.MonkeyPatch, masked: set[str]) -> Callable[..., Plan]:
    """Surveys what the readers are made to say."""

    def surveyed(
        found: Bases,
        preview: Release,
        apps: tuple[str, ...] = (),
        wanted: Wanted = WANTED,
        server: Server = SERVER,
        details: Any = BUNDLED,
        role: str = "",
    ) -> Plan:
        told: dict[str, dict[str, Any]] = {
            "epinio": {
                "read_server": server,
                "read_details": details,
                "read_apps_with_sources": apps,
                "read_endangered_helm_charts": ("HelmChart kube-system/somebodys",),
                "await_staging": (),
            },
            "helm": {"read_preview": preview, "age": 3600.0},
        }
        for part, answers in told.items():
            for name, answer in answers.items():
                monkeypatch.setattr(getattr(release_survey, part), name, lambda *_a, _answer=answer, **_k: _answer)
        own = {"record": None, "left": (), "kept": (), "service_account": account(role)}
        for name, answer in own.items():
            monkeypatch.setattr(release_survey, f"read_{name}", lambda *_a, _answer=answer, **_k: _answer)
        monkeypatch.setattr(release_survey, "find_bases", lambda *_: found)
        helm: Any = None
        return Survey(None, helm, wiring_up(wanted), "10m", 0.0, mask=masked.update, prepare=lambda _upgrade: None)()

    return surveyed


@pytest.mark.parametrize(
    ("newest", "deployed", "status"),
    [(WITHOUT, WITH, "failed"), (WITH, WITHOUT, "failed"), (WITHOUT, WITH, "pending-upgrade")],
)
def test_definitions_of_the_revision_that_helm_upgrades_from_count(
    survey: Callable[..., Plan], newest: str, deployed: str, status: str
) -> None:
    with pytest.raises(Refused, match="HelmChart kube-system/somebodys"):
        survey(bases(newest, deployed, status), release(manifest=WITHOUT))


@pytest.mark.parametrize(("newest", "deployed", "then"), [(WITHOUT, WITHOUT, WITHOUT), (WITHOUT, WITH, WITH)])
def test_definitions_that_stay_are_not_asked_for(
    survey: Callable[..., Plan], newest: str, deployed: str, then: str
) -> None:
    assert survey(bases(newest, deployed, "failed"), release(manifest=then)).changes


def test_sources_of_a_store_that_a_failed_upgrade_has_left_count(survey: Callable[..., Plan]) -> None:
    with pytest.raises(Refused, match="workspace/app are in the bundled store"):
        survey(bases(WITHOUT, WITHOUT, "failed"), release(manifest=WITHOUT), apps=("workspace/app",))


def test_the_account_is_that_of_the_rehearsed_deployment(survey: Callable[..., Plan], masked: set[str]) -> None:
    moved = replace(WANTED, server_account="epinio-server", values={"serviceAccount": {"name": MOVED}})
    with pytest.raises(Refused, match=f"would run as {MOVED}"):
        survey(bases(WITHOUT, WITHOUT, "failed"), release(manifest=manifest(account=MOVED)), wanted=moved)
    assert MOVED not in masked


@pytest.fixture
def removal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Plan]:
    """Surveys that take the wiring back from what the readers are made to say."""

    def surveyed(found: Bases | None, record: Record | None) -> Plan:
        monkeypatch.setattr(release_survey, "find_bases", lambda *_: found)
        monkeypatch.setattr(release_survey, "read_record", lambda *_: record)
        helm: Any = None
        prepare: Any = None
        return Survey(None, helm, taking_back(REMOVAL), "10m", 0.0, mask=prepare, prepare=prepare)()

    return surveyed


@pytest.mark.parametrize("found", [None, bases(WITHOUT, WITHOUT, "uninstalled")])
def test_without_a_release_nothing_else_is_read(removal: Callable[..., Plan], found: Bases | None) -> None:
    assert removal(found, None).after == {}
    assert [change.operation for change in removal(found, noted()).changes] == ["upkeep.delete_record"]


def test_the_way_there_needs_a_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_survey, "find_bases", lambda *_: None)
    monkeypatch.setattr(release_survey, "read_record", lambda *_: None)
    helm: Any = None
    with pytest.raises(Refused, match="There is no Helm release epinio"):
        Survey(None, helm, wiring_up(WANTED), "10m", 0.0, mask=helm, prepare=helm)()


def test_another_owner_is_refused_only_where_something_would_be_upgraded(survey: Callable[..., Plan]) -> None:
    theirs = replace(SERVER, owner=Owner("Flux", "HelmRelease flux-system/epinio", "Tell Flux."))
    with pytest.raises(Refused, match="Flux owns"):
        survey(bases(WITHOUT, WITHOUT, "failed"), release(manifest=WITHOUT), server=theirs)
    done = replace(wired().release, manifest=WITHOUT)
    same = Bases(done, done, (Revision(2, "deployed"),))
    assert survey(same, release(), server=theirs, details=WIRED, role=ROLE).changes == ()


def test_a_second_look_remembers_which_chart_the_first_one_found(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Any = None
    made = Survey(nothing, nothing, wiring_up(WANTED), "10m", 0.0, mask=nothing, prepare=nothing)
    for path, answer in {
        "epinio.read_server": SERVER,
        "epinio.read_details": None,
        "read_left": (),
        "read_service_account": None,
    }.items():
        monkeypatch.setattr(f"{release_survey.__name__}.{path}", lambda *_, _answer=answer: _answer)
    first, second = release(chart_version="1.13.5"), release(chart_version="1.13.9", revision=2)
    charts = [made._actual(Bases(one, one, (Revision(1, "deployed"),)), None).former_chart for one in (first, second)]
    assert charts == ["1.13.5", "1.13.5"]
