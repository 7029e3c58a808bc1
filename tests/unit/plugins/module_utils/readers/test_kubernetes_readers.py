"""What the readers make of EKS's and the API server's answers."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.deployments import Deployment, Pod
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers import connections, eks, pods, service_accounts
from botocore.exceptions import ClientError

from tests.unit.plugins.module_utils.fake_kubernetes import FakeKubernetes, knowing

ARN = "arn:aws:eks:eu-central-1:123456789012:cluster/epinio"


class FakeEks:
    """EKS that knows one answer."""

    def __init__(self, cluster: dict[str, Any] | None = None, code: str = "") -> None:
        self.cluster, self.code = cluster, code

    def describe_cluster(self, name: str) -> dict[str, Any]:
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": f"no {name}"}}, "DescribeCluster")
        return {"cluster": self.cluster}


def test_an_old_cluster_lacks_members() -> None:
    found = eks.read_cluster(FakeEks({"arn": ARN, "status": "CREATING"}), "epinio")
    assert found is not None
    assert (found.identity.name, found.status, found.issuer) == ("epinio", "CREATING", "")
    assert (found.authentication_mode, found.connector, found.outpost) == ("CONFIG_MAP", "", False)
    assert found.certificates == frozenset()


def test_registered_and_local_clusters_are_told_apart() -> None:
    more = {"connectorConfig": {"provider": "ANTHOS"}, "outpostConfig": {"outpostArns": []}, "identity": {}}
    found = eks.read_cluster(FakeEks({"arn": ARN, "status": "ACTIVE", **more}), "epinio")
    assert found is not None
    assert (found.connector, found.outpost) == ("ANTHOS", True)


def test_a_missing_cluster_is_none_and_another_refusal_is_not() -> None:
    assert eks.read_cluster(FakeEks(code="ResourceNotFoundException"), "epinio") is None
    with pytest.raises(ServiceFailed, match="read EKS cluster epinio: AccessDeniedException"):
        eks.read_cluster(FakeEks(code="AccessDeniedException"), "epinio")


@pytest.mark.parametrize(("verify", "given", "count"), [(True, True, 1), (False, True, 0), (True, False, 0)])
def test_only_verified_certificates_count(tmp_path: Path, verify: bool, given: bool, count: int) -> None:
    authority = tmp_path / "ca.crt"
    authority.write_text("-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n", encoding="utf-8")
    options = {"host": "https://api", "api_key": "token", "validate_certs": verify}
    found = connections.read_connection({**options, **({"ca_cert": str(authority)} if given else {})})
    assert len(found.certificates) == count
    assert str(found) == "https://api (the task's options)"


@pytest.mark.parametrize("answer", [b"<", {"keys": []}, []])
def test_something_else_than_a_discovery_document_fails(answer: Any) -> None:
    with pytest.raises(ServiceFailed, match="the answer is not|answers something else"):
        connections.read_issuer(FakeKubernetes(lambda _: (200, answer)))


def test_pull_secrets_of_a_missing_account_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_accounts, "read_service_account", lambda *_: None)
    with pytest.raises(Refused, match="epinio_staging_pull_secrets"):
        service_accounts.read_pull_secrets(None, "epinio", "server")


def pod(name: str, owner: str, **metadata: Any) -> dict[str, Any]:
    owners = [{"uid": owner, "controller": True}]
    return {"metadata": {"name": name, "ownerReferences": owners, **metadata}, "spec": {"containers": []}}


def replica_set(uid: str, revision: str) -> dict[str, Any]:
    annotations = {"deployment.kubernetes.io/revision": revision}
    owners = [{"uid": "d", "controller": True}]
    return {"metadata": {"uid": uid, "annotations": annotations, "ownerReferences": owners}}


def deployment(updated: int = 1, replicas: int = 1) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "epinio", "name": "server", "uid": "d", "generation": 1},
        "spec": {"replicas": replicas, "selector": {}, "template": {"spec": {"containers": []}}},
        "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": updated, "availableReplicas": 1},
    }


SETS = [replica_set("old", "1"), replica_set("new", "2")]


@pytest.mark.parametrize(
    ("found", "listed", "names", "calls"),
    [
        (deployment(), [pod("b", "new"), pod("a", "new")], ["a", "b"], ["epinio-server", "pods"]),
        (deployment(), [pod("a", "new"), pod("z", "old", deletionTimestamp="now")], ["a"], ["epinio-server", "pods"]),
        (deployment(updated=0), [pod("z", "old")], [], ["epinio-server", "pods", "replicasets"]),
        (deployment(), [pod("a", "new"), pod("z", "old")], ["a"], ["epinio-server", "pods", "replicasets"]),
        (deployment(replicas=0), [], [], ["epinio-server"]),
    ],
)
def test_pods_of_the_newest_replica_set(found: Any, listed: list[Any], names: list[str], calls: list[str]) -> None:
    api = knowing(epinio_server=found, replicasets={"items": SETS}, pods={"items": listed})
    read = pods.read_deployment(api, "epinio", "epinio-server")
    assert read is not None
    assert [one.name for one in read.pods] == names
    assert [call.name for call in api.calls] == calls


@pytest.mark.parametrize("later", [1, 100])
def test_a_deployment_without_pods_is_looked_at_again_for_a_while(monkeypatch: pytest.MonkeyPatch, later: int) -> None:
    bare = Deployment("epinio", "server", "server", 1, {})
    full = Deployment("epinio", "server", "server", 1, {}, (Pod("a", {}),))
    seen: list[float] = []

    def read(*_: Any) -> Deployment:
        seen.append(0.0)
        return full if len(seen) > later else bare

    clock = iter(float(second) for second in range(100))
    monkeypatch.setattr(pods, "read_deployment", read)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert pods.read_settled(None, "epinio", "server") is (full if later == 1 else bare)
    assert len(seen) == (2 if later == 1 else 5)
