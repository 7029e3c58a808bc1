"""`python -m sandbox up|down|status`: one sandbox in a folder."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import argparse
import contextlib
import fcntl
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sandbox import build, release, settings
from sandbox.cluster import MADE, Cluster, StartFailed
from sandbox.stand_in import StandInError
from sandbox.state import Phase, State
from tools.cache import say

DEFAULT_FOLDER = Path(".sandbox")
LEFT_BEHIND = ("aws.jsonl", "audit.jsonl", "env")
FAILURES = (StartFailed, release.InstallFailed, StandInError, build.BuildError, ValueError)


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 if all is as asked for, 1 if not, 3 for the status of a sandbox that does not run."""
    asked = _parser().parse_args(arguments)
    folder: Path = asked.folder.resolve()
    if asked.command != "up" and not Cluster.known(folder):
        print(f"no sandbox in {folder}")
        return 0 if asked.command == "down" else 3
    if asked.command == "status":
        return status(folder)
    with _alone(folder):
        try:
            return up(folder, asked) if asked.command == "up" else down(folder)
        except FAILURES as fault:
            say(f"failed: {fault}")
            return 1


def up(folder: Path, asked: argparse.Namespace) -> int:
    """A fresh sandbox, unless one runs there. One that was stopped gives its ports to the new one."""
    began = time.monotonic()
    if Cluster.known(folder):
        former = Cluster.existing(folder)
        if former.running():
            say(f"already running: . {folder / 'env'}")
            return 0
        ports = former.settings.ports
        former.stop()
        _clear(folder)
    else:
        ports = settings.Ports.free()
    cluster = Cluster.new(
        folder, aws_url=asked.aws_url, account=asked.account, name=asked.name, helm=asked.helm, ports=ports
    )
    say("sandbox: starting AWS and Kubernetes")
    with contextlib.ExitStack() as undo:
        cluster.start(detached=True)
        undo.callback(cluster.stop)
        if not asked.no_release:
            say(f"sandbox: installing Epinio {asked.family}")
            release.install(cluster, asked.family)
        undo.pop_all()
    say(f"ready after {time.monotonic() - began:.1f} s: . {folder / 'env'}")
    return 0


def down(folder: Path) -> int:
    """Ends everything of that folder; logs and data stay until the next `up`."""
    left = Cluster.existing(folder).stop()
    say(f"stopped{', also what a crash had left: ' + ', '.join(left) if left else ''}")
    return 0


def status(folder: Path) -> int:
    """Prints one line: running, or why not."""
    cluster, state = Cluster.existing(folder), State.read(folder)
    phase = state.phase if state else Phase.STOPPED
    if cluster.running():
        here = cluster.settings
        print(f"{phase.value}: {here.arn} at {here.endpoint}, AWS at {here.aws_endpoint}")
        return 0
    said = "crashed" if phase in (Phase.STARTING, Phase.READY) else phase.value
    print(f"{said}: {state.detail}" if state and state.detail else said)
    return 3


def _clear(folder: Path) -> None:
    """Removes what a sandbox makes, and nothing that somebody else has put there."""
    for name in MADE:
        # It may never have been made, or another call removes it at the same time.
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in LEFT_BEHIND:
        (folder / name).unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two commands on one folder wait for each other."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(folder / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="AWS and Kubernetes on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("up", "start a fresh sandbox and wait until it is ready"),
        ("down", "stop it, also a crashed one; twice is fine"),
        ("status", "say whether it runs (exit code 3: it does not)"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help="default: %(default)s")
        if name == "up":
            _up_options(command)
    return parser


def _up_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--helm", type=int, choices=sorted(build.HELM_VERSIONS), default=3, help="default: %(default)s"
    )
    command.add_argument(
        "--family", default=release.DEFAULT_VERSION, help="Epinio chart version (default: %(default)s)"
    )
    command.add_argument("--no-release", action="store_true", help="leave the cluster without Epinio")
    command.add_argument("--name", default=settings.DEFAULT_NAME, help="of the cluster (default: %(default)s)")
    command.add_argument("--account", default=settings.DEFAULT_ACCOUNT, help="AWS account (default: %(default)s)")
    command.add_argument("--aws-url", help="an AWS stand-in on loopback that runs already, with a log of its own")


if __name__ == "__main__":
    sys.exit(main())
