"""One scenario's world: a cluster, an account, and independent readers of both."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from kubernetes import client

from sandbox import audit, release
from sandbox.audit import Write
from sandbox.aws import StandIn
from sandbox.cluster import Cluster
from sandbox.people import NAMESPACE, People
from sandbox.playbook import Run, Start, run_playbook
from tests.scenarios.warm_ansible import warm

BUCKET = "epinio-sources"
STAGING_ACCOUNT = "epinio-staging-service-account"
SERVER_POLICY, STAGING_POLICY = "EpinioECEKSClusterPolicy", "EpinioStagingPolicy"
SERVER_ROLE, STAGING_ROLE = "epinio-server-role", "epinio-staging-role"
_READS = re.compile(r"\w+:(Get|List|Describe|Head|AssumeRole)")
# A proof from pods takes a dozen seconds of a core: scenarios whose subject it is ask for it. The others have the
# strongest one without: there is none of nodes' roles, whose credentials nobody has but pods.
_WITHOUT_PODS = {"irsa": "controller", "verify": "controller", "instance_profile": "none"}


@dataclass
class Wire:
    """What went over the wire while a block ran."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    kubernetes_writes: list[Write] = field(default_factory=list)

    @property
    def actions(self) -> list[str]:
        """The AWS calls as `service:Action`."""
        return [call["action"] for call in self.calls]

    @property
    def written(self) -> list[dict[str, Any]]:
        """The AWS calls that write."""
        return [call for call in self.calls if not _READS.match(call["action"])]

    @property
    def writes(self) -> list[str]:
        """Every write, to AWS and to Kubernetes."""
        return [call["action"] for call in self.written] + [str(one) for one in self.kubernetes_writes]


class World:
    """Runs playbooks, and reads with boto3, the Kubernetes client and helm what they did."""

    def __init__(self, cluster: Cluster, aws: StandIn) -> None:
        self.cluster = cluster
        self.stand_in = aws
        self.account = cluster.settings.account
        self.bucket = f"{BUCKET}-{self.account}"
        self.environment: Mapping[str, str] = cluster.environment()
        self.start: Start = warm

    def run(self, playbook: str, *options: str, **variables: Any) -> Run:
        """Run a playbook with the variables that every run needs, and these; `epinio_` is added to their names."""
        return run_playbook(playbook, self.environment, self._named(playbook, variables), *options, start=self.start)

    def run_rows(self, playbook: str, rows: Mapping[str, Mapping[str, Any]], *options: str) -> Run:
        """Run a playbook over an inventory whose hosts are the rows, each with its variables, given as to `run`."""
        hosts = {row: self._named(playbook, variables) for row, variables in rows.items()}
        return self.run_hosts(playbook, hosts, *options)

    def run_hosts(self, playbook: str, hosts: Mapping[str, Mapping[str, Any]], *options: str) -> Run:
        """Run a playbook over an inventory of these hosts, each with its variables by their whole names."""
        with tempfile.TemporaryDirectory(prefix="epinio-inventory-") as folder:
            inventory = Path(folder) / "hosts.json"
            inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
            options = ("-i", str(inventory), "--forks", "3", *options)
            return run_playbook(playbook, self.environment, {"epinio_hosts": "all"}, *options, start=self.start)

    def run_each(self, rows: Mapping[str, Mapping[str, Any]], *options: str) -> Run:
        """The same with a playbook for each row: the variable `playbook` names it."""
        return self.run_rows(str(Path(__file__).with_name("rows.yml")), rows, *options)

    def stop(self, playbook: str, task: str, **variables: Any) -> Run:
        """Run a playbook and kill it once the task of this name (without its role) has run for real."""
        given = self._named(playbook, variables)
        run = run_playbook(playbook, self.environment, given, stop_after=task, start=self.start)
        assert run.stopped, run.output
        return run

    def _named(self, playbook: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        given = {"cluster_name": "epinio", "bucket": self.bucket, "create_bucket": True, **variables}
        if playbook in _WITHOUT_PODS:
            given.setdefault("verify", _WITHOUT_PODS[playbook])
        return {f"epinio_{name}": value for name, value in given.items() if value is not None}

    def wire_up(self, mode: Any = "irsa", **variables: Any) -> Run:
        """Run the playbook of a mode and see it succeed."""
        run = self.run(mode, **variables)
        assert run.code == 0, run.output
        return run

    def take_back(self, *options: str, mode: Any = "irsa", **variables: Any) -> Run:
        """Run the teardown of a mode and see it succeed."""
        run = self.run(f"teardown_{mode}", *options, **{"create_bucket": None, **variables})
        assert run.code == 0, run.output
        return run

    def refused(self, playbook: str, **variables: Any) -> Run:
        """Run a playbook and see it refused before anything is written."""
        with self.wire() as wire:
            run = self.run(playbook, **variables)
        assert run.code == 2, run.output
        assert wire.writes == []
        return run

    @contextmanager
    def wire(self) -> Iterator[Wire]:
        """What goes over the wire in the block: AWS calls of this account, and writes to Kubernetes by people."""
        seen = Wire()
        first, offset = len(self.stand_in.log.entries()), self.cluster.audit_log.stat().st_size
        yield seen
        seen.calls = [one for one in self.stand_in.log.entries()[first:] if one["account"] == self.account]
        seen.kubernetes_writes = audit.writes(self.cluster.audit_log, offset)

    @cached_property
    def people(self) -> People:
        return People(self.cluster.kubeconfig)

    @cached_property
    def core(self) -> Any:
        return client.CoreV1Api(self.people.api)

    @cached_property
    def batch(self) -> Any:
        return client.BatchV1Api(self.people.api)

    @cached_property
    def apps(self) -> Any:
        return client.AppsV1Api(self.people.api)

    @cached_property
    def iam(self) -> Any:
        return self.stand_in.client("iam", self.account)

    @cached_property
    def s3(self) -> Any:
        return self.stand_in.client("s3", self.account)

    def arn(self, kind: str, name: str) -> str:
        """The ARN of an IAM policy or role of this account."""
        return f"arn:aws:iam::{self.account}:{kind}/{name}"

    def helm(self, *arguments: str, values: Mapping[str, Any] | None = None) -> Any:
        """What helm says, as JSON where it can."""
        command = ["helm", *arguments, "--namespace", NAMESPACE]
        text = json.dumps(values) if values is not None else None
        done = subprocess.run(
            command, env=dict(self.environment), input=text, capture_output=True, text=True, check=True, timeout=180
        )
        return json.loads(done.stdout) if "json" in arguments else done.stdout

    def values(self) -> dict[str, Any]:
        """The user-supplied values of the release."""
        return self.helm("get", "values", release.NAME, "--output", "json") or {}

    def status(self) -> dict[str, Any]:
        """The release: revision (`version`), status and chart."""
        found: dict[str, Any] = self.helm("status", release.NAME, "--output", "json")
        return found

    def server_pods(self) -> list[Any]:
        """The pods of Epinio's server that are not terminating."""
        pods = self.core.list_namespaced_pod(NAMESPACE, label_selector="app.kubernetes.io/name=epinio-server").items
        return [pod for pod in pods if not pod.metadata.deletion_timestamp]


def environment_of(pod: Any) -> dict[str, str]:
    """The environment of a pod's first container."""
    return {variable.name: variable.value or "" for variable in pod.spec.containers[0].env or []}
