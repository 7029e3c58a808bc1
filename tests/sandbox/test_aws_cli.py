"""The AWS CLI of pods answers as the one that is installed, and has nothing of the calls before."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from sandbox import processes
from sandbox.aws_cli import install
from sandbox.children import Children, ProcessEnded
from tests.sandbox.kubectl import until
from tools import environments
from tools.cache import REPOSITORY

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/dev/null", "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_REGION": "us-east-1"}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAONE", "AWS_SECRET_ACCESS_KEY": "secret"}
NOWHERE = ("--endpoint-url", "http://127.0.0.1:9")


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    """The parts of a sandbox."""
    (tmp_path / "sandbox").mkdir()
    started = Children(tmp_path / "sandbox")
    yield started
    started.end()


def installed(children: Children, folder: Path, cli: Path) -> Path:
    """The command `aws` of the sandbox in `folder`."""

    def start(name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        os.close(children.start(name, command, folder, environment))

    return install(folder / "sandbox", cli, start)


@pytest.fixture
def aws(children: Children, tmp_path: Path) -> Path:
    return installed(children, tmp_path, environments.aws_cli())


def call(
    command: Path, *arguments: str, folder: Path, given: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    environment: Mapping[str, str] = {**ENVIRONMENT, **variables}
    return subprocess.run(
        [command, *arguments], cwd=folder, env=environment, input=given, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("s3api", "no-such-operation"),
        ("s3api", "get-object", "--bucket", "a-bucket"),
        ("s3api", "get-object", "--bucket", "Größe", "--key", "k", "file", *NOWHERE),
        ("sts", "get-caller-identity", "--query", "Arn", "--output", "text", *NOWHERE),
    ],
)
def test_it_answers_as_the_one_that_is_installed(aws: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    answers = [call(command, *arguments, folder=tmp_path, **KEYS) for command in (aws, environments.aws_cli())]
    one, other = ((answer.returncode, answer.stdout, answer.stderr) for answer in answers)
    assert one == other
    assert one[1] or one[2]


def test_a_call_has_its_own_streams_folder_and_environment(aws: Path, tmp_path: Path) -> None:
    files = {"AWS_CONFIG_FILE": "./config", "AWS_SHARED_CREDENTIALS_FILE": "./keys"}
    done = call(aws, "configure", folder=tmp_path, given="AKIATYPED\nsecret\neu-west-1\njson\n", **files)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("AWS Access Key ID [None]: ")
    assert "region = eu-west-1" in (tmp_path / "config").read_text()
    assert "aws_access_key_id = AKIATYPED" in (tmp_path / "keys").read_text()


def test_nothing_of_a_call_is_in_the_next(aws: Path, tmp_path: Path) -> None:
    first = call(aws, "configure", "list", folder=tmp_path, **KEYS, AWS_DEFAULT_REGION="eu-west-2")
    second = call(aws, "configure", "list", folder=tmp_path)
    assert "eu-west-2" in first.stdout
    assert "AONE" in first.stdout
    assert "us-east-1" in second.stdout
    assert "AONE" not in second.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_call_ends_with_who_asked_for_it(aws: Path, tmp_path: Path, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        words = [str(aws), "s3api", "list-buckets", "--endpoint-url", endpoint]
        with subprocess.Popen(words, cwd=tmp_path, env={**ENVIRONMENT, **KEYS}) as asking:
            silent.settimeout(30)
            connection, _ = silent.accept()
            with connection:
                connection.settimeout(30)
                assert connection.recv(4) == b"GET "
                asking.send_signal(number)
                assert asking.wait(30) == -number
                while connection.recv(65536):
                    pass


def test_its_server_does_not_outlive_the_sandbox(tmp_path: Path) -> None:
    """Which is killed once it has answered a call."""
    program = """
import os, pathlib, subprocess, sys
from sandbox import aws_cli, children
from tools import environments
folder = pathlib.Path(sys.argv[1])
folder.mkdir()
parts = children.Children(folder)
aws = aws_cli.install(folder, environments.aws_cli(), lambda name, command, _: parts.start(name, command, folder))
subprocess.run([aws, "--version"], check=True)
os.kill(os.getpid(), 9)
"""
    folder = tmp_path / "sandbox"
    done = subprocess.run(
        [sys.executable, "-c", program, folder], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout.startswith("aws-cli/")
    (server,) = processes.records(folder)
    assert processes.gone(server, 10)


def test_it_is_installed_again_in_a_sandbox_that_starts_anew(children: Children, aws: Path, tmp_path: Path) -> None:
    assert call(aws, "--version", folder=tmp_path).returncode == 0
    children.end()
    again = installed(children, tmp_path, environments.aws_cli())
    assert call(again, "--version", folder=tmp_path).stdout.startswith("aws-cli/")


def test_a_server_that_does_not_start_is_a_part_that_ended(children: Children, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no such module: awscli >&2\nexit 1\n")
    python.chmod(0o700)
    installed(children, tmp_path, tmp_path / "aws")
    with pytest.raises(ProcessEnded, match="no such module: awscli"):
        until(10, children.check)
