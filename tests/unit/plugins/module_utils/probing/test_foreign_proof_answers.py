"""Foreign answers within the proof: what answers in S3's or the API server's place proves and disproves nothing."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import Client, s3_endpoint
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import positive
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import UNREACHABLE
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.probing import calls, sessions

from tests.unit.plugins.module_utils.aws_transport import Answer, client

PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"
PROBES = {probe.call: probe for probe in positive("sources", "key", documented=False)}


@pytest.mark.parametrize("status", [200, 302, 403, 503])
@pytest.mark.parametrize("call", sorted(PROBES))
def test_a_page_in_the_place_of_s3_decides_nothing(call: str, status: int) -> None:
    s3 = client("s3", lambda _operation: Answer(PAGE, status, {"Content-Type": "text/html"}))
    answer = calls.make(s3, s3_endpoint(Client.AWS_CLI, "s3.x", "sources", None), PROBES[call])
    assert answer.code == UNREACHABLE
    assert "the answer is not S3's (" in answer.message


def _token(content: Any) -> str:
    return f"a.{base64.urlsafe_b64encode(json.dumps(content).encode()).decode()}.c"


NO_AUDIENCE = {"aud": [], "iss": "i", "sub": "s"}
NO_TOKENS = ["", "x", "a.b.c", "a.\xff.c", *map(_token, ([], {}, NO_AUDIENCE, None))]


@pytest.mark.parametrize("token", NO_TOKENS)
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(ServiceFailed, match="Could not read the token that the API server gave"):
        sessions.claims(token)
