"""Epinio's own state survives upgrades by real helm 3 and 4: users, roles, passwords, deleted users, dex's settings."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.planners import upkeep as planner
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import Upkeep
from ansible_collections.epinio.aws.plugins.module_utils.readers.helm import read_revisions
from ansible_collections.epinio.aws.plugins.module_utils.readers.upkeep import read_left, read_record
from ansible_collections.epinio.aws.plugins.module_utils.writers import restoring
from ansible_collections.epinio.aws.plugins.module_utils.writers.upkeep import UpkeepWriter
from kubernetes import config

from sandbox import chart_repository
from sandbox.cluster import Cluster
from sandbox.settings import Timing
from tests.integration.helm_site import NAMESPACE, NEVER_READY, RELEASE, ROLES, Site, kept, wait_for

pytestmark = pytest.mark.live

OWNER = wiring("arn:aws:eks:us-east-1:111122223333:cluster/epinio/epinio")
OURS = {"minio.enabled": False, "s3.bucket": "ours"}
OFF = ("--set", "minio.enabled=false", "--set", "s3.bucket=ours")
RECORD = "epinio-aws-wiring"
CONNECTOR = "connectors:\n- type: ldap\n"
# Put back every second; the rest is the API's and this machine's.
SOON = 4.0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    quick = Timing(ready=0.1, terminate=0.1, run=0.1)
    with (
        chart_repository.serving() as charts,
        Cluster.new(tmp_path_factory.mktemp("cluster"), charts_url=charts, timing=quick) as started,
    ):
        yield started


@pytest.fixture(scope="module", params=[3, 4], ids=["helm3", "helm4"])
def installation(
    request: pytest.FixtureRequest, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    api_client = config.new_client_from_config(str(cluster.kubeconfig))
    charts = cluster.settings.chart_repository
    site = Site(api_client, cluster.kubeconfig, request.param, charts, tmp_path_factory.mktemp("helm"))
    yield site
    site.uninstall()


@pytest.fixture
def site(installation: Site) -> Site:
    """Epinio as it was installed: an upgrade of the chart resets everything, which is what all this is about."""
    for selector in ("epinio.aws/managed-by", "owner=helm,status=pending-upgrade"):
        delete_secrets(installation, selector)
    installed = installation.upgrade("--create-namespace", "--set", "s3.bucket=theirs", *installation.force)
    assert installed.returncode == 0, installed.stderr
    return installation


def delete_secrets(site: Site, selector: str) -> None:
    for secret in site.core.list_namespaced_secret(NAMESPACE, label_selector=selector).items:
        site.core.delete_namespaced_secret(secret.metadata.name, NAMESPACE)


@dataclass(frozen=True)
class Lived:
    """The names of the Secrets that somebody has changed, and what they hold."""

    admin: str
    deleted: str
    state: dict[str, dict[str, str]]


@pytest.fixture
def lived(site: Site) -> Lived:
    """A user created a namespace, one changed the password, a default user was deleted, dex got a connector."""
    users = site.users()
    site.edit(users["admin"], {"namespaces": "team1", "password": "own"}, "admin,admin:team1")
    site.edit("dex-config", {"config.yaml": CONNECTOR, "rolesMapping": "- id: ldap"})
    site.edit(users["admin@epinio.io"], {"password": "patched"})
    site.core.delete_namespaced_secret(users["epinio"], NAMESPACE)
    changed = (users["admin"], users["admin@epinio.io"], "dex-config")
    return Lived(users["admin"], users["epinio"], {name: site.secret(name) for name in changed})


def writer(site: Site) -> UpkeepWriter:
    return UpkeepWriter(site.ours, OWNER, RELEASE)


def newest(site: Site) -> int:
    return read_revisions(site.ours, NAMESPACE, RELEASE)[-1].number


def save(site: Site) -> list[str]:
    names = kept(site)
    writer(site).save_record(revision=newest(site), mode="irsa", values=OURS, objects=names)
    return names


def helm(site: Site, *arguments: str, timeout: str = "60s") -> Callable[[], None]:
    def call() -> None:
        done = site.upgrade(*OFF, *site.force, *arguments, timeout=timeout)
        if done.returncode:
            raise ServiceFailed("upgrade", done.stderr)

    return call


def as_it_was(site: Site, lived: Lived) -> bool:
    return {name: site.secret(name) for name in lived.state} == lived.state and "epinio" not in site.users()


def test_everything_survives_an_upgrade_and_the_next(site: Site, lived: Lived) -> None:
    for _time in range(2):
        revision = newest(site)
        names = save(site)
        assert names == sorted((*lived.state, lived.deleted))
        writer(site).during(helm(site))
        assert as_it_was(site, lived)
        writer(site).put_back(names)
        record = read_record(site.ours, OWNER)
        assert record is not None
        assert (record.kept, record.revision, record.modes) == ((), revision, ("irsa",))
        assert record.former == {("minio", "enabled"): ABSENT, ("s3", "bucket"): "theirs"}
        assert as_it_was(site, lived)
    assert "kept" not in site.core.read_namespaced_secret(RECORD, NAMESPACE).data


def test_without_edits_the_upgrade_is_left_alone(site: Site) -> None:
    before = site.secret(site.users()["admin"])
    assert save(site) == []
    writer(site).during(helm(site))
    after = site.secret(site.users()["admin"])
    assert before["password"] != after["password"], "the chart hashes it anew, which makes no difference to anybody"
    assert read_left(site.ours, NAMESPACE, RELEASE, read_record(site.ours, OWNER)) == ()
    # Whoever upgrades next, without our force, is not in our way nor we in theirs.
    unforced = site.upgrade(*OFF)
    assert unforced.returncode == 0, unforced.stderr


def test_put_back_passwords_do_not_break_the_next_upgrade(site: Site) -> None:
    admin = site.users()["admin"]
    site.edit(admin, {"password": "own"})
    names = save(site)
    writer(site).during(helm(site))
    writer(site).put_back(names)
    assert site.secret(admin)["password"] == "own"
    unforced = site.upgrade(*OFF, "--set", "server.traceLevel=1")
    assert unforced.returncode == 0, unforced.stderr


def test_it_is_put_back_while_helm_waits(site: Site, lived: Lived) -> None:
    names = save(site)

    def call() -> None:
        with site.start(*site.upgrading(*OFF, *site.force, *NEVER_READY, timeout="7s")) as process:
            wait_for(lambda: site.secret(lived.admin)["password"] != "own", seconds=10)
            assert wait_for(lambda: as_it_was(site, lived), seconds=SOON) < SOON
            assert process.poll() is None, "helm still waits"
            _output, errors = process.communicate(timeout=30)
        assert process.returncode
        raise ServiceFailed("upgrade", errors)

    with pytest.raises(ServiceFailed, match="Could not upgrade"):
        writer(site).during(call)
    assert as_it_was(site, lived)
    record = read_record(site.ours, OWNER)
    assert record is not None
    assert record.kept == (), "the failed run is at its end: no hash of a password is left lying"
    # What the failed revision left is repaired by the next.
    assert save(site) == names
    writer(site).during(helm(site))
    writer(site).put_back(names)
    assert as_it_was(site, lived)


def test_what_somebody_changes_before_it_is_put_back_stays(
    site: Site, lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "INTERVAL", 3.0)
    names = save(site)

    def call() -> None:
        with site.start(*site.upgrading(*OFF, *site.force, *NEVER_READY, timeout="7s")) as process:
            wait_for(lambda: site.secret(lived.admin)["password"] != "own", seconds=10)
            site.edit(lived.admin, {"namespaces": "team2"}, "admin,admin:team2")
            wait_for(lambda: "epinio" in site.users(), seconds=10)
            site.edit(lived.deleted, {"namespaces": "team3"})
            wait_for(lambda: site.secret(lived.admin)["password"] == "own", seconds=10)
            process.communicate(timeout=30)

    writer(site).during(call)
    writer(site).put_back(names)
    admin = site.secret(lived.admin)
    assert (admin["password"], admin["namespaces"], admin[ROLES]) == ("own", "team2", "admin,admin:team2")
    assert site.secret(lived.deleted)["namespaces"] == "team3"
    assert site.secret("dex-config") == lived.state["dex-config"]


def test_what_is_changed_before_helm_begins_is_kept_too(
    site: Site, lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "INTERVAL", 0.2)
    save(site)

    def call() -> None:
        # As long as it takes helm to fetch a chart.
        site.edit(lived.admin, {"password": "newest"})
        time.sleep(1.5)
        helm(site)()

    writer(site).during(call)
    assert site.secret(lived.admin)["password"] == "newest"


def test_after_a_kill_the_next_run_puts_it_back(site: Site, lived: Lived) -> None:
    names = save(site)
    upgrading = site.command(*site.upgrading(*OFF, *site.force, *NEVER_READY, timeout="60s"))
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.guarded_helm", str(site.kubeconfig), str(OWNER), *upgrading],
        cwd=site.folder, env={**site.environment(), "PYTHONPATH": os.pathsep.join(sys.path)}, start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(lambda: "epinio" in site.users() and site.secret(lived.admin)["password"] != "own", seconds=30)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    assert not as_it_was(site, lived)
    record = read_record(site.ours, OWNER)
    left = read_left(site.ours, NAMESPACE, RELEASE, record)
    assert {one.name for one in left} >= {lived.admin, lived.deleted}
    assert kept(site, left) == names
    (change,) = planner.first(Upkeep(record, left))
    writer(site).put_back(**change.arguments)
    assert as_it_was(site, lived)
    assert save(site) == names
