"""The sandbox's cluster, alive: what it does is asked of the API server, with kubectl."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox import audit
from sandbox.cluster import Cluster
from sandbox.settings import Node
from tests.sandbox.fakes import FakeAws, fake_aws
from tests.sandbox.kubectl import Kubectl, account, pod, until
from tests.sandbox.listeners import LOOPBACK, listeners

pytestmark = pytest.mark.live
ARN = "arn:aws:iam::111122223333:role/app"
TAINT = {"key": "dedicated", "value": "x", "effect": "NoSchedule"}
NODES = (
    Node("ip-10-0-1-10.ec2.internal", {"pool": "default"}, "aws:///us-east-1a/i-1"),
    Node("ip-10-0-1-11.ec2.internal", {"pool": "dedicated"}, "aws:///us-east-1b/i-2", (TAINT,)),
)


@pytest.fixture(scope="module")
def aws() -> Iterator[FakeAws]:
    with fake_aws() as running:
        yield running


@pytest.fixture(scope="module")
def cluster(aws: FakeAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("live") / "cluster"
    with Cluster.new(folder, aws_url=aws.url, charts_url=aws.url, nodes=NODES) as running:
        yield running


@pytest.fixture(scope="module")
def kubectl(cluster: Cluster) -> Kubectl:
    return Kubectl(cluster)


def is_ready(kubectl: Kubectl, name: str) -> bool:
    conditions = kubectl.get("pod", name)["status"].get("conditions", [])
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def claims_of(token: str, cluster: Cluster) -> dict[str, Any]:
    """The claims of a token whose signature the cluster's JWKS verifies."""
    header, payload, signature = token.split(".")
    (key,) = cluster.jwks["keys"]
    assert json.loads(decoded(header)) == {"alg": "RS256", "kid": key["kid"]}
    numbers = [int.from_bytes(decoded(key[part]), "big") for part in ("e", "n")]
    public = rsa.RSAPublicNumbers(*numbers).public_key()
    public.verify(decoded(signature), f"{header}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
    found: dict[str, Any] = json.loads(decoded(payload))
    return found


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def test_the_cluster_was_made_known_to_eks(cluster: Cluster, aws: FakeAws) -> None:
    (told,) = [known for known in aws.clusters if known["issuer"] == cluster.settings.issuer]
    assert told["certificate_authority"] == cluster.certificate_authority
    assert told["endpoint"] == cluster.settings.endpoint
    assert (told["account"], told["region"], told["name"]) == ("111122223333", "us-east-1", "epinio")


def test_discovery_and_keys(cluster: Cluster, kubectl: Kubectl) -> None:
    discovery = json.loads(kubectl("get", "--raw", "/.well-known/openid-configuration"))
    assert discovery["issuer"] == cluster.settings.issuer
    assert json.loads(kubectl("get", "--raw", "/openid/v1/jwks")) == cluster.jwks


def test_tokens_for_aws(cluster: Cluster, kubectl: Kubectl) -> None:
    kubectl.account("caller")
    token = kubectl("create", "token", "caller", "--audience=sts.amazonaws.com", "--duration=1h").strip()
    claims = claims_of(token, cluster)
    assert claims["iss"] == cluster.settings.issuer
    assert claims["sub"] == "system:serviceaccount:default:caller"
    assert claims["aud"] == ["sts.amazonaws.com"]
    assert claims["exp"] - claims["iat"] == 3600


def test_nobody_is_anonymous(cluster: Cluster, kubectl: Kubectl) -> None:
    server = f"--server={cluster.settings.endpoint}"
    answer = subprocess.run(
        ["kubectl", "get", "pods", server, "--insecure-skip-tls-verify", "--token=none", "--kubeconfig=/dev/null"],
        check=False, env=kubectl.environment, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert answer.returncode == 1
    assert "Unauthorized" in answer.stderr or "logged in" in answer.stderr


def test_nodes_are_as_the_table_says(kubectl: Kubectl) -> None:
    plain, dedicated = kubectl.get("nodes")["items"]
    assert plain["spec"]["providerID"] == "aws:///us-east-1a/i-1"
    assert "taints" not in plain["spec"]
    assert dedicated["spec"]["taints"] == [TAINT]
    assert dedicated["metadata"]["labels"]["pool"] == "dedicated"


def test_the_webhook_at_work(kubectl: Kubectl) -> None:
    kubectl.account("app", role_arn=ARN)
    kubectl.pod("wired", serviceAccountName="app")
    spec = kubectl.get("pod", "wired")["spec"]
    environment = {variable["name"]: variable.get("value") for variable in spec["containers"][0]["env"]}
    assert environment == {
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_ROLE_ARN": ARN,
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
    }
    (volume,) = [volume for volume in spec["volumes"] if volume["name"] == "aws-iam-token"]
    (source,) = volume["projected"]["sources"]
    token = {"audience": "sts.amazonaws.com", "expirationSeconds": 86400, "path": "token"}
    assert source == {"serviceAccountToken": token}


def test_the_webhook_misses_a_fresh_change_and_sees_it_later(kubectl: Kubectl) -> None:
    kubectl.account("late")
    kubectl.pod("before", serviceAccountName="late")
    # In one request after the other, from one kubectl: within the second even on a busy machine.
    together = [account("late", role_arn=ARN), pod("missed", serviceAccountName="late")]
    kubectl.apply({"kind": "List", "items": together})
    time.sleep(1.2)
    kubectl.pod("wired-later", serviceAccountName="late")
    environments = [kubectl.get("pod", name)["spec"]["containers"][0].get("env") for name in ("before", "missed")]
    assert environments == [None, None]
    assert kubectl.get("pod", "wired-later")["spec"]["containers"][0]["env"]


def test_pods_become_ready_after_a_second_and_take_three_to_end(kubectl: Kubectl) -> None:
    began = time.monotonic()
    kubectl.pod("short")
    until(5, lambda: is_ready(kubectl, "short"))
    assert time.monotonic() - began > 1
    began = time.monotonic()
    kubectl("delete", "pod", "short", "--timeout=20s")
    assert 2.5 < time.monotonic() - began < 8


def test_a_pod_waits_for_its_secret(kubectl: Kubectl) -> None:
    reference = {"secretKeyRef": {"name": "keys", "key": "k"}}
    kubectl.pod("needy", container={"env": [{"name": "A", "valueFrom": reference}]})

    def state() -> Any:
        return (kubectl.get("pod", "needy")["status"].get("containerStatuses") or [{}])[0].get("state")

    waiting = {"reason": "CreateContainerConfigError", "message": 'secret "keys" not found'}
    until(5, lambda: state() == {"waiting": waiting})
    kubectl.apply({"kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"k": "v"}})
    until(5, lambda: is_ready(kubectl, "needy"))


def test_an_image_that_never_gets_ready(kubectl: Kubectl) -> None:
    kubectl.pod("stuck", image="epinio/server:never-ready")
    until(5, lambda: "ImagePullBackOff" in kubectl("get", "pod", "stuck"))
    assert not is_ready(kubectl, "stuck")


def job(name: str, **annotations: str) -> dict[str, Any]:
    spec = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}
    template = {"metadata": {"annotations": annotations}, "spec": spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"template": template}}


def test_jobs_complete_and_may_be_kept_running(kubectl: Kubectl) -> None:
    kubectl.apply(job("long", **{"sandbox.epinio.aws/run-seconds": "600"}))
    kubectl.apply(job("quick"))
    until(10, lambda: kubectl.get("job", "quick")["status"].get("succeeded") == 1)
    until(5, lambda: kubectl.get("job", "long")["status"].get("ready") == 1)
    assert "succeeded" not in kubectl.get("job", "long")["status"]


def test_claims_bind_and_their_volumes_go_with_them(kubectl: Kubectl) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
    kubectl.apply({"kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": spec})
    until(10, lambda: kubectl.get("pvc", "data")["status"]["phase"] == "Bound")
    kubectl("delete", "pvc", "data", "--timeout=20s")
    until(10, lambda: kubectl.get("pv")["items"] == [])


def test_people_s_writes_are_told_from_the_clusters(cluster: Cluster, kubectl: Kubectl) -> None:
    before = cluster.audit_log.stat().st_size
    kubectl("create", "configmap", "tried", "--dry-run=server")
    kubectl("create", "token", "default")
    kubectl("auth", "can-i", "get", "pods")
    kubectl("create", "configmap", "made")
    kubectl("create", "deployment", "roll", "--image=app:1")
    until(10, lambda: kubectl.get("deployment", "roll")["status"].get("availableReplicas") == 1)
    shown = [(write.user, write.verb, write.resource, write.name) for write in audit.writes(cluster.audit_log, before)]
    assert shown == [
        ("kubernetes-admin", "create", "configmaps", "made"),
        ("kubernetes-admin", "create", "deployments", "roll"),
    ]


def test_no_token_and_no_secret_in_the_logs(cluster: Cluster, kubectl: Kubectl) -> None:
    kubectl.apply({"kind": "Secret", "metadata": {"name": "planted"}, "stringData": {"k": "planted-value-4711"}})
    token = kubectl("create", "token", "default").strip()
    hidden = [token, "planted-value-4711", base64.b64encode(b"planted-value-4711").decode()]
    logs = [cluster.audit_log, *(cluster.folder / "log").iterdir()]
    assert not [(log.name, text) for log in logs for text in hidden if text in log.read_text(errors="replace")]


def test_all_listeners_are_on_loopback(cluster: Cluster) -> None:
    found = listeners(cluster.folder)
    ports = cluster.settings.ports
    assert {name: sorted(port for _, port in addresses) for name, addresses in found.items()} == {
        "etcd": [],
        "kube-apiserver": [ports.apiserver],
        "kube-controller-manager": [],
        "kube-scheduler": [],
        "supervisor": sorted([ports.webhook, ports.proxy]),
    }
    assert {address for addresses in found.values() for address, _ in addresses} <= set(LOOPBACK)
