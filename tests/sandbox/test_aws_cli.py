"""The AWS CLI of pods answers as the one that is installed, and has nothing of the calls before."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sandbox import processes
from sandbox.aws_cli import AwsCli
from tools import environments
from tools.cache import REPOSITORY

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/dev/null", "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_REGION": "us-east-1"}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAONE", "AWS_SECRET_ACCESS_KEY": "secret"}
NOWHERE = ("--endpoint-url", "http://127.0.0.1:9")


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[AwsCli]:
    made = AwsCli(tmp_path / "sandbox", environments.aws_cli)
    yield made
    made.stop()


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
def test_it_answers_as_the_one_that_is_installed(cli: AwsCli, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    answers = [
        call(command, *arguments, folder=tmp_path, **KEYS) for command in (cli.command(), environments.aws_cli())
    ]
    one, other = ((answer.returncode, answer.stdout, answer.stderr) for answer in answers)
    assert one == other
    assert one[1] or one[2]


def test_a_call_has_its_own_streams_folder_and_environment(cli: AwsCli, tmp_path: Path) -> None:
    files = {"AWS_CONFIG_FILE": "./config", "AWS_SHARED_CREDENTIALS_FILE": "./keys"}
    done = call(cli.command(), "configure", folder=tmp_path, given="AKIATYPED\nsecret\neu-west-1\njson\n", **files)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("AWS Access Key ID [None]: ")
    assert "region = eu-west-1" in (tmp_path / "config").read_text()
    assert "aws_access_key_id = AKIATYPED" in (tmp_path / "keys").read_text()


def test_nothing_of_a_call_is_in_the_next(cli: AwsCli, tmp_path: Path) -> None:
    first = call(cli.command(), "configure", "list", folder=tmp_path, **KEYS, AWS_DEFAULT_REGION="eu-west-2")
    second = call(cli.command(), "configure", "list", folder=tmp_path)
    assert "eu-west-2" in first.stdout
    assert "AONE" in first.stdout
    assert "us-east-1" in second.stdout
    assert "AONE" not in second.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_call_ends_with_who_asked_for_it(cli: AwsCli, tmp_path: Path, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        words = [str(cli.command()), "s3api", "list-buckets", "--endpoint-url", endpoint]
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


def test_its_server_ends_with_it(cli: AwsCli, tmp_path: Path) -> None:
    cli.command()
    (server,) = processes.records(tmp_path / "sandbox")
    assert server.alive()
    cli.stop()
    assert not server.alive()
    assert processes.records(tmp_path / "sandbox") == []


def test_its_server_does_not_outlive_who_started_it(tmp_path: Path) -> None:
    program = """
import os, pathlib, sys
from sandbox.aws_cli import AwsCli
from tools import environments
AwsCli(pathlib.Path(sys.argv[1]), environments.aws_cli).command()
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", program, tmp_path / "sandbox"], cwd=REPOSITORY, check=False)
    (server,) = processes.records(tmp_path / "sandbox")
    assert processes.gone(server, 10)


def test_a_server_that_dies_is_told(cli: AwsCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: queue.SimpleQueue[threading.ExceptHookArgs] = queue.SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", told.put)
    cli.command()
    (server,) = processes.records(tmp_path / "sandbox")
    os.kill(server.pid, signal.SIGKILL)
    assert "the AWS CLI's server ended with code -9" in str(told.get(timeout=10).exc_value)


def test_it_starts_again_where_it_was_stopped(cli: AwsCli, tmp_path: Path) -> None:
    cli.command()
    cli.stop()
    assert call(cli.command(), "--version", folder=tmp_path).stdout.startswith("aws-cli/")


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no such module: awscli >&2\nexit 1\n")
    python.chmod(0o700)
    broken = AwsCli(tmp_path / "sandbox", lambda: tmp_path / "aws")
    with pytest.raises(OSError, match="no such module: awscli"):
        broken.command()
    assert processes.records(tmp_path / "sandbox") == []
