"""The stand-in as a server on loopback, in this process or as `python -m sandbox.aws`."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import Request, urlopen

import boto3
from botocore.config import Config
from werkzeug.serving import make_server

from sandbox.aws import control
from sandbox.aws.application import Application
from sandbox.aws.consistency import Consistency, Delays
from sandbox.aws.eks_associations import Associations
from sandbox.aws.eks_objects import Clusters
from sandbox.aws.moto_requests import MotoRequestHandler
from sandbox.aws.sessions import Sessions
from sandbox.aws.wire_log import WireLog
from sandbox.aws.world import World

LOOPBACK = "127.0.0.1"
POLL_INTERVAL = 0.02
TIMEOUT = 30.0


class QuietHandler(MotoRequestHandler):
    """The wire log says all that werkzeug would."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


class StandIn:
    """AWS on a loopback port, while the `with` block lasts.

    - `log`: file that the wire log is appended to
    - `visible_after`: seconds until a new object of IAM can be read
    - `effective_after`: seconds until trust, attachments and versions count for decisions
    - `port`: 0 is any free one
    - `plain`: loopback does not count as TLS
    - `clock`: seconds since 1970
    """

    def __init__(
        self,
        log: Path | None = None,
        visible_after: float = Delays.visible_after,
        effective_after: float = Delays.effective_after,
        port: int = 0,
        *,
        plain: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        consistency = Consistency(clock, Delays(visible_after, effective_after))
        self.world = World(clock, consistency, Sessions(clock), Clusters(), Associations(consistency), plain)
        self.log = WireLog(log)
        application = Application(self.world, self.log)
        self._server = make_server(LOOPBACK, port, application, threaded=True, request_handler=QuietHandler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_INTERVAL,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_port}"

    def __enter__(self) -> StandIn:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.log.close()

    def wait(self) -> None:
        """Returns when the server has ended."""
        self._thread.join()

    def control(self, name: str, body: dict[str, Any], method: str = "POST") -> dict[str, Any]:
        """One request to the control endpoint; its answer. Raises urllib's HTTPError."""
        request = Request(f"{self.url}{control.PREFIX}{name}", json.dumps(body).encode(), method=method)
        with urlopen(request, timeout=TIMEOUT) as response:
            found: dict[str, Any] = json.load(response)
        return found

    def credentials(self, account: str, partition: str = "aws") -> dict[str, str]:
        """The keys of the account's administrator, as boto3's arguments."""
        keys = self.control("accounts", {"account": account, "partition": partition})
        return {"aws_access_key_id": keys["access_key_id"], "aws_secret_access_key": keys["secret_access_key"]}

    def client(
        self,
        service: str,
        account: str,
        region: str = "us-east-1",
        credentials: dict[str, str] | None = None,
        partition: str = "aws",
    ) -> Any:
        """A boto3 client of the account's administrator, or of whoever has these credentials."""
        keys = credentials or self.credentials(account, partition)
        configuration = Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "total_max_attempts": 1})
        return boto3.client(service, endpoint_url=self.url, region_name=region, config=configuration, **keys)
