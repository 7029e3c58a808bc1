"""Clusters are started, stopped, copied, crashed; nothing is left of them."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import processes
from sandbox.__main__ import main
from sandbox.cluster import Cluster, StartFailed
from tests.sandbox.fakes import FakeAws, fake_aws
from tests.sandbox.kubectl import Kubectl, until

pytestmark = pytest.mark.live
ARN = "arn:aws:iam::111122223333:role/app"


@pytest.fixture(scope="module")
def aws() -> Iterator[FakeAws]:
    with fake_aws() as running:
        yield running


def test_two_at_once_and_a_restart(aws: FakeAws, tmp_path: Path) -> None:
    first = Cluster.new(tmp_path / "first", aws_url=aws.url, charts_url=aws.url)
    second = Cluster.new(tmp_path / "second", aws_url=aws.url, charts_url=aws.url, name="other")
    with first, second:
        Kubectl(first)("create", "configmap", "kept")
        other = Kubectl(second)
        assert [item["metadata"]["name"] for item in other.get("configmap")["items"]] == ["kube-root-ca.crt"]
        first.stop()
        first.start()
        assert Kubectl(first).get("configmap", "kept")
        assert other.get("nodes")
    assert first.settings.issuer != second.settings.issuer
    assert first.certificate_authority != second.certificate_authority


def test_a_copied_folder(aws: FakeAws, tmp_path: Path) -> None:
    template = Cluster.new(tmp_path / "template", aws_url=aws.url, charts_url=aws.url)
    with template:
        Kubectl(template)("create", "configmap", "kept")
        with pytest.raises(RuntimeError, match="is running"):
            Cluster.copied_from(template.folder, tmp_path / "torn")
    copies = [
        Cluster.copied_from(template.folder, tmp_path / name, aws_url=aws.url, charts_url=aws.url, account=account)
        for name, account in (("one", "444455556666"), ("two", "777788889999"))
    ]
    with copies[0] as one, copies[1] as two:
        for copy in (one, two):
            kubectl = Kubectl(copy)
            assert kubectl.get("configmap", "kept")
            kubectl.account("app", role_arn=ARN)
            kubectl.pod("wired", serviceAccountName="app")
            assert kubectl.get("pod", "wired")["spec"]["containers"][0]["env"]
        assert one.settings.issuer == template.settings.issuer
        assert {known["account"] for known in aws.clusters} >= {"444455556666", "777788889999"}


def test_a_failed_start_says_which_part_failed(aws: FakeAws, tmp_path: Path) -> None:
    broken = Cluster.new(tmp_path / "broken", aws_url=aws.url, charts_url=aws.url)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", broken.settings.ports.apiserver))
        taken.listen()
        with pytest.raises(StartFailed, match=r"(?s)kube-apiserver ended with code 1.*address already in use"):
            broken.start()
    assert processes.records(broken.folder) == []


def recorded(folder: Path) -> list[processes.Record]:
    return processes.records(folder)


def test_everything_ends_when_a_part_dies(aws: FakeAws, tmp_path: Path) -> None:
    with Cluster.new(tmp_path / "cluster", aws_url=aws.url, charts_url=aws.url) as running:
        parts = recorded(running.folder)
        (scheduler,) = [part for part in parts if part.name == "kube-scheduler"]
        os.kill(scheduler.pid, signal.SIGKILL)
        until(20, lambda: not [part for part in parts if part.alive()])
        assert "kube-scheduler ended with code -9" in (running.folder / "state.json").read_text()


def test_down_after_a_crash(aws: FakeAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["--folder", str(tmp_path / "sandbox")]
    assert main(["up", *folder, "--aws-url", aws.url, "--no-release"]) == 0
    assert main(["up", *folder, "--aws-url", aws.url]) == 0
    assert "already running" in capsys.readouterr().err
    assert main(["status", *folder]) == 0
    parts = recorded(tmp_path / "sandbox")
    assert len(parts) == 6
    os.kill(parts[0].pid, signal.SIGKILL)
    assert main(["down", *folder]) == 0
    assert not [part for part in parts if part.alive()]
    assert main(["down", *folder]) == 0
    assert main(["status", *folder]) == 3
    assert "crashed" in capsys.readouterr().out
    ports = Cluster.existing(tmp_path / "sandbox").settings.ports
    assert main(["up", *folder, "--aws-url", aws.url, "--family", "0.0.0"]) == 1
    assert "0.0.0" in capsys.readouterr().err
    assert Cluster.existing(tmp_path / "sandbox").settings.ports == ports
    assert recorded(tmp_path / "sandbox") == []


def test_nothing_outlives_the_supervisor(aws: FakeAws, tmp_path: Path) -> None:
    running = Cluster.new(tmp_path / "cluster", aws_url=aws.url)
    running.start()
    parts = recorded(running.folder)
    os.kill(parts[0].pid, signal.SIGKILL)
    until(15, lambda: not [part for part in parts if part.alive()])
    running.stop()


def test_an_endpoint_off_this_machine_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--folder", str(tmp_path / "s"), "--aws-url", "https://iam.amazonaws.com"]) == 1
    assert "not a loopback address" in capsys.readouterr().err
