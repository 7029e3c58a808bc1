"""Command lines of etcd and the Kubernetes control plane. All paths are relative to the cluster's folder."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path

from sandbox.settings import Settings

# Unix sockets: etcd knows no users here, so it stays off the network. Relative, since their length is limited;
# with a "port" each, which etcd wants of every address that it advertises.
ETCD_CLIENT = "unix://etcd.sock:0"
ETCD_PEER = "unix://etcd-peer.sock:0"
AUDIT_LOG = "audit.jsonl"
AUDIT_POLICY = "audit-policy.json"
CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "cronjob-controller",
    "daemonset-controller",
    "deployment-controller",
    "disruption-controller",
    "endpointslice-controller",
    "garbage-collector-controller",
    "horizontal-pod-autoscaler-controller",
    "job-controller",
    "namespace-controller",
    "persistentvolume-binder-controller",
    # Admission gives claims and volumes a finalizer; without these two none could be deleted.
    "persistentvolume-protection-controller",
    "persistentvolumeclaim-protection-controller",
    "pod-garbage-collector-controller",
    "replicaset-controller",
    "resourcequota-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "statefulset-controller",
    "ttl-after-finished-controller",
)


def etcd() -> list[str]:
    """Etcd, on its two sockets."""
    return ["etcd", "etcd", ETCD_CLIENT, ETCD_PEER]


def apiserver(settings: Settings) -> list[str]:
    """kube-apiserver with RBAC, the EKS-shaped issuer, an audit log, and no anonymous user."""
    return [
        "kube-apiserver",
        f"--etcd-servers={ETCD_CLIENT}",
        "--bind-address=127.0.0.1",
        f"--secure-port={settings.ports.apiserver}",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        "--tls-cert-file=pki/serving.crt",
        "--tls-private-key-file=pki/serving.key",
        "--client-ca-file=pki/ca.crt",
        # Without these the scheduler's log fills up with complaints.
        "--requestheader-client-ca-file=pki/ca.crt",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        f"--service-account-issuer={settings.issuer}",
        f"--service-account-jwks-uri={settings.issuer}/keys",
        "--service-account-signing-key-file=pki/sa.key",
        "--service-account-key-file=pki/sa.key",
        "--service-account-max-token-expiration=24h",
        "--service-account-extend-token-expiration=false",
        f"--api-audiences={settings.issuer},https://kubernetes.default.svc",
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--service-cluster-ip-range=10.100.0.0/16",
        "--allow-privileged=true",
        # Caches for sixty kinds, and fair queues, are for many clients; here they wake up more often than they serve.
        "--watch-cache=false",
        "--enable-priority-and-fairness=false",
        f"--audit-policy-file={AUDIT_POLICY}",
        f"--audit-log-path={AUDIT_LOG}",
        "--profiling=false",
    ]


def controller_manager() -> list[str]:
    """kube-controller-manager without a port of its own, each controller with its own account."""
    return [
        "kube-controller-manager",
        "--kubeconfig=controller-manager.kubeconfig",
        f"--controllers={','.join(CONTROLLERS)}",
        "--use-service-account-credentials",
        "--leader-elect=false",
        "--secure-port=0",
        "--root-ca-file=pki/ca.crt",
        "--service-account-private-key-file=pki/sa.key",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        "--profiling=false",
    ]


def scheduler() -> list[str]:
    """kube-scheduler without a port of its own."""
    return [
        "kube-scheduler",
        "--kubeconfig=scheduler.kubeconfig",
        "--leader-elect=false",
        "--secure-port=0",
        "--profiling=false",
    ]


def write_audit_policy(folder: Path) -> None:
    """Metadata only: request bodies hold Secrets, answers hold tokens. `dryRun` stands in the request's address."""
    policy = {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived", "ResponseStarted"],
        "omitManagedFields": True,
        "rules": [{"level": "Metadata"}],
    }
    (folder / AUDIT_POLICY).write_text(json.dumps(policy) + "\n", encoding="utf-8")
