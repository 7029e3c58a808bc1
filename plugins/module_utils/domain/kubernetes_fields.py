# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of Kubernetes' objects that this collection reads, as the API's OpenAPI definition has them.

A field that is absent or null means what the API says of it, so readers take it as optional: null ones are left out
here. `!` marks a field that every object has (of a list: that is there, even if it is null); what lacks one, or has
another type, is not the API server's answer.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.errors import ForeignAnswer


class _Base64(str):
    """The type of a Secret's values."""


# A map of texts, and one of a Secret's values.
_TEXTS, _DATA = {"*": str}, {"*": _Base64}
_CONDITIONS = [{"type!": str, "status": str, "reason": str, "message": str}]
_OWNERS = [{"apiVersion": str, "kind": str, "name": str, "uid": str, "controller": bool}]
_METADATA: dict[str, Any] = {
    "name!": str,
    "uid!": str,
    "resourceVersion": str,
    "namespace": str,
    "labels": _TEXTS,
    "annotations": _TEXTS,
    "generation": int,
    "deletionTimestamp": str,
    "ownerReferences": _OWNERS,
    "managedFields": [{"manager": str, "fieldsV1": dict}],
}
_OBJECT: dict[str, Any] = {"metadata!": {**_METADATA, "namespace!": str}}
# What is changed in the state in which it was read.
_VERSIONED: dict[str, Any] = {"metadata!": {**_OBJECT["metadata!"], "resourceVersion!": str}}
_OF_CLUSTER: dict[str, Any] = {"metadata!": _METADATA}
_EXPRESSIONS = [{"key!": str, "operator!": str, "values": [str]}]
# Of a label selector; a node's knows more (k8s.io/apimachinery, meta/v1, LabelSelectorOperator).
_SELECTED = [{"key!": str, "operator!": ("In", "NotIn", "Exists", "DoesNotExist"), "values": [str]}]
_TERMS = [{"matchExpressions": _EXPRESSIONS, "matchFields": _EXPRESSIONS}]
_PULL_SECRETS = [{"name": str}]
_CONTAINERS = [
    {
        "name!": str,
        "image": str,
        "env": [{"name!": str, "value": str}],
        "volumeMounts": [{"name!": str, "mountPath!": str}],
    }
]
_POD_SPEC = {
    "serviceAccountName": str,
    "nodeSelector": _TEXTS,
    "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": _TERMS}}},
    "tolerations": [{"key": str, "operator": str, "value": str, "effect": str}],
    "imagePullSecrets": _PULL_SECRETS,
    "containers": _CONTAINERS,
    "initContainers": _CONTAINERS,
    "volumes": [{"name!": str, "projected": {"sources": [dict]}}],
}
_TEMPLATE = {"metadata": {"labels": _TEXTS, "annotations": _TEXTS}, "spec!": _POD_SPEC}
_ENDED = {"reason": str, "message": str, "exitCode": int}
_STATUSES = [{"name!": str, "state": {"waiting": {"reason": str, "message": str}, "terminated": _ENDED}}]
_REPLICAS = dict.fromkeys(("observedGeneration", "replicas", "updatedReplicas", "availableReplicas"), int)
_KINDS: dict[str, Any] = {
    "deployments": {
        **_OBJECT,
        "spec!": {
            "replicas": int,
            "paused": bool,
            "selector!": {"matchLabels": _TEXTS, "matchExpressions": _SELECTED},
            "template!": _TEMPLATE,
        },
        "status": {**_REPLICAS, "conditions": _CONDITIONS},
    },
    "pods": {
        **_OBJECT,
        "spec": _POD_SPEC,
        "status": {
            "phase": str,
            "reason": str,
            "message": str,
            "conditions": _CONDITIONS,
            "containerStatuses": _STATUSES,
            "initContainerStatuses": _STATUSES,
        },
    },
    "jobs": {
        **_OBJECT,
        "spec!": {"template!": {"spec!": {"serviceAccountName": str}}},
        "status": {"conditions": _CONDITIONS},
    },
    "nodes": {
        **_OF_CLUSTER,
        "spec": {"providerID": str, "unschedulable": bool, "taints": [{"key!": str, "effect!": str, "value": str}]},
        "status": {"conditions": _CONDITIONS},
    },
    "secrets": {**_VERSIONED, "data": _DATA},
    "configmaps": {**_OBJECT, "data": _TEXTS},
    "serviceaccounts": {**_VERSIONED, "imagePullSecrets": _PULL_SECRETS, "automountServiceAccountToken": bool},
    "namespaces": {**_OF_CLUSTER, "status": {"conditions": _CONDITIONS}},
    "persistentvolumes": {
        **_OF_CLUSTER,
        "spec!": {"persistentVolumeReclaimPolicy": str, "claimRef": {"namespace": str, "name": str}},
    },
    "customresourcedefinitions": _OF_CLUSTER,
    "events": {
        **_OBJECT,
        **dict.fromkeys(("type", "reason", "message", "lastTimestamp", "eventTime"), str),
        "involvedObject": {"kind": str, "name": str},
    },
    # epinio/application, api/v1: App
    "apps": {**_OBJECT, "spec": {"blobuid": str}},
    "selfsubjectaccessreviews": {"status!": {"allowed!": bool}},
    "token": {"status!": {"token!": str}},
}
_RESOURCES = {"resources!": [{"name!": str, "kind!": str, "namespaced": bool, "verbs": [str]}]}
_GROUPS = {
    "groups!": [{"name!": str, "preferredVersion": {"version": str}, "versions!": [{"version!": str}]}],
}


def checked(method: str, path: str, answer: Any, *, metadata_only: bool = False) -> dict[str, Any]:
    """The API server's answer, without fields that are null. Raises `ForeignAnswer` for anything else.

    `path` is the request's. What is read of nothing but its presence, the answer to a patch or a deletion, is only an
    object of some kind.
    """
    if not isinstance(answer, Mapping):
        raise ForeignAnswer("it is no object")
    found: dict[str, Any] = _checked(_expected(method, path, metadata_only), answer, "")
    return found


def fitting(expected: Any, value: Any) -> Any:
    """The value without fields that are null. Raises `ForeignAnswer` for one of another form."""
    return _checked(expected, value, "")


def _expected(method: str, path: str, metadata_only: bool) -> Any:
    root, _slash, rest = path.strip("/").partition("/")
    if method not in ("GET", "POST") or root not in ("api", "apis"):
        # What the API server answers to a patch or a deletion is the object or a Status; discovery is no object.
        return dict if method == "GET" else {"kind!": str}
    words = rest.split("/")[1 if root == "api" else 2 :]
    if not words:
        return _RESOURCES if rest else _GROUPS
    if words[0] == "namespaces" and len(words) > 2:
        words = words[2:]
    kind = _KINDS.get(words[2] if len(words) > 2 else words[0], _OBJECT)
    if method == "POST" and "metadata!" in kind:
        # Of what was made only its identity is read, and a dry run gives it no version.
        return _OBJECT
    if metadata_only:
        kind = {"metadata!": kind["metadata!"]}
    if method == "GET" and len(words) == 1:
        return {"metadata": {"continue": str}, "items!": [kind]}
    return kind


def _checked(expected: Any, value: Any, path: str) -> Any:
    if isinstance(expected, list):
        _check(list, value, path)
        # A null in a list is an object without any field to the API server.
        empty: Any = {} if isinstance(expected[0], dict) else None
        return [_checked(expected[0], empty if one is None else one, path) for one in value]
    if isinstance(expected, dict):
        _check(Mapping, value, path)
        if "*" in expected:
            return {key: _checked(expected["*"], one or "", path) for key, one in value.items()}
        return {**{key: one for key, one in value.items() if one is not None}, **_fields(expected, value, path)}
    _check(expected, value, path)
    return value


def _fields(expected: Mapping[str, Any], value: Mapping[str, Any], path: str) -> dict[str, Any]:
    found = {}
    for key, kind in expected.items():
        name = key.rstrip("!")
        where = f"{path}.{name}".lstrip(".")
        given = value.get(name)
        if given is None and key.endswith("!"):
            if not (isinstance(kind, list) and name in value):
                raise ForeignAnswer(f"it lacks {where}")
            given = []
        if given is not None:
            found[name] = _checked(kind, given, where)
    return found


def _check(expected: Any, value: Any, path: str) -> None:
    if expected is _Base64:
        try:
            base64.b64decode(value, validate=True)
        except (TypeError, ValueError):
            raise ForeignAnswer(f"{path} has a value that is no base64") from None
    elif isinstance(expected, tuple):
        if value not in expected:
            raise ForeignAnswer(f"{path} has another value")
    elif not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise ForeignAnswer(f"{path or 'it'} has another type")
