"""The build of the Go programs, with a `go` that only pretends."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import build
from tools import environments

GO = """#!/bin/sh
mkdir -p "$GOMODCACHE" "$GOCACHE"
case "$1" in
list) echo 'go: downloading a' >&2; printf '%s\\n' a b c ;;
build)
    echo "$GOFLAGS $CGO_ENABLED $GOTOOLCHAIN" >&2
    while [ "$1" != -o ]; do shift; done
    echo program > "$2" ;;
esac
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EPINIO_AWS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(build.KEEP, raising=False)
    monkeypatch.setattr(build, "REPORT_SECONDS", 0)
    plant(tmp_path, GO, monkeypatch)
    return tmp_path / "cache"


def plant(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    go = folder / "go"
    go.write_text(script)
    go.chmod(0o755)
    monkeypatch.setattr(environments, "go", lambda: go)


def test_built_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = build.programs()
    assert folder.parent == home
    built = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert built == ["controlplane", "helm3/helm", "helm4/helm", "kubectl"]
    said = capsys.readouterr().err
    assert "10 minutes" in said
    assert "1 packages compiled, of 3" in said
    assert build.programs() == folder
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("keep", [True, False])
def test_what_the_build_needed_goes_unless_it_is_to_stay(
    keep: bool, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if keep:
        monkeypatch.setenv(build.KEEP, "1")
    build.programs()
    assert (home / "go").is_dir() is keep


def test_a_failure_shows_what_go_said(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, "#!/bin/sh\necho 'main.go:1: no' >&2\nexit 1\n", monkeypatch)
    with pytest.raises(build.BuildError, match=r"main\.go:1: no"):
        build.programs()
    assert not list(home.glob("controlplane-*"))
