"""The cache: whole folders or none, one maker at a time."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tools import cache


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("EPINIO_AWS_CACHE", str(folder))
    return folder


def write(folder: Path) -> None:
    (folder / "file").write_text("made", encoding="utf-8")


def test_place_is_the_chosen_one_else_the_users(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    assert cache.root() == home
    monkeypatch.delenv("EPINIO_AWS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache.root() == Path("/caches/epinio-aws")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.root() == Path.home() / ".cache" / "epinio-aws"


def test_digest_tells_content_and_borders_apart(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("x", encoding="utf-8")
    before = cache.digest([tmp_path / "one"])
    (tmp_path / "one").write_text("y", encoding="utf-8")
    assert cache.digest([tmp_path / "one"]) != before
    assert cache.digest(["ab", "c"]) != cache.digest(["a", "bc"])


def test_a_folder_is_filled_once() -> None:
    first = cache.ensure("thing", ["v1"], write, "making")
    again = cache.ensure("thing", ["v1"], lambda folder: pytest.fail(f"filled {folder} again"), "making")
    assert first == again
    assert cache.ensure("thing", ["v2"], write, "making") != first


def test_a_failed_filling_leaves_no_folder(home: Path) -> None:
    def fail(folder: Path) -> None:
        write(folder)
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        cache.ensure("thing", ["v1"], fail, "making")
    assert [path for path in home.iterdir() if path.is_dir()] == []


def test_two_that_want_the_same_folder_wait_for_each_other() -> None:
    made = []

    def slowly(folder: Path) -> None:
        time.sleep(0.2)
        write(folder)
        made.append(folder)

    makers = [threading.Thread(target=cache.ensure, args=("thing", ["v1"], slowly, "making")) for _time in range(3)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join(10)
    assert len(made) == 1
