"""A trust policy as IAM gives it back: the same meaning in another spelling.

Source: public issues aws-controllers-k8s/community#2142 and #2875: keys and lists come back in another order, a list
of one as a single value, an account's number as its root ARN.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
from typing import Any

ACCOUNT = re.compile(r"\d{12}")
ELEMENTS = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition")


def reordered(document: str, partition: str) -> str:
    """The document with keys in IAM's order, lists backwards, and single values without their list."""
    parsed = json.loads(document)
    statements = parsed["Statement"]
    if isinstance(statements, list):
        parsed["Statement"] = [_statement(each, partition) for each in statements]
    else:
        parsed["Statement"] = [_statement(statements, partition)]
    return json.dumps(parsed, separators=(",", ":"))


def _statement(statement: dict[str, Any], partition: str) -> dict[str, Any]:
    known = [name for name in ELEMENTS if name in statement]
    return {name: _value(statement[name], partition, name) for name in known}


def _value(value: Any, partition: str, name: str) -> Any:
    if isinstance(value, dict):
        # "sub" comes back before "aud": whoever compares text sees a change on every run.
        return {key: _value(value[key], partition, key) for key in sorted(value, reverse=True)}
    if isinstance(value, list):
        items = [_value(each, partition, name) for each in sorted(value, key=str, reverse=True)]
        return items[0] if len(items) == 1 else items
    if name == "AWS" and ACCOUNT.fullmatch(str(value)):
        return f"arn:{partition}:iam::{value}:root"
    return value
