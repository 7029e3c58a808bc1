"""Where a container's paths lie on this machine. Pure.

A process of this machine has no mounts of its own. What its volumes hold is in a folder of its pod instead, and a text
of its command or environment that *begins* with a mounted path is made to begin with that folder. Nothing else is
changed, so a path in the middle of a script is not found: scripts have to take paths from arguments and variables.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.rest import Json

TERMINATION_PATH = "/dev/termination-log"


def volume_folder(folder: Path, volume: str) -> Path:
    """Where a volume of the pod with that folder lies."""
    return folder / "volumes" / volume


def termination_file(folder: Path, container: str) -> Path:
    """Where a container of that pod leaves its last words."""
    return folder / "termination" / container


def work_folder(folder: Path, container: str) -> Path:
    """The folder that a container of that pod starts in, unless it asks for one of its mounts."""
    return folder / "work" / container


def log_file(folder: Path, container: str) -> Path:
    """Where the output of a container of that pod goes."""
    return folder / f"{container}.log"


def places(container: Json, folder: Path) -> dict[str, Path]:
    """For each path that the container sees as its own where that lies, the deepest path first."""
    said = container.get("terminationMessagePath") or TERMINATION_PATH
    found = {said: termination_file(folder, container["name"])}
    for mount in container.get("volumeMounts") or []:
        inside = volume_folder(folder, mount["name"]) / mount.get("subPath", "")
        found[mount["mountPath"].rstrip("/")] = inside
    return dict(sorted(found.items(), key=lambda place: -len(place[0])))


def rewritten(text: str, known: Mapping[str, Path]) -> str:
    """The text with the path that it begins with as this machine has it; most texts as they are."""
    for path, place in known.items():
        if text == path or text.startswith(f"{path}/"):
            return f"{place}{text.removeprefix(path)}"
    return text
