"""Why a release is left alone."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import values
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import DESCRIPTION, Revision
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import ANNOTATION
from ansible_collections.epinio.aws.plugins.module_utils.domain.owners import Owner
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.stores import Store
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners import release_refusals as refusals
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Actual, target
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import Upkeep

from tests.unit.plugins.module_utils.planners.release_world import (
    OTHER_ROLE,
    ROLE,
    SERVER,
    WANTED,
    account,
    fresh,
    release,
)


def pending(age: float, *statuses: str, status: str = "pending-upgrade") -> Actual:
    revisions = tuple(Revision(number, one, "helm") for number, one in enumerate((*statuses, status), 1))
    return fresh(release=release(revision=len(revisions), status=status), revisions=revisions, age=age)


@pytest.mark.parametrize(
    ("actual", "said"),
    [
        (pending(10.0, "deployed"), "pending-upgrade since 2026-11-24T09:00:00Z .*written by helm"),
        (pending(599.0, "deployed"), "epinio_helm_timeout"),
        (pending(9999.0, status="pending-install"), "uninstall and install Epinio again"),
        (pending(9999.0, "failed", status="pending-upgrade"), "first installation"),
        (fresh(release=release(status="uninstalling")), "uninstalling since .*finish it: helm uninstall epinio"),
    ],
)
def test_states_that_are_refused(actual: Actual, said: str) -> None:
    with pytest.raises(Refused, match=said):
        refusals.refuse_state(WANTED, actual)


@pytest.mark.parametrize(
    "actual",
    [fresh(), fresh(release=release(status="failed")), pending(601.0, "deployed"), pending(601.0, "superseded")],
)
def test_states_that_are_not(actual: Actual) -> None:
    refusals.refuse_state(WANTED, actual)


def annotated(in_values: str, live: str, *, description: str = "Upgrade complete", noted: str = "") -> Actual:
    """A release whose values and live account say these roles; our record notes that we gave the annotation one."""
    config = values.tree({ANNOTATION: in_values}) if in_values else {}
    record = Record({}, 1, ("irsa",), {ANNOTATION: noted}) if noted else None
    newest = release(revision=5, config=config, description=description)
    return fresh(release=newest, account=account(live, "kubectl-annotate"), upkeep=Upkeep(record))


@pytest.mark.parametrize(
    ("actual", "said"),
    [
        (annotated(OTHER_ROLE, OTHER_ROLE), "Revision 5 .*Upgrade complete.* sets serviceAccount.annotations"),
        (annotated(OTHER_ROLE, ""), "Revision 5"),
        (annotated("", OTHER_ROLE), f"annotated with {OTHER_ROLE} by kubectl-annotate"),
        (annotated(ROLE, OTHER_ROLE), "by kubectl-annotate"),
        (annotated("", OTHER_ROLE, description=DESCRIPTION), "by kubectl-annotate"),
        (annotated(OTHER_ROLE, OTHER_ROLE, noted=ROLE), "Revision 5"),
    ],
)
def test_foreign_annotations_are_refused(actual: Actual, said: str) -> None:
    with pytest.raises(Refused, match=said):
        refusals.refuse_foreign_annotation(WANTED, actual, target(WANTED, actual))


@pytest.mark.parametrize(
    "actual",
    [
        annotated("", ""),
        annotated("", ROLE),
        annotated(ROLE, ROLE),
        annotated(ROLE, ""),
        annotated(OTHER_ROLE, OTHER_ROLE, description=DESCRIPTION),
        annotated(OTHER_ROLE, OTHER_ROLE, noted=OTHER_ROLE),
        annotated("", OTHER_ROLE, noted=OTHER_ROLE),
        fresh(account=None),
    ],
)
def test_our_own_are_not(actual: Actual) -> None:
    refusals.refuse_foreign_annotation(WANTED, actual, target(WANTED, actual))


def test_an_annotation_without_a_manager_is_somebodys() -> None:
    actual = replace(annotated("", OTHER_ROLE), account=account(OTHER_ROLE))
    with pytest.raises(Refused, match="by somebody"):
        refusals.refuse_foreign_annotation(WANTED, actual, target(WANTED, actual))


def test_an_account_that_the_chart_does_not_render_is_refused() -> None:
    theirs = replace(WANTED, values={"serviceAccount": {"create": False}})
    with pytest.raises(Refused, match="serviceAccount.create"):
        refusals.refuse_account_of_others(target(theirs, fresh()))
    refusals.refuse_account_of_others(target(WANTED, fresh()))


BUNDLED, EXTERNAL = Store(True, "s3.amazonaws.com", "epinio"), Store(False, "minio.corp.test:9000", "old")


@pytest.mark.parametrize(
    ("store", "where"), [(BUNDLED, "the bundled store"), (EXTERNAL, "bucket old at minio.corp.test")]
)
def test_sources_that_would_be_lost(store: Store, where: str) -> None:
    with pytest.raises(Refused, match=f"workspace/one, workspace/two are in {where}.*epinio_bundled_store=abandon"):
        refusals.refuse_lost_sources(WANTED, (store,), ("workspace/one", "workspace/two"))
    notice = refusals.refuse_lost_sources(replace(WANTED, abandon_sources=True), (store,), ("workspace/one",))
    assert notice is not None
    assert "workspace/one" in notice
    assert refusals.refuse_lost_sources(WANTED, (store,), ()) is None
    assert refusals.refuse_lost_sources(WANTED, (), ("workspace/one",)) is None


def test_many_names_are_cut() -> None:
    with pytest.raises(Refused, match="ns/a19 and 5 more are in"):
        refusals.refuse_lost_sources(WANTED, (BUNDLED,), tuple(f"ns/a{number}" for number in range(25)))


def test_objects_of_helm_controller_are_not_deleted() -> None:
    refusals.refuse_lost_helm_charts(())
    with pytest.raises(Refused, match=r"HelmChart kube-system/x.*helm\.sh/resource-policy=keep"):
        refusals.refuse_lost_helm_charts(("HelmChart kube-system/x",))


def test_another_version_than_the_wanted_is_refused() -> None:
    goal = target(WANTED, fresh())
    refusals.refuse_another_chart(goal, release(chart_version="1.13.9"))
    with pytest.raises(Refused, match="has version 1.13.5, wanted is 1.13.9"):
        refusals.refuse_another_chart(goal, release(chart_version="1.13.5"))


TEMPLATES = {"templates/a.yaml": "1", "templates/b.yaml": "2"}


@pytest.mark.parametrize(
    ("templates", "said"),
    [
        ({**TEMPLATES, "templates/b.yaml": "3"}, "differ: templates/b.yaml"),
        ({**TEMPLATES, "templates/c.yaml": "3"}, "differ: templates/c.yaml"),
        ({"templates/a.yaml": "1"}, "differ: templates/b.yaml"),
        ({f"templates/{number}.yaml": "1" for number in range(9)}, r"differ: .*4\.yaml and 6 more"),
        # An honest chart of Epinio has some.
        ({}, "differ: templates/a.yaml, templates/b.yaml"),
    ],
)
def test_a_fork_is_refused(templates: dict[str, str], said: str) -> None:
    installed = release(templates=TEMPLATES)
    goal = target(WANTED, fresh())
    refusals.refuse_a_fork(installed, goal, release(templates=dict(TEMPLATES)))
    with pytest.raises(Refused, match=rf"epinio 1\.13\.9 of https://charts\.test.*{said}.*epinio_chart_repo"):
        refusals.refuse_a_fork(installed, goal, release(templates=templates))
    local = target(replace(WANTED, chart_reference="/charts/epinio", chart_repository=""), fresh())
    with pytest.raises(Refused, match=r"chart /charts/epinio 1\.13\.9 is not the one"):
        refusals.refuse_a_fork(installed, local, release(templates=templates))


def test_another_version_is_meant_to_differ() -> None:
    goal = target(replace(WANTED, chart_version="1.13.7"), fresh())
    refusals.refuse_a_fork(release(templates=TEMPLATES), goal, release(templates={}))


def test_the_release_of_another_tool_is_refused_with_the_values_for_its_source() -> None:
    owned_by = Owner("Flux", "HelmRelease flux-system/epinio", "Put the values into its source.")
    theirs = fresh(server=replace(SERVER, owner=owned_by))
    with pytest.raises(
        Refused, match=r"Flux owns release epinio \(HelmRelease flux-system/epinio\).*source"
    ) as refused:
        refusals.refuse_other_owner(theirs, target(WANTED, theirs))
    given = refused.value.facts["owned_values"]
    assert (given["s3.bucket"], given["s3.accessKeyID"], given["minio.enabled"]) == ("epinio-sources", "", False)
    refusals.refuse_other_owner(fresh(), target(WANTED, fresh()))
    refusals.refuse_other_owner(fresh(server=None), target(WANTED, fresh()))


def test_where_the_chart_annotates_nothing_the_annotation_is_no_business_of_the_release() -> None:
    found = annotated(OTHER_ROLE, OTHER_ROLE)
    older = replace(found, release=replace(found.release, chart_version="1.13.4"))
    refusals.refuse_foreign_annotation(WANTED, older, target(WANTED, older))


def test_running_staging_jobs_are_refused() -> None:
    refusals.refuse_running_jobs((), "epinio", 120.0)
    with pytest.raises(Refused, match="After 120 seconds Job stage-x still run in namespace epinio"):
        refusals.refuse_running_jobs(("Job stage-x",), "epinio", 120.0)
