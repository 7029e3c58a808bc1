"""The real helm 3 and 4 where a user has no usable HOME, and with a chart repository that wants credentials."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_commands import PRIVATE
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_kubeconfig import Kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import HelmCli

from sandbox import build, chart_repository

# A user as OpenShift chooses one: nobody knows it, and nothing belongs to it.
SOMEBODY = 1000670000
CREDENTIALS = "me:s@c:ret/x"
# A cluster that does not answer.
NOWHERE = {
    "current-context": "c",
    "contexts": [{"name": "c", "context": {"cluster": "c"}}],
    "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],
}
ENCODED = "me:s%40c:ret%2Fx"
HOMES = (
    *("writable", "read-only", "unreadable", "others-cache", "missing", "a-file", "below-a-file"),
    *("/", "/root", "/dev/null", "", None),
)


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, with programs that everybody may run."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    for number in (3, 4):
        shutil.copy(build.programs() / f"helm{number}" / "helm", folder / f"helm{number}")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def charts() -> Iterator[str]:
    with chart_repository.serving() as url:
        yield url


def home(folder: Path, kind: str | None, charts: str) -> str | None:
    """A HOME of this kind, where it is to be made."""
    if kind is None or not kind.strip("/") or kind.startswith("/"):
        return kind
    path = folder / kind
    if kind == "missing":
        return str(path)
    if kind in ("a-file", "below-a-file"):
        path.touch()
        return str(path if kind == "a-file" else path / "home")
    (path / ".config/helm").mkdir(parents=True)
    (path / ".cache/helm/repository").mkdir(parents=True)
    repositories = path / ".config/helm/repositories.yaml"
    repositories.write_text(f"apiVersion: v1\nrepositories: [{{name: mine, url: {charts}}}]\n")
    index = chart_repository.repository()["index.yaml"]
    (path / ".cache/helm/repository/mine-index.yaml").write_bytes(index)
    writable = {"writable": [*path.rglob("*"), path], "others-cache": [path, path / ".cache", path / ".cache/helm"]}
    for one in [path, *path.rglob("*")]:
        one.chmod(0o777 if one in writable.get(kind, ()) else 0o555)
    if kind == "unreadable":
        path.chmod(0)
    return str(path)


def said(number: int, folder: str, environ: dict[str, str], arguments: list[str], user: int) -> str:
    """What helm prints, or why it fails, run by us as somebody; in a process of its own."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    with tempfile.TemporaryDirectory() as own:
        helm = HelmCli(f"{folder}/helm{number}", Kubeconfig("/a/config", content=NOWHERE), own, environ)
        try:
            return helm.run("run it", arguments, seconds=60)
        except ServiceFailed as failed:
            return str(failed)


def run_as_somebody(*given: Any) -> str:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        found: str = pool.apply(said, given)
    return found


@pytest.mark.parametrize("number", [3, 4])
@pytest.mark.parametrize("kind", HOMES)
def test_a_chart_is_had_and_the_cluster_is_asked_whatever_home_is(
    open_folder: Path, charts: str, tmp_path_factory: pytest.TempPathFactory, kind: str | None, number: int
) -> None:
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    folder.chmod(0o755)
    found = home(folder, kind, charts)
    environ = {"PATH": os.environ["PATH"], **({} if found is None else {"HOME": found})}
    arguments = ["show", "chart", f"--repo={charts}", "--version=1.13.9", "--", "epinio"]
    assert "version: 1.13.9" in run_as_somebody(number, str(open_folder), environ, arguments, SOMEBODY)
    if kind in ("writable", "read-only", "others-cache"):
        arguments = ["show", "chart", "--version=1.13.9", "--", "mine/epinio"]
        assert "version: 1.13.9" in run_as_somebody(number, str(open_folder), environ, arguments, SOMEBODY)
    assert "127.0.0.1:9: connect: connection refused" in run_as_somebody(
        number, str(open_folder), environ, ["list"], SOMEBODY
    )
    if kind == "unreadable":
        # So that it can be removed.
        Path(str(found)).chmod(0o700)


@pytest.mark.parametrize("number", [3, 4])
def test_a_usable_cache_stays_in_use(tmp_path: Path, charts: str, number: int) -> None:
    own = tmp_path / "own"
    own.mkdir()
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    helm = HelmCli(str(build.programs() / f"helm{number}" / "helm"), Kubeconfig("/dev/null"), str(own), environ)
    helm.run("x", ["show", "chart", f"--repo={charts}", "--version=1.13.9", "--", "epinio"], seconds=60)
    # Helm 3 keeps archives of charts there, helm 4 their content.
    assert [path for path in (tmp_path / ".cache/helm").rglob("*") if path.is_file()]
    assert list(own.iterdir()) == []


@contextmanager
def guarded(credentials: str, token: str = "") -> Iterator[tuple[str, list[str]]]:
    """The address of a chart repository that wants credentials or a token, and what was asked for."""
    files, asked = chart_repository.repository(), []
    wanted = f"Basic {base64.b64encode(credentials.encode()).decode()}"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _mark, query = self.path.partition("?")
            asked.append(path)
            welcome = query == f"token={token}" if token else self.headers.get("Authorization") == wanted
            self.send_response(200 if welcome else 401)
            self.end_headers()
            if welcome:
                self.wfile.write(files[path.removeprefix("/")])

        def log_message(self, *_given: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("number", [3, 4])
@pytest.mark.parametrize(
    ("credentials", "token", "url"),
    [
        (CREDENTIALS, "", f"http://{ENCODED}@HOST"),
        ("tokentoken:", "", "http://tokentoken@HOST"),
        (":hush", "", "http://:hush@HOST"),
        ("", "hush", "http://HOST?token=hush"),
    ],
)
def test_a_repository_with_credentials(tmp_path: Path, number: int, credentials: str, token: str, url: str) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    own = tmp_path / "own"
    own.mkdir()
    helm = HelmCli(str(build.programs() / f"helm{number}" / "helm"), Kubeconfig("/dev/null"), str(own), environ)
    with guarded(credentials, token) as (host, asked):
        url = url.replace("HOST", host)
        arguments = ["show", "chart", "--version=1.13.9", "--", f"{PRIVATE}/epinio"]
        assert "version: 1.13.9" in helm.run("show the chart", arguments, seconds=60, repository=url)
        assert asked == ["/index.yaml", "/epinio-1.13.9.tgz"]
        wrong = url.replace("hush", "other-hush").replace("ret", "other").replace("tokentoken", "tokenother")
        with pytest.raises(ServiceFailed, match="401 Unauthorized") as failed:
            helm.run("show the chart", arguments, seconds=60, repository=wrong)
        assert not [text for text in ("hush", "other", "s%40c", "s@c") if text in str(failed.value)]
    assert not [
        path for path in tmp_path.rglob("*") if path.is_file() and "ret%2Fx" in path.read_text(errors="replace")
    ]
    assert list(own.iterdir()) == []
