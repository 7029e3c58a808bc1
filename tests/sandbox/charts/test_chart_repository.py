"""Charts are packed without the clock and served as a Helm repository."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from sandbox import chart_repository
from tools.cache import REPOSITORY

FAMILIES = ("1.13.0", "1.13.5", "1.13.9", "1.13.10")


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        content: bytes = answer.read()
    return content


def test_packages_are_the_same_bytes_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = chart_repository.repository()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert chart_repository.repository() == first
    assert set(first) == {*(f"epinio-{version}.tgz" for version in FAMILIES), "index.yaml"}


def test_archive_holds_one_folder_and_nothing_of_this_machine() -> None:
    _, packed = chart_repository.package({"Chart.yaml": b"name: x\nversion: 1.0.0\n", "templates/a.yaml": b"a"})
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        entries = archive.getmembers()
    assert [entry.name for entry in entries] == ["x/Chart.yaml", "x/templates/a.yaml"]
    assert {(entry.mtime, entry.uid, entry.uname) for entry in entries} == {(0, 0, "")}


def test_layers_are_merged_key_by_key_and_other_files_replaced() -> None:
    chart = chart_repository.composed_chart("1.13.10")
    values, schema = yaml.safe_load(chart["values.yaml"]), yaml.safe_load(chart["values.schema.json"])
    assert values["image"]["epinio"] == {
        "registry": "ghcr.io/",
        "repository": "epinio/epinio-server",
        "tag": "v1.13.10",
    }
    assert "minio" not in values
    assert {"s3", "seaweedfs"} <= set(schema["properties"])
    assert b"additionalProperties" not in chart["values.schema.json"]


def test_unknown_version() -> None:
    with pytest.raises(KeyError):
        chart_repository.composed_chart("1.12.0")


def test_index_tells_the_digest_of_each_archive_that_is_served() -> None:
    with chart_repository.serving() as url:
        assert url.startswith("http://127.0.0.1:")
        entries = yaml.safe_load(fetched(f"{url}/index.yaml"))["entries"]["epinio"]
        served = {
            entry["version"]: hashlib.sha256(fetched(f"{url}/{entry['urls'][0]}")).hexdigest() for entry in entries
        }
        with pytest.raises(urllib.error.HTTPError) as missing, urllib.request.urlopen(f"{url}/other", timeout=5):
            pass
        missing.value.close()
    assert served == {entry["version"]: entry["digest"] for entry in entries}
    assert missing.value.code == 404


@pytest.mark.parametrize("version", FAMILIES)
def test_helm_shows_the_chart_of_the_repository(helm: Path, version: str, tmp_path: Path) -> None:
    with chart_repository.serving() as url:
        shown = show(helm, url, version, tmp_path)
    assert (shown["appVersion"], shown["name"]) == (f"v{version}", "epinio")


def test_extra_chart_takes_the_place_of_ours(helm: Path, tmp_path: Path) -> None:
    fork = chart_repository.write_chart("1.13.9", tmp_path / "fork")
    metadata = fork / "Chart.yaml"
    metadata.write_text(metadata.read_text() + "home: https://fork.example.test\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / "Chart.yaml").write_text("apiVersion: v2\nname: other\nversion: 0.1.0\n")
    with chart_repository.serving([fork, other]) as url:
        assert show(helm, url, "1.13.9", tmp_path)["home"] == "https://fork.example.test"
        assert set(yaml.safe_load(fetched(f"{url}/index.yaml"))["entries"]) == {"epinio", "other"}


def test_a_fork_differs_by_one_line_of_a_template(tmp_path: Path) -> None:
    ours = chart_repository.composed_chart("1.13.9")
    chart_repository.write_fork("1.13.9", tmp_path)
    forked = {path: (tmp_path / path).read_bytes() for path in ours}
    assert [path for path in ours if forked[path] != ours[path]] == ["templates/server.yaml"]
    assert forked["templates/server.yaml"].splitlines()[:-1] == ours["templates/server.yaml"].splitlines()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_command_serves_until_it_is_told_to_stop(ending: signal.Signals) -> None:
    command = [sys.executable, "-m", "sandbox.chart_repository", "--port", "0"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert b"epinio-1.13.9.tgz" in fetched(f"{url}/index.yaml")
            process.send_signal(ending)
            assert process.wait(timeout=5) == 0
        finally:
            process.kill()


def show(helm: Path, url: str, version: str, home: Path) -> dict[str, str]:
    """Chart.yaml as helm finds it in the repository."""
    command = [str(helm), "show", "chart", "epinio", "--repo", url, "--version", version]
    folders = {f"HELM_{name}_HOME": str(home) for name in ("CACHE", "CONFIG", "DATA")}
    done = subprocess.run(
        command, cwd=home, env=os.environ | folders, capture_output=True, text=True, check=True, timeout=30
    )
    found: dict[str, str] = yaml.safe_load(done.stdout)
    return found
