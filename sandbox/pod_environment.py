"""The environment and the command of a container, as a kubelet makes them (pkg/kubelet/kubelet_pods.go). Pure."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping

from sandbox import pods
from sandbox.rest import Json

KEYED = re.compile(r"metadata\.(?P<kind>labels|annotations)\['(?P<key>[^']+)'\]")
REFERENCE = re.compile(r"\$\$|\$\((?P<name>[^)]*)\)")
ENTRYPOINT = "aws"

# A Secret (`secrets`) or ConfigMap (`configmaps`) of the pod's namespace by its name, or None.
Read = Callable[[str, str], Json | None]


class Unsupported(Exception):
    """The pod asks for something that the sandbox's node cannot give."""


def environment(pod: Json, container: Json, read: Read) -> dict[str, str]:
    """The variables that the pod's spec gives to a container. Unsupported for a source that is not known here."""
    found: dict[str, str] = {}
    for source in container.get("envFrom") or []:
        for field, kind in (("secretRef", "secrets"), ("configMapRef", "configmaps")):
            if field in source:
                values = texts(read(kind, source[field]["name"]))
                found.update({source.get("prefix", "") + name: value for name, value in values.items()})
    for variable in container.get("env") or []:
        value = _value(pod, variable, found, read)
        if value is not None:
            found[variable["name"]] = value
    return found


def _value(pod: Json, variable: Json, known: Mapping[str, str], read: Read) -> str | None:
    """None for an optional source that is not there."""
    origin = variable.get("valueFrom")
    if not origin:
        return expanded(variable.get("value", ""), known)
    if "fieldRef" in origin:
        return field(pod, origin["fieldRef"]["fieldPath"])
    for name, kind in (("secretKeyRef", "secrets"), ("configMapKeyRef", "configmaps")):
        if name in origin:
            return texts(read(kind, origin[name]["name"])).get(origin[name]["key"])
    raise Unsupported(f"environment variable {variable['name']}: the sandbox's nodes do not know {sorted(origin)}")


def command(container: Json, known: Mapping[str, str]) -> list[str]:
    """What is run: `args` alone are for the image's own entry point."""
    words = [*(container.get("command") or [ENTRYPOINT]), *(container.get("args") or [])]
    return [expanded(word, known) for word in words]


def expanded(text: str, known: Mapping[str, str]) -> str:
    """`$(NAME)` replaced where the name is known, `$$` made a single `$`."""

    def replaced(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return known.get(match["name"], match[0])

    return REFERENCE.sub(replaced, text)


def field(pod: Json, path: str) -> str:
    """What the downward API shows of a pod. Unsupported for what it does not have."""
    metadata, spec = pod["metadata"], pod["spec"]
    if keyed := KEYED.fullmatch(path):
        return str((metadata.get(keyed["kind"]) or {}).get(keyed["key"], ""))
    plain = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"],
        "metadata.labels": _lines(metadata.get("labels")),
        "metadata.annotations": _lines(metadata.get("annotations")),
        "spec.nodeName": spec["nodeName"],
        "spec.serviceAccountName": spec.get("serviceAccountName", "default"),
        "status.hostIP": pods.HOST_ADDRESS,
        "status.podIP": pods.address(pod),
        "status.podIPs": pods.address(pod),
    }
    if path not in plain:
        raise Unsupported(f"the sandbox's nodes do not know the field {path}")
    return str(plain[path])


def _lines(values: Mapping[str, str] | None) -> str:
    return "\n".join(f'{key}="{value}"' for key, value in sorted((values or {}).items()))


def texts(source: Json | None) -> dict[str, str]:
    """The values of a Secret or ConfigMap; of none, nothing."""
    return {key: value.decode(errors="replace") for key, value in contents(source).items()}


def contents(source: Json | None) -> dict[str, bytes]:
    """The bytes that a Secret or ConfigMap holds under each key."""
    if source is None:
        return {}
    data = source.get("data") or {}
    if source.get("kind") == "Secret":
        return {key: base64.b64decode(value) for key, value in data.items()}
    binary = {key: base64.b64decode(value) for key, value in (source.get("binaryData") or {}).items()}
    return {key: value.encode() for key, value in data.items()} | binary
