"""EC2's XML by botocore's model. moto's serializer takes milliseconds for an instance: seconds for a big cluster.

Source: botocore's EC2 model (`locationName`; lists of `item`), as its own parser of the protocol reads it.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import Shape

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


def document(operation: str, shape: Shape, result: Mapping[str, Any], request_id: str) -> bytes:
    """The body of a successful answer, given the result as boto3 shows it."""
    content = f"<requestId>{request_id}</requestId>{_content(shape, result)}"
    root = f"{operation}Response"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{content}</{root}>'.encode()


def _content(shape: Any, value: Any) -> str:
    match shape.type_name:
        case "structure":
            return "".join(_element(_name(shape.members[each]), shape.members[each], value[each]) for each in value)
        case "list":
            return "".join(_element(_name(shape.member), shape.member, each) for each in value)
        case "boolean":
            return "true" if value else "false"
        case "timestamp":
            return datetime.datetime.fromtimestamp(value, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return escape(str(value))


def _element(name: str, shape: Shape, value: Any) -> str:
    return f"<{name}>{_content(shape, value)}</{name}>"


def _name(shape: Shape) -> str:
    name: str = shape.serialization["name"]
    return name
