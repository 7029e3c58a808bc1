"""Nodes as the API shows them, and volumes that satisfy claims. Pure."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox.rest import Json
from sandbox.settings import Node

ARCHITECTURE = "kubernetes.io/arch"
NOT_READY_TAINT = "node.kubernetes.io/not-ready"
PROVISIONER = {"pv.kubernetes.io/provisioned-by": "sandbox.epinio.aws"}
CAPACITY = {"cpu": "64", "memory": "256Gi", "pods": "500", "ephemeral-storage": "1Ti"}


def node_object(node: Node) -> Json:
    """The Node as its kubelet registers it."""
    spec: Json = {"taints": [dict(taint) for taint in node.taints]}
    if node.provider_id:
        spec["providerID"] = node.provider_id
    own = {"kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux", ARCHITECTURE: node.architecture}
    labels = {**own, **node.labels}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node.name, "labels": labels}, "spec": spec}


def is_ready(node: Json) -> bool:
    """Whether the node says so."""
    conditions = node.get("status", {}).get("conditions") or []
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def ready_status(node: Json, now: str, version: str) -> Json:
    """The status of a healthy node. Its address is loopback: the API server connects to it for logs."""
    architecture = (node["metadata"].get("labels") or {}).get(ARCHITECTURE, "amd64")
    return {
        "capacity": CAPACITY,
        "allocatable": CAPACITY,
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "KubeletReady",
                "message": "kubelet is posting ready status",
                "lastHeartbeatTime": now,
                "lastTransitionTime": now,
            }
        ],
        "nodeInfo": {"kubeletVersion": version, "operatingSystem": "linux", "architecture": architecture},
    }


def other_taints(node: Json) -> list[Json] | None:
    """The taints without `not-ready`, which admission gives every new node; None if the node has not got it."""
    taints = node["spec"].get("taints") or []
    kept = [taint for taint in taints if taint["key"] != NOT_READY_TAINT]
    return kept if len(kept) < len(taints) else None


def volume_for(claim: Json) -> Json | None:
    """A volume bound to a claim that waits for one; None if the claim does not."""
    metadata, spec = claim["metadata"], claim["spec"]
    pending = claim.get("status", {}).get("phase") == "Pending"
    if not pending or spec.get("volumeName") or metadata.get("deletionTimestamp"):
        return None
    name = f"pvc-{metadata['uid']}"
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": dict(PROVISIONER)},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "volumeMode": spec.get("volumeMode", "Filesystem"),
            "storageClassName": spec.get("storageClassName") or "",
            # The agent deletes it itself: the binder would look for a plugin that can.
            "persistentVolumeReclaimPolicy": "Retain",
            # Nothing is ever mounted.
            "hostPath": {"path": f"/var/lib/sandbox/{name}"},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
            },
        },
    }


def is_released(volume: Json) -> bool:
    """Whether its claim is gone and the agent made it."""
    made_here = (volume["metadata"].get("annotations") or {}).items() >= PROVISIONER.items()
    return made_here and volume.get("status", {}).get("phase") == "Released"
