"""Good answers of the Kubernetes API, by the request's path."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import COLLECTION, MANAGED_BY, WIRING, wiring

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
# Nothing of it may be in a message.
SECRET = "nobody-sees"


def _base64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def _meta(name: str, namespace: str | None = "epinio", **more: Any) -> dict[str, Any]:
    placed = {"namespace": namespace} if namespace else {}
    given = {
        "name": name,
        "uid": f"{name}-uid",
        "resourceVersion": "1",
        "labels": {"a": "b"},
        "annotations": {"a": "b"},
    }
    return {**given, **placed, **more}


CONTENT = {
    "name": "epinio",
    "namespace": "epinio",
    "version": 1,
    "info": {"status": "deployed", "last_deployed": "2024-01-01T00:00:00Z", "description": "d"},
    "chart": {
        "metadata": {"name": "epinio", "version": "1.13.9"},
        "values": {"a": 1},
        "templates": [{"name": "a", "data": "YQ=="}],
    },
    "config": {"b": 2},
    "manifest": "kind: ConfigMap\nmetadata:\n  name: a\n",
    "hooks": [{"manifest": "kind: Job\n"}],
    "apply_method": "ssa",
}


def stored(content: bytes) -> str:
    """`data.release` of a Secret, as the API gives it."""
    return twice(gzip.compress(content))


def twice(content: bytes) -> str:
    """As Helm and the API encode what is stored."""
    return _base64(_base64(content))


_OWNED_BY_WEB = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "a", "uid": "set-uid", "controller": True}]
_POD_SPEC: dict[str, Any] = {
    "serviceAccountName": "epinio-server",
    "containers": [
        {
            "name": "epinio-server",
            "image": "epinio:1",
            "env": [{"name": "AWS_REGION", "value": "x"}, {"name": "S3_CERTIFICATE_SECRET", "value": "c"}],
            "volumeMounts": [{"name": "a", "mountPath": "/a"}],
        }
    ],
    "initContainers": [{"name": "first", "image": "a", "env": [{"name": "A", "valueFrom": {}}]}],
    "imagePullSecrets": [{"name": "pull"}],
    "nodeSelector": {"a": "b"},
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}]
            }
        }
    },
    "tolerations": [{"key": "a", "operator": "Equal", "value": "b", "effect": "NoSchedule"}],
}
_CONDITIONS = [{"type": "Available", "status": "False", "reason": "r", "message": "m"}]
_WAITING = [{"name": "epinio-server", "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "m"}}}]
_POD = {
    "metadata": _meta("pod", ownerReferences=_OWNED_BY_WEB),
    "spec": _POD_SPEC,
    "status": {"phase": "Running", "conditions": _CONDITIONS, "containerStatuses": _WAITING},
}
_EVENT = {
    "metadata": _meta("event"),
    "type": "Warning",
    "reason": "r",
    "message": "m",
    "lastTimestamp": "2024-01-01T00:00:00Z",
    "involvedObject": {"kind": "Pod", "name": "pod"},
}
_RECORD = {
    "format": 1,
    "former": [],
    "revision": 1,
    "modes": ["irsa"],
    "ours": [],
    "parents": [],
    "sources": [],
    "attachments": {},
}
_HELM_SECRET = {
    "metadata": _meta(
        "sh.helm.release.v1.epinio.v1",
        labels={"owner": "helm", "name": "epinio", "version": "1", "status": "deployed"},
        managedFields=[{"manager": "helm"}],
    ),
    "data": {"release": stored(json.dumps(CONTENT).encode())},
}
_ACCOUNT = {
    "metadata": _meta(
        "a",
        managedFields=[
            {"manager": "m", "fieldsV1": {"f:metadata": {"f:annotations": {"f:eks.amazonaws.com/role-arn": {}}}}}
        ],
    ),
    "imagePullSecrets": [{"name": "pull"}],
    "automountServiceAccountToken": True,
}


def _list(*items: Any) -> dict[str, Any]:
    return {"kind": "List", "metadata": {"resourceVersion": "1"}, "items": list(items)}


ANSWERS: dict[str, Any] = {
    rest.path("apps/v1/deployments", "epinio", "epinio-server"): {
        "metadata": _meta("epinio-server", generation=1),
        "spec": {
            "replicas": 1,
            "paused": False,
            "selector": {
                "matchLabels": {"a": "b"},
                "matchExpressions": [{"key": "c", "operator": "In", "values": ["d"]}],
            },
            "template": {"metadata": {"labels": {"a": "b"}, "annotations": {"a": "b"}}, "spec": _POD_SPEC},
        },
        "status": {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 1, "conditions": _CONDITIONS},
    },
    rest.path("v1/pods", "epinio"): _list(_POD),
    rest.path("apps/v1/replicasets", "epinio"): _list(
        {
            "metadata": _meta(
                "set",
                annotations={"deployment.kubernetes.io/revision": "1"},
                ownerReferences=[{**_OWNED_BY_WEB[0], "uid": "epinio-server-uid"}],
            )
        }
    ),
    rest.path("v1/events", "epinio"): _list(_EVENT),
    rest.path("batch/v1/jobs", "epinio"): _list(
        {
            "metadata": _meta("job"),
            "spec": {"template": {"spec": {"serviceAccountName": "a"}}},
            "status": {"conditions": [{"type": "Complete", "status": "True"}]},
        }
    ),
    rest.path("batch/v1/jobs", "epinio", "job"): {
        "metadata": _meta("job"),
        "spec": {"template": {"spec": {"serviceAccountName": "a"}}},
    },
    rest.path("v1/nodes"): _list(
        {
            "metadata": _meta("node", None),
            "spec": {
                "providerID": "aws:///a/i-1",
                "unschedulable": True,
                "taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}],
            },
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        }
    ),
    rest.path("v1/secrets", "epinio"): _list(_HELM_SECRET),
    rest.path("v1/secrets", "epinio", "sh.helm.release.v1.epinio.v1"): _HELM_SECRET,
    rest.path("v1/secrets", "epinio", records.NAME): {
        "metadata": _meta(records.NAME, labels={MANAGED_BY: COLLECTION}, annotations={WIRING: str(OWNER)}),
        "data": {"record": _base64(json.dumps(_RECORD))},
    },
    rest.path("v1/secrets", "epinio", "user"): {"metadata": _meta("user"), "data": {"password": _base64(SECRET)}},
    rest.path("v1/secrets", "epinio", "epinio-s3-connection-details"): {
        "metadata": _meta("epinio-s3-connection-details"),
        "data": {"endpoint": _base64("s3.x"), "config": _base64("region = x"), "credentials": _base64(SECRET)},
    },
    rest.path("v1/configmaps", "epinio"): _list(
        {
            "metadata": _meta("epinio-stage-scripts"),
            "data": {
                "downloadImage": "cli:1",
                "staging-values.json": json.dumps({"serviceAccountName": "s", "tolerations": []}),
            },
        }
    ),
    rest.path("v1/configmaps", "kube-system", "aws-auth"): {
        "metadata": _meta("aws-auth", "kube-system"),
        "data": {"mapRoles": "[]"},
    },
    rest.path("v1/serviceaccounts", "epinio", "a"): _ACCOUNT,
    rest.path("v1/namespaces", name="epinio"): {
        "metadata": _meta("epinio", None),
        "status": {"conditions": [{"type": "NamespaceContentRemaining", "status": "True", "message": "m"}]},
    },
    rest.path("v1/namespaces"): _list({"metadata": _meta("epinio", None)}),
    rest.path("v1/persistentvolumes"): _list(
        {
            "metadata": _meta("volume", None),
            "spec": {"persistentVolumeReclaimPolicy": "Retain", "claimRef": {"namespace": "epinio", "name": "claim"}},
        }
    ),
    rest.path("application.epinio.io/v1/apps"): _list({"metadata": _meta("app"), "spec": {"blobuid": "blob"}}),
    rest.path("apiextensions.k8s.io/v1/customresourcedefinitions", name="helmcharts.helm.cattle.io"): {
        "metadata": _meta("helmcharts.helm.cattle.io", None)
    },
    rest.path("helm.cattle.io/v1/helmcharts"): _list({"metadata": _meta("chart")}),
    rest.path("authorization.k8s.io/v1/selfsubjectaccessreviews"): {"status": {"allowed": True}},
    rest.path("v1/serviceaccounts", "epinio", "a", "token"): {"status": {"token": SECRET}},
    "/api/v1": {
        "resources": [{"name": "secrets", "kind": "Secret", "namespaced": True, "verbs": ["list", "delete", "get"]}]
    },
    "/apis": {
        "groups": [
            {
                "name": "apps",
                "preferredVersion": {"version": "v1"},
                "versions": [{"groupVersion": "x", "version": "v1"}],
            }
        ]
    },
    "/apis/apps/v1": {
        "resources": [{"name": "deployments", "kind": "Deployment", "namespaced": True, "verbs": ["list", "delete"]}]
    },
}
