"""The files of a pod's volumes, in the pod's own folder."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sandbox.pod_environment import Read, contents, field
from sandbox.pod_paths import termination_file, volume_folder, work_folder
from sandbox.rest import Json

# A kubelet's default for the tokens of projected volumes (core/v1, ServiceAccountTokenProjection).
TOKEN_SECONDS = 3600

# Audience (or nothing) and seconds in, a token of the pod's service account, bound to the pod, out.
Token = Callable[[str, int], str]


def containers(pod: Json) -> list[Json]:
    """Those of the pod in the order in which they start."""
    return [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]


def write(pod: Json, folder: Path, read: Read, token: Token) -> None:
    """Makes the folder with every volume's files, and for each container an empty folder and a file for its last words.

    Volumes of all other kinds are empty folders: nothing of this machine is ever shown to a pod.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for volume in pod["spec"].get("volumes") or []:
        home = volume_folder(folder, volume["name"])
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, content in files(pod, volume, read, token):
            _write(home / path, content)
    for container in containers(pod):
        _write(termination_file(folder, container["name"]), b"")
        work_folder(folder, container["name"]).mkdir(mode=0o700, parents=True, exist_ok=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


def files(pod: Json, volume: Json, read: Read, token: Token) -> Iterator[tuple[str, bytes]]:
    """Path in the volume and content of each of its files. Unsupported for a field that is not known here."""
    for source in (volume.get("projected") or {}).get("sources") or [volume]:
        yield from _kept(source, read)
        for item in (source.get("downwardAPI") or {}).get("items") or []:
            yield item["path"], field(pod, (item.get("fieldRef") or {}).get("fieldPath", "resourceFieldRef")).encode()
        wanted = source.get("serviceAccountToken")
        if wanted:
            seconds = wanted.get("expirationSeconds", TOKEN_SECONDS)
            yield wanted["path"], token(wanted.get("audience", ""), seconds).encode()


def _kept(source: Json, read: Read) -> Iterator[tuple[str, bytes]]:
    """What comes out of a Secret or ConfigMap: all keys, or those that are asked for."""
    for name, kind in (("secret", "secrets"), ("configMap", "configmaps")):
        wanted = source.get(name)
        if not wanted:
            continue
        held = contents(read(kind, wanted.get("secretName") or wanted["name"]))
        chosen = wanted.get("items")
        paths = {item["key"]: item["path"] for item in chosen} if chosen else {key: key for key in held}
        yield from ((path, held[key]) for key, path in paths.items() if key in held)
