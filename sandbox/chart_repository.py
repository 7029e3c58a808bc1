"""A Helm chart repository on loopback with the sandbox's own Epinio charts.

`python -m sandbox.chart_repository --port PORT [--extra FOLDER]...` serves until SIGTERM or SIGINT. The charts are put
together from the layers below `sandbox/charts/` (see the README there) and packed without the clock, so that the same
sources give the same bytes, and the same digests in `index.yaml`.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import signal
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from threading import Thread
from typing import Any

import yaml

SOURCES = Path(__file__).resolve().parent / "charts"
# A version is a folder in `families` on top of these layers.
LAYERS = {
    "1.13.0": ("common", "minio"),
    "1.13.5": ("common", "minio"),
    "1.13.9": ("common", "minio"),
    "1.13.10": ("common", "seaweedfs"),
}
MERGED = ("Chart.yaml", "values.yaml", "values.schema.json")
EPOCH = "1970-01-01T00:00:00Z"

Files = dict[str, bytes]


def composed_chart(version: str) -> Files:
    """The files of the Epinio chart of this version, by path; `KeyError` for a version that is not here."""
    chart: Files = {}
    for layer in (*LAYERS[version], f"families/{version}"):
        for path, content in _read(SOURCES / layer).items():
            chart[path] = _merged(path, chart[path], content) if path in MERGED and path in chart else content
    return chart


def write_chart(version: str, folder: Path) -> Path:
    """Put the chart of this version into a folder, to be changed there and served as an extra chart."""
    for path, content in composed_chart(version).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def write_fork(version: str, folder: Path) -> Path:
    """Like `write_chart`, but as somebody's fork has it: same name and version, one line more in a template."""
    template = write_chart(version, folder) / "templates" / "server.yaml"
    template.write_bytes(template.read_bytes() + b"# The fork's line.\n")
    return folder


def package(chart: Mapping[str, bytes]) -> tuple[str, bytes]:
    """File name and bytes of a chart's archive: `<name>-<version>.tgz`, all in one folder with the chart's name."""
    metadata = _loaded(chart["Chart.yaml"])
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(chart):
            entry = tarfile.TarInfo(f"{metadata['name']}/{path}")
            entry.size = len(chart[path])
            archive.addfile(entry, io.BytesIO(chart[path]))
    return f"{metadata['name']}-{metadata['version']}.tgz", gzip.compress(raw.getvalue(), mtime=0)


def repository(extra: Iterable[Path] = ()) -> Files:
    """All that is served, by file name: the archives and `index.yaml`.

    `extra` are folders of whole charts. One with the name and version of ours takes its place, as in somebody's fork.
    `KeyError` for a folder without `Chart.yaml`.
    """
    charts = [*map(composed_chart, LAYERS), *map(_read, extra)]
    archives = {name: (archive, chart) for chart in charts for name, archive in [package(chart)]}
    entries: dict[str, list[dict[str, Any]]] = {}
    for name, (archive, chart) in archives.items():
        metadata = _loaded(chart["Chart.yaml"])
        download = {"urls": [name], "digest": hashlib.sha256(archive).hexdigest(), "created": EPOCH}
        entries.setdefault(metadata["name"], []).append(metadata | download)
    index = {"apiVersion": "v1", "generated": EPOCH, "entries": entries}
    served = {name: archive for name, (archive, _) in archives.items()}
    return served | {"index.yaml": _dumped(index, sort_keys=True).encode()}


@contextmanager
def serving(extra: Iterable[Path] = (), port: int = 0) -> Iterator[str]:
    """Serve `repository(extra)` on 127.0.0.1 while the block runs; gives the URL. Port 0 takes a free one.

    Raises `OSError` where the port is taken.
    """
    with ThreadingHTTPServer(("127.0.0.1", port), _handler(repository(extra))) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; one line with the URL on standard output once it answers."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.chart_repository", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; a free one if not given")
    parser.add_argument("--extra", type=Path, action="append", default=[], metavar="FOLDER", help="one more chart")
    options = parser.parse_args(arguments)
    # Bytes in a pipe, whichever thread the signal comes to, and however early it comes.
    told, telling = os.pipe()
    os.set_blocking(telling, False)
    signal.set_wakeup_fd(telling)
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: None)
    with serving(options.extra, options.port) as url:
        print(url, flush=True)
        os.read(told, 1)


def _handler(files: Mapping[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path.lstrip("/"))
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Quiet: a request is no event here."""

    return Handler


def _loaded(text: bytes) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def _dumped(content: Any, *, sort_keys: bool) -> str:
    written: str = yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=sort_keys)
    return written


def _read(folder: Path) -> Files:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(PurePosixPath(path.relative_to(folder))): path.read_bytes() for path in paths}


def _merged(path: str, below: bytes, above: bytes) -> bytes:
    merged = _overlay(_loaded(below), _loaded(above))
    text = json.dumps(merged, indent=2) if path.endswith(".json") else _dumped(merged, sort_keys=False)
    return text.encode()


def _overlay(below: Any, above: Any) -> Any:
    """Mappings key by key, anything else as the upper layer has it: what helm does with values."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {key: _overlay(below[key], value) if key in below else value for key, value in above.items()}


if __name__ == "__main__":
    main()
