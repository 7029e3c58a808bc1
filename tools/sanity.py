"""ansible-test without a container engine and without downloads outside package registries.

Its sanity tests run in environments of their own, which it makes below the home folder. It wants pip's bootstrap
script from a web site; a script of the right name in its cache is taken instead.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import fcntl
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from tools import cache, environments
from tools.pythons import OWN, Python
from tools.steps import Command, Step, StepFailed, lap, tail

# The name that ansible-core 2.18 and 2.19 look for: ansible_test/_internal/python_requirements.py.
BOOTSTRAP = "get_pip_24_2.py"
STUB = Path("ansible_test", "_util", "target", "cli", "ansible_test_cli_stub.py")
# Not shipped. ruff and mypy check them by the project's rules, while ansible-test would forbid `_` as a name there and
# read the templates of Helm charts as YAML.
NOT_SHIPPED = ("sandbox/", "tests/", "tools/")
_SHOWN = ("ERROR", "FATAL")


def command(name: str, python: Python) -> Command:
    """The command for the tests of a Python. Without --python it may take a stand-in that does not run.

    It is started by its file in the package: `ansible-test` of ansible-core before 2.19 does not survive the lines
    that let a script be moved.
    """
    folder = environments.environment(name, python)
    stub = folder / "lib" / f"python{python.short}" / "site-packages" / STUB
    return [folder / "bin" / "python", stub, "sanity", "--local", "--python", python.short, "--color", "no"]


def step(tree: Path, environment: Mapping[str, str], name: str = "dev", python: Python = OWN) -> Step:
    """`ansible-test sanity` over what ships of a copied tree."""
    left_out = [word for folder in NOT_SHIPPED for word in ("--exclude", folder)]
    return Step(
        f"ansible-test sanity, {name}", [*command(name, python), *left_out], tree, environment, skipped, findings
    )


def prepare(
    tree: Path,
    environment: Mapping[str, str],
    name: str = "dev",
    python: Python = OWN,
    bootstrap: str = BOOTSTRAP,
) -> dict[str, str]:
    """The environment variables for ansible-test, after its own environments have been made.

    `name` is that of the requirement file that has the ansible-core, `bootstrap` the script that it looks for.
    ansible-test's environments know where they lie, so they are made in place; a lock keeps a second run from making
    them at the same time.
    """
    home = cache.root() / f"ansible-test-{cache.digest([environments.environment(name, python).name])}"
    place_bootstrap(home / ".ansible" / "test" / "cache" / bootstrap, environments.pip_wheel())
    given = {**environment, "HOME": str(home)}
    made = home / "made"
    with open(home / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            cache.say(f"environments of ansible-test for '{name}': making (about a minute)")
            start = time.monotonic()
            _make_environments(tree, given, command(name, python))
            made.touch()
            lap(time.monotonic() - start, "environments of ansible-test")
    return given


def place_bootstrap(script: Path, wheel: Path) -> None:
    """Put the stand-in for pip's bootstrap script, and the wheel that it installs, where ansible-test looks."""
    script.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("get_pip.py"), script)
    shutil.copyfile(wheel, script.with_name(wheel.name))


def skipped(output: str) -> str:
    """A success that is none: ansible-test found no file to test, or left a test out for want of a tool."""
    signs = ("All targets skipped", "No tests applicable", "Skipping tests disabled")
    return "\n".join(line for line in output.splitlines() if any(sign in line for sign in signs))


def findings(output: str) -> str:
    """The lines that name faults; all of the end if there are none of them."""
    named = [line for line in output.splitlines() if line.startswith(_SHOWN)]
    return "\n".join(named) or tail(output)


def _make_environments(tree: Path, environment: Mapping[str, str], tests: Command) -> None:
    made = subprocess.run(
        [*tests, "--prime-venvs"], cwd=tree, env=dict(environment), capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise StepFailed(tail(made.stdout + made.stderr))
