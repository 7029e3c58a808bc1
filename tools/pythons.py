"""Other Pythons of this machine: the oldest and the newest ansible-core may want one that is not the project's own."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# Seconds for a Python to say which one it is.
_PATIENCE = 20
_SAY = "import json, sys; print(json.dumps([sys.executable, sys.version, sys.base_prefix]))"


@dataclass(frozen=True)
class Python:
    """An interpreter that really runs: where it is, and what tells it from others."""

    path: str
    version: str
    prefix: str

    @property
    def short(self) -> str:
        """Its version as in `3.12`."""
        return ".".join(self.version.split()[0].split(".")[:2])


OWN = Python(sys.executable, sys.version, sys.base_prefix)


def find(versions: Sequence[str]) -> Python | None:
    """The first Python of one of these versions (`3.12`) that really runs; the project's own counts."""
    for version in versions:
        if OWN.short == version:
            return OWN
        for path in _candidates(version):
            found = _asked(path)
            if found and found.short == version:
                return found
    return None


def _candidates(version: str) -> Iterator[Path]:
    """The system's own first. What a version manager puts on the PATH may be a stand-in that runs nothing."""
    name = f"python{version}"
    folders = (Path("/usr/bin"), Path("/usr/local/bin"))
    yield from (folder / name for folder in folders if (folder / name).exists())
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{version}*/bin/{name}"), reverse=True)


def _asked(path: Path) -> Python | None:
    try:
        said = subprocess.run(
            [path, "-c", _SAY], capture_output=True, text=True, check=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL
        )
        return Python(*json.loads(said.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return None
