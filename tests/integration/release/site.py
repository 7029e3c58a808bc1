"""A cluster with a release of Epinio's chart, and the two modules about releases run against it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox import audit, build
from sandbox.cluster import Cluster
from sandbox.people import People
from sandbox.release import UNCHECKED
from tests.integration.helm_site import NAMESPACE, RELEASE, Site
from tests.integration.modules import run_module

WIRING = "arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio"
ROLE = "arn:aws:iam::123456789012:role/epinio-server-role"
WANTED = {"wiring": WIRING, "bucket": "epinio-sources", "server_role_arn": ROLE}
ROLE_ARN = "eks.amazonaws.com/role-arn"
# What takes the wiring back; a bucket is not needed for that.
BACK = {"state": "absent", "bucket": None}
# Seconds for staging jobs, where a test has one that does not end.
SOON = {"staging_timeout": 0}
PASSWORD = "correct-horse-battery"
USERS_VALUES = {"server": {"timeoutMultiplier": 2}, "api": {"adminPassword": PASSWORD}}

# For what no helm does in another way.
ONE_HELM = pytest.mark.parametrize("epinio", [3], indirect=True, ids=["helm3"])

Result = dict[str, Any]


@dataclass
class ReleaseSite:
    """The site of one helm. `hidden` are words that no result may hold."""

    cluster: Cluster
    site: Site
    hidden: list[str] = field(default_factory=lambda: [PASSWORD])
    # Where the audit log ended that all tests of the cluster fill.
    _since: int = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.cluster.audit_log.stat().st_size

    @property
    def people(self) -> People:
        return People(self.cluster.kubeconfig)

    def run(self, args: Mapping[str, Any] | None = None, check: bool = False, name: str = "epinio_release") -> Result:
        homes = {f"HELM_{kind}_HOME": str(self.site.folder) for kind in ("CACHE", "CONFIG", "DATA")}
        env = {**homes, "HOME": str(self.site.folder), "KUBECONFIG": str(self.cluster.kubeconfig)}
        env["EPINIO_CHART_REPO"] = self.site.charts
        binary = {"helm_binary": str(build.programs() / f"helm{self.site.helm}" / "helm"), "helm_timeout": "60s"}
        of_release = {**WANTED, **binary}
        of_uninstall = {"wiring": WIRING, "confirm": "epinio", **binary}
        given = {"epinio_release": of_release, "epinio_uninstall": of_uninstall}.get(name, {"wiring": WIRING})
        result = run_module(name, {**given, **(args or {})}, env, check)
        self.hides(json.dumps(result))
        return result

    def made(self, args: Mapping[str, Any] | None = None) -> Result:
        """The result of a run that leads up to what a test is about."""
        done = self.run(args)
        assert not done.get("failed"), done["msg"]
        return done

    def applied(self, args: Mapping[str, Any] | None = None) -> Result:
        """The result of a run, which check mode tells beforehand without a write."""
        before = self.writes()
        checked = self.run(args, check=True)
        assert not checked.get("failed"), checked["msg"]
        assert self.writes() == before
        done = self.made(args)
        assert done["changes"] == checked["changes"]
        assert done["release"] == checked["release"]
        assert done.keys() == checked.keys()
        return done

    def refused(self, args: Mapping[str, Any] | None = None) -> str:
        """The message of a refusal, the same in check mode, without a write."""
        before = self.writes()
        results = [self.run(args, check) for check in (True, False)]
        assert [result.get("failed") for result in results] == [True, True], results
        assert self.writes() == before
        return str(results[1]["msg"])

    def writes(self) -> list[audit.Write]:
        """Accepted writes of people and their tools so far; what helm wrote by itself is among them."""
        return [one for one in audit.writes(self.cluster.audit_log, self._since) if one.status < 400]

    def revision(self) -> dict[str, Any]:
        """The newest revision, as Helm's storage Secret has it."""
        stored = self.site.core.list_namespaced_secret(NAMESPACE, label_selector=f"owner=helm,name={RELEASE}").items
        newest = max(stored, key=lambda secret: int(secret.metadata.labels["version"]))
        packed = base64.b64decode(base64.b64decode(newest.data["release"]))
        found: dict[str, Any] = json.loads(gzip.decompress(packed))
        return found

    def values(self) -> str:
        """The user-supplied values, as helm prints them."""
        done = self.site.run("get", "values", RELEASE, "--output", "json")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def upgraded(self, version: str, *arguments: str) -> None:
        """Somebody's `helm upgrade` to a version of the chart."""
        chart = ("epinio", "--repo", self.site.charts, "--version", version, "--wait", "--timeout", "60s", UNCHECKED)
        done = self.site.run("upgrade", RELEASE, *chart, *self.site.force, *arguments)
        assert done.returncode == 0, done.stderr

    def annotations(self) -> dict[str, str]:
        """Annotations of the server's service account."""
        return self.site.core.read_namespaced_service_account("epinio-server", NAMESPACE).metadata.annotations or {}

    def records(self) -> list[str]:
        """Secrets of the collection."""
        found = self.site.core.list_namespaced_secret(NAMESPACE, label_selector="epinio.aws/managed-by").items
        return [secret.metadata.name for secret in found]

    def hides(self, text: str) -> None:
        for word in self.hidden:
            assert word not in text
            assert base64.b64encode(word.encode()).decode() not in text


def operations(result: Result) -> list[str]:
    """The operations of a result's changes, in order."""
    return [change["operation"] for change in result["changes"]]
