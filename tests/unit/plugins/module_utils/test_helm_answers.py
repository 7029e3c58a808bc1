"""Every function that runs helm, with every kind of program in helm's place: each ends in one of our errors."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_commands import Chart, Upgrade
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_kubeconfig import Kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.errors import EpinioAwsError, Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import HelmCli
from ansible_collections.epinio.aws.plugins.module_utils.readers import helm as reader
from ansible_collections.epinio.aws.plugins.module_utils.writers import helm as helm_writer
from ansible_collections.epinio.aws.plugins.module_utils.writers.helm import HelmWriter
from ansible_collections.epinio.aws.plugins.module_utils.writers.uninstall import UninstallWriter

HUSH = "hush-hush-hush"
UPGRADE = Upgrade(
    "epinio", "epinio", Chart("epinio", "https://charts.test", "1.13.9"), {"a": HUSH}, "10m", hidden=frozenset({HUSH})
)
RELEASE: dict[str, Any] = {
    "name": "epinio",
    "version": 2,
    "info": {"status": "pending-upgrade"},
    "chart": {"metadata": {"name": "epinio", "version": "1.13.9"}, "templates": [{"name": "a", "data": "YQ=="}]},
    "manifest": "a: 1",
    "hooks": [{"manifest": ""}],
}
GOOD = json.dumps(RELEASE)
V3 = 'if [ "$1" = version ]; then echo v3.21.4+g1234567; exit; fi\n'


def program(folder: Path, script: str, first: str = "#!/bin/sh\n") -> str:
    path = folder / "helm"
    path.write_text(f"{first}{script}\n", encoding="utf-8")
    path.chmod(0o700)
    return str(path)


def no_permission(folder: Path) -> str:
    Path(program(folder, "exit 0")).chmod(0o600)
    return str(folder / "helm")


def other_machine(folder: Path) -> str:
    """An executable in ELF for a machine that this is not."""
    path = folder / "helm"
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xff\xfe" + bytes(100))
    path.chmod(0o700)
    return str(path)


# No helm, or one that cannot be used: refused before it is asked for anything.
UNFIT: dict[str, tuple[Callable[[Path], str], str]] = {
    "not found": (lambda folder: str(folder / "nothing"), "No such file"),
    "not in PATH": (lambda _folder: "helm-that-is-nowhere", "No such file"),
    "a folder": (str, "Permission denied"),
    "not executable": (no_permission, "Permission denied"),
    "below a file": (lambda folder: f"{program(folder, 'exit 0')}/helm", "Not a directory"),
    "of another machine": (other_machine, "Exec format error"),
    "without an interpreter": (lambda folder: program(folder, "exit 0", "#!/no/such/shell\n"), "No such file"),
    "a text": (lambda folder: program(folder, "v3.21.4", ""), "Exec format error"),
    "empty": (lambda folder: program(folder, "", ""), "Exec format error"),
    "/bin/true": (lambda _folder: "/bin/true", "exit code 0 and said nothing|not helm"),
    "/bin/false": (lambda _folder: "/bin/false", "exit code 1 and said nothing"),
    "/bin/cat": (lambda _folder: "/bin/cat", "unrecognized option|exit code"),
    "/bin/echo": (lambda _folder: "/bin/echo", "version --short"),
    "helm 2": (
        lambda folder: program(folder, "echo 'Client: v2.17.0+ga690bad'; echo 'Error: no tiller' >&2; exit 1"),
        "helm 2.17",
    ),
    "helm 3.12": (lambda folder: program(folder, "echo v3.12.3+g3a31588"), "is helm 3.12: install helm 3.13"),
    "helm 5": (lambda folder: program(folder, "echo v5.0.0"), "is helm 5.0"),
    "kubectl": (lambda folder: program(folder, "echo 'Client Version: v1.30.0'"), "Client Version"),
    "a page": (lambda folder: program(folder, "echo '<html>v3.1.1</html>'"), "html"),
    "a crash": (lambda folder: program(folder, "kill -SEGV $$"), "SIGSEGV"),
    "killed": (lambda folder: program(folder, "kill -KILL $$"), "SIGKILL, as the kernel does where memory is short"),
    "killed below a shell": (lambda folder: program(folder, "exit 137"), "exit code 137, as of signal SIGKILL"),
    "a panic": (lambda folder: program(folder, "echo 'panic: nil' >&2; exit 2"), "panic: nil"),
    "no UTF-8": (lambda folder: program(folder, r"printf '\377\376'"), "exit code 0"),
}
# Answers of a helm that has told its version: script, what the dry run says of it, what the other commands say of it.
MISBEHAVING: dict[str, tuple[str, str, str]] = {
    "nothing": ("exit 0", "nothing", ""),
    "nothing, failing": ("exit 3", "exit code 3 and said nothing", "exit code 3 and said nothing"),
    "fails on standard output": ("echo oops; exit 3", "exit code 3 and said 'oops'", "said 'oops'"),
    "a reason": ("echo 'Error: it is full' >&2; exit 1", "it is full", "it is full"),
    "a reason among noise": (
        "echo 'level=WARN msg=x' >&2; echo 'Error: it is full' >&2; exit 1",
        ": it is full",
        ": it is full",
    ),
    "a crash": ("kill -SEGV $$", "signal SIGSEGV and said nothing", "signal SIGSEGV"),
    "a crash with words": ("echo fatal error >&2; kill -ABRT $$", "signal SIGABRT: fatal error", "SIGABRT: fatal"),
    "out of memory": ("kill -KILL $$", "signal SIGKILL, as the kernel does where memory is short", "memory is short"),
    "out of memory below a shell": ("exit 137", "exit code 137, as of signal SIGKILL", "137"),
    "a secret": (f"echo 'Error: got {HUSH}' >&2; exit 1", r"got \(hidden\)", ""),
    "a secret on standard output": (f"echo {HUSH}; exit 1", r"\(hidden\)", ""),
    "a secret only": (f"echo {HUSH}", r"\(hidden\)", ""),
    "credentials": (
        "echo 'Error: Get http://me:hu@h/x' >&2; exit 1",
        r"http://\(hidden\)@h/x",
        r"http://\(hidden\)@h/x",
    ),
    "no UTF-8": (r"printf '\377Error: \376' >&2; exit 1", "\ufffd", "\ufffd"),
    "many megabytes of words": ("head -c 9000000 /dev/zero | tr '\\0' x >&2; exit 1", r"xxx … xxx", r"xxx … xxx"),
    "null": ("echo null", "'null'", ""),
    "a list": ("echo '[]'", "something else than a text", ""),
    "a text": ("echo '\"x\"'", "x", ""),
    "an object": ("echo '{}'", "something else than a text", ""),
    "an error's object": ('echo \'{"error": "x"}\'', "something else than a text", ""),
    "half an object": (f"printf '%s' '{GOOD[:40]}'", "something else than a text", ""),
    "a page": ("echo '<html>log in</html>'", "<html>log in</html>", ""),
    "too deep": ("head -c 100000 /dev/zero | tr '\\0' '{'", "something else than a text", ""),
    **{
        f"a release without {key}": (f"echo '{json.dumps({**RELEASE, key: None})}'", "something else than a text", "")
        for key in ("name", "version", "info", "chart", "manifest")
    },
    **{
        f"a release whose {key} is another": (
            f"echo '{json.dumps({**RELEASE, key: other})}'",
            "something else than a text",
            "",
        )
        for key, other in {
            "info": {},
            "chart": {"metadata": {}},
            "hooks": ["x"],
            "config": [1],
            "version": "2",
            "manifest": {"a": 1},
        }.items()
    },
}
# What stands around the release on standard output and is no part of it.
NOISE = {
    "nothing": f"echo '{GOOD}'",
    "a warning before": f"echo 'WARNING: Kubernetes configuration file is group-readable'; echo '{GOOD}'",
    "a warning after": f"echo '{GOOD}'; echo 'WARNING: x {{'",
    "objects before": f'echo \'{{"level": "warn", "info": {{}}}}\'; echo \'{GOOD}\'',
    "half an object before": f"echo '{{ half'; echo '{GOOD}'",
    "no UTF-8 before": f"printf '\\377\\n'; echo '{GOOD}'",
    "line ends of Windows": f"printf 'x\\r\\n'; echo '{GOOD}'",
    "a child that stays": f"sleep 30 & echo '{GOOD}'",
    "one that reads nothing": f"exec 0<&-; echo '{GOOD}'",
}


def cli(binary: str, folder: Path) -> HelmCli:
    own = folder / "own"
    own.mkdir()
    return HelmCli(
        binary, Kubeconfig("/a/config", "-context"), str(own), {"PATH": os.environ["PATH"], "HOME": str(own)}
    )


def guarded(call: Callable[[], Any]) -> Any:
    return call()


def upgrade(helm: HelmCli) -> None:
    writer = HelmWriter(helm, None, guarded)
    writer.prepare(UPGRADE)
    writer.upgrade("epinio", "epinio", "epinio", "1.13.9", [], [])


CALLS: dict[str, Callable[[HelmCli], Any]] = {
    "read_preview": lambda helm: reader.read_preview(helm, UPGRADE, pending=False),
    "read_preview of what is pending": lambda helm: reader.read_preview(helm, UPGRADE, pending=True),
    "upgrade": upgrade,
    "rollback": lambda helm: HelmWriter(helm, None, guarded).rollback("epinio", "epinio", 1, server_side=True),
    "uninstall": lambda helm: UninstallWriter(helm, None, "5m", lambda _name: ()).uninstall(
        "epinio", "epinio", True, []
    ),
    "major": lambda helm: helm.major(),
}


@pytest.fixture(autouse=True)
def _nothing_but_helm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm_writer, "read_troubles", lambda *_given: "")
    monkeypatch.setattr(helm_writer, "read_deployment", lambda *_given: None)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", UNFIT)
def test_no_fit_helm_is_refused_by_name(tmp_path: Path, kind: str, call: str) -> None:
    binary, said = UNFIT[kind]
    with pytest.raises(Refused, match=said) as refused:
        CALLS[call](cli(binary(tmp_path), tmp_path))
    check_words(refused.value)
    assert "epinio_helm_binary" in str(refused.value)


@pytest.mark.parametrize("call", [one for one in CALLS if one != "major"])
@pytest.mark.parametrize("kind", MISBEHAVING)
def test_each_answer_is_an_error_of_ours(tmp_path: Path, kind: str, call: str) -> None:
    script, of_preview, of_others = MISBEHAVING[kind]
    helm = cli(program(tmp_path, f"{V3}{script}"), tmp_path)
    preview = call.startswith("read_preview")
    if not preview and not of_others and "exit 1" not in script:
        # All that these say of what they have done is their exit code.
        CALLS[call](helm)
        return
    with pytest.raises(ServiceFailed, match=of_preview if preview else of_others or ".") as failed:
        CALLS[call](helm)
    check_words(failed.value)
    # What is hidden belongs to the values, which only these get.
    assert HUSH not in str(failed.value) or call in ("rollback", "uninstall")


def check_words(error: EpinioAwsError) -> None:
    text = str(error)
    assert len(text) < 3000
    assert "\n" not in text
    assert "Traceback" not in text
    assert "Expecting value" not in text


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("pending", [True, False])
def test_the_release_is_found_in_noise(tmp_path: Path, noise: str, pending: bool) -> None:
    began = time.monotonic()
    helm = cli(program(tmp_path, f"{V3}{NOISE[noise]}"), tmp_path)
    found = reader.read_preview(helm, UPGRADE, pending=pending)
    assert (found.name, found.chart_version) == ("epinio", "1.13.9")
    assert time.monotonic() - began < 10
