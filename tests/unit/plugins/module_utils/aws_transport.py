"""AWS without a network: real boto3 clients, whose answers are given by the operation's name."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from ansible_collections.epinio.aws.plugins.module_utils.aws_answers import watch
from botocore.awsrequest import AWSResponse
from botocore.config import Config


@dataclass(frozen=True)
class Answer:
    """What comes over the wire."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/xml"})


class _Raw(io.BytesIO):
    def stream(self, **_settings: Any) -> Any:
        return iter([self.read()])


def json_answer(content: Any, status: int = 200) -> Answer:
    return Answer(json.dumps(content).encode(), status, {"Content-Type": "application/json"})


@cache
def _session() -> Any:
    return boto3.session.Session("AKIA1234567890", "nobody-sees", "nobody-sees", region_name="eu-central-1")


def client(service: str, answer: Callable[[str], Answer]) -> Any:
    """A watched client of the service, to whose calls `answer` gives the answer by the operation's name."""
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    made = _session().client(service, config=config)
    watch(made.meta.events)

    def send(request: Any, event_name: str, **_others: Any) -> AWSResponse:
        found = answer(event_name.rpartition(".")[2])
        return AWSResponse(request.url, found.status, dict(found.headers), _Raw(found.body))

    made.meta.events.register("before-send", send)
    return made
