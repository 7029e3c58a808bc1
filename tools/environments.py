"""Python environments, the Go toolchain and the two collections that ours builds on: pinned, hashed, in the cache.

Everything comes from package registries by name and hash (`requirements/*.txt`, made by `make lock`).
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tools import cache
from tools.pythons import OWN, Python

REQUIREMENTS = Path(__file__).resolve().parent / "requirements"
COLLECTIONS = ("ansible_collections/amazon/", "ansible_collections/kubernetes/")
ANY = ("--ignore-requires-python",)
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


def uv() -> Path:
    """The `uv` executable."""

    def fill(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        _pip(folder / "bin" / "python", "install", "--require-hashes", "-r", REQUIREMENTS / "uv.txt")

    # Of the environment nothing is used that knows where it lies.
    return cache.ensure("uv", [REQUIREMENTS / "uv.txt"], fill, "uv: installing") / "bin" / "uv"


def environment(name: str, python: Python = OWN) -> Path:
    """A virtual environment of a Python with exactly what `requirements/<name>.txt` lists."""
    lock = REQUIREMENTS / f"{name}.txt"

    def fill(folder: Path) -> None:
        call_uv("venv", "--quiet", "--relocatable", "--allow-existing", "--python", python.path, folder)
        call_uv("pip", "sync", "--quiet", "--require-hashes", "--python", folder / "bin" / "python", lock)
        if name == "dev":
            (folder / "lib" / PYTHON / "site-packages" / "ansible_collections").symlink_to(collections())

    # An environment is of no use to another Python, even of the same version.
    return cache.ensure(
        f"env-{name}", [python.version, python.prefix, lock], fill, f"Python environment '{name}': installing"
    )


def collections(name: str = "collections") -> Path:
    """The folder `ansible_collections` with `amazon.aws` and `kubernetes.core`, out of the `ansible` wheel.

    `requirements/<name>.txt` has its version.
    """
    lock = REQUIREMENTS / f"{name}.txt"

    def fill(folder: Path) -> None:
        wheels = folder / "wheels"
        # It is only unpacked, so the Python that it is for need not be there.
        _pip(_pips_python(), "download", *ANY, "--no-deps", "--require-hashes", "-d", wheels, "-r", lock)
        (wheel,) = wheels.glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [entry for entry in archive.namelist() if entry.startswith(COLLECTIONS)])
        wheel.unlink()
        wheels.rmdir()

    return cache.ensure(name, [lock], fill, "amazon.aws and kubernetes.core: fetching") / "ansible_collections"


def go() -> Path:
    """The `go` executable."""
    return environment("go") / "lib" / PYTHON / "site-packages" / "go" / "bin" / "go"


def aws_cli() -> Path:
    """The `aws` executable."""
    return environment("awscli") / "bin" / "aws"


def pip_wheel() -> Path:
    """pip's own wheel, in the version that ansible-test puts into the environments that it makes."""
    lock = REQUIREMENTS / "pip.txt"

    def fill(folder: Path) -> None:
        _pip(_pips_python(), "download", "--no-deps", "--require-hashes", "-d", folder, "-r", lock)

    (wheel,) = cache.ensure("pip", [lock], fill, "pip's wheel for ansible-test: fetching").glob("pip-*.whl")
    return wheel


def call_uv(*arguments: str | Path, folder: Path | None = None) -> None:
    """Run uv, in `folder` if one is given. Raises `CalledProcessError`; uv itself says why."""
    # The system's certificates: uv's own list lacks a company's. Its downloads lie where all of ours do.
    settings = {"UV_NATIVE_TLS": "1", "UV_CACHE_DIR": str(cache.root() / "uv")}
    subprocess.run([uv(), *arguments], check=True, cwd=folder, env={**settings, **os.environ})


def _pips_python() -> Path:
    """A Python that has pip: the one that uv was installed with. uv itself downloads nothing without installing it."""
    return uv().with_name("python")


def _pip(python: str | Path, *arguments: str | Path) -> None:
    command = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-cache-dir", *arguments]
    subprocess.run(command, check=True)
