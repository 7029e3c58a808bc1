"""What a pod needs before its containers can be made: Secrets, ConfigMaps and keys in them. Pure."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sandbox.rest import Json


@dataclass(frozen=True)
class Reference:
    """A Secret or ConfigMap that a pod does not do without. `kind` is `secret` or `configmap`."""

    kind: str
    name: str
    keys: tuple[str, ...] = ()


def references(pod: Json) -> list[Reference]:
    """Everything that is not marked `optional`, in the pod's order, each once."""
    spec = pod["spec"]
    found: dict[Reference, None] = {}
    for volume in spec.get("volumes") or []:
        found.update(dict.fromkeys(_of_volume(volume)))
    for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
        found.update(dict.fromkeys(_of_environment(container)))
    return list(found)


def complaint(pod: Json, read: Callable[[Reference], Json | None]) -> str | None:
    """The kubelet's words on the first missing thing (pkg/kubelet/kubelet_pods.go), or None if all is there."""
    namespace = pod["metadata"]["namespace"]
    for reference in references(pod):
        found = read(reference)
        if found is None:
            return f'{reference.kind} "{reference.name}" not found'
        present = {*(found.get("data") or {}), *(found.get("binaryData") or {})}
        for key in reference.keys:
            if key not in present:
                kind = "Secret" if reference.kind == "secret" else "ConfigMap"
                return f"couldn't find key {key} in {kind} {namespace}/{reference.name}"
    return None


def _of_volume(volume: Json) -> Iterator[Reference]:
    sources = [volume, *(volume.get("projected", {}).get("sources") or [])]
    for source in sources:
        secret, config_map = source.get("secret"), source.get("configMap")
        if secret and not secret.get("optional"):
            # A volume says `secretName`, a projected source `name`.
            yield Reference("secret", secret.get("secretName") or secret["name"], _items(secret))
        if config_map and not config_map.get("optional"):
            yield Reference("configmap", config_map["name"], _items(config_map))


def _items(source: Json) -> tuple[str, ...]:
    return tuple(item["key"] for item in source.get("items") or [])


def _of_environment(container: Json) -> Iterator[Reference]:
    for source in container.get("envFrom") or []:
        for field, kind in (("secretRef", "secret"), ("configMapRef", "configmap")):
            if field in source and not source[field].get("optional"):
                yield Reference(kind, source[field]["name"])
    for variable in container.get("env") or []:
        origin = variable.get("valueFrom") or {}
        for field, kind in (("secretKeyRef", "secret"), ("configMapKeyRef", "configmap")):
            if field in origin and not origin[field].get("optional"):
                yield Reference(kind, origin[field]["name"], (origin[field]["key"],))
