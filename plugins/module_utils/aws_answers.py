# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of AWS are looked at before botocore takes them: what answers in its place must not pass for it.

botocore's parsers expect AWS. Of anything else they make `{}`, or a KeyError or an AttributeError of their own. So
every client is watched: an answer that its parser cannot read, that has another root than its protocol's, members of
other types than the service model's, or not the members that this collection reads (`domain/aws_members.py`) raises
`ForeignAnswer`. An error of such a form becomes a `ClientError` with the code `FOREIGN`, since botocore tries some
statuses again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_members import SECRET, lacking, root
from ansible_collections.epinio.aws.plugins.module_utils.domain.foreign_answers import came
from ansible_collections.epinio.aws.plugins.module_utils.errors import FOREIGN, ForeignAnswer

try:
    from botocore.parsers import ResponseParserError, create_parser
except ImportError:  # AnsibleAWSModule says so itself
    ResponseParserError = create_parser = None

_JSON, _S3 = "rest-json", "rest-xml"
# Those whose outermost form is known here. botocore may speak another one to a service one day.
_KNOWN = (_JSON, _S3, "ec2", "query")
# The least that botocore makes a refusal of.
_LEAST = {_JSON: b"{}", "ec2": b"<Response/>", "query": b"<ErrorResponse/>"}
_REFUSALS = ("ErrorResponse", "Error", "Response")
# From here on botocore takes them for refusals.
_REFUSED, _ERRORS = 301, 400
# botocore decodes strings of this shape as JSON (botocore.handlers.json_decode_policies).
_DOCUMENT = "policyDocumentType"
_TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": Mapping,
    "map": Mapping,
    "list": list,
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
}
_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*<(?:[\w.-]+:)?([\w.-]+)", re.DOTALL)


def watch(emitter: Any) -> None:
    """Look at the answers from now on to a client (`client.meta.events`), or to all clients of a session."""
    emitter.register("before-parse", check, unique_id="epinio.aws")


def check(
    operation_model: Any, response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_others: Any
) -> None:
    """Raise `ForeignAnswer` for an answer that is not the service's, or make a refusal of it that says so."""
    status = response_dict["status_code"]
    reason = _reason(operation_model, response_dict)
    if not reason:
        return
    text = f"the answer is not {operation_model.service_model.metadata['serviceId']}'s ({reason})"
    # Whoever redirects, botocore asks S3 for the region of the bucket, is redirected again, and so on for ever.
    if status < _ERRORS:
        raise ForeignAnswer(text)
    response_dict["body"] = _LEAST.get(_protocol(operation_model), b"")
    customized_response_dict["Error"] = {"Code": FOREIGN, "Message": text}


def _reason(operation: Any, answer: Mapping[str, Any]) -> str:
    """What is wrong with the answer, `""` if it is the service's."""
    status, headers, body = answer["status_code"], answer["headers"], answer["body"]
    # What is streamed is not read here, and is nobody's but the caller's.
    streamed = not isinstance(body, bytes)
    whole = b"" if streamed else body
    found = came(headers.get("Content-Type"), whole, status, secret=operation.name in SECRET)
    if not _is_of_protocol(operation, status, headers, whole):
        return found
    try:
        parsed = {} if streamed else create_parser(_protocol(operation)).parse(dict(answer), operation.output_shape)
    except (ResponseParserError, LookupError, TypeError, AttributeError, ValueError):
        return found
    if status >= _REFUSED:
        return "" if parsed.get("Error", {}).get("Code") else found
    return _misfit(operation.output_shape, parsed) or ("" if streamed else lacking(operation.name, parsed))


def _protocol(operation: Any) -> str:
    service = operation.service_model
    return str(getattr(service, "resolved_protocol", None) or service.metadata["protocol"])


def _is_of_protocol(operation: Any, status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the outermost form of an answer is the protocol's, as far as it is known."""
    protocol, refused = _protocol(operation), status >= _REFUSED
    if protocol not in _KNOWN:
        return True
    if protocol == _JSON or (not refused and _is_document(operation)):
        content = _object(body)
        known = "x-amzn-ErrorType" in headers or not {"message", "Message", "__type", "code"}.isdisjoint(content or {})
        return content is not None and (known or not refused)
    wanted = root(protocol, operation.name)
    if protocol == _S3 and not body and (refused or not wanted):
        is_page = "html" in (headers.get("Content-Type") or "").lower()
        redirected = _REFUSED <= status < _ERRORS
        return not (is_page or redirected) or any(name.lower().startswith("x-amz") for name in headers)
    found = _ROOT.match(body)
    name = found[1].decode() if found else ""
    if refused:
        return name in _REFUSALS
    return name == wanted if wanted else name.lower() not in ("", "html")


def _is_document(operation: Any) -> bool:
    """Whether the body is one text, which is JSON with all that is called here (`GetBucketPolicy`)."""
    shape = operation.output_shape
    payload = shape.serialization.get("payload") if shape else None
    return bool(payload) and shape.members[payload].type_name == "string"


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _misfit(shape: Any, value: Any, path: str = "") -> str:
    """The first member whose type is not the service model's, `""` if there is none."""
    if shape is None:
        return ""
    expected: Any = _TYPES.get(shape.type_name, object)
    if not isinstance(value, expected):
        return f"{path} is no {shape.type_name}"
    if shape.name == _DOCUMENT:
        return "" if _object(unquote(value).encode()) is not None else f"{path} is no JSON object"
    if shape.type_name == "structure":
        parts = [
            (shape.members[name], one, f"{path}.{name}".lstrip("."))
            for name, one in value.items()
            if name in shape.members
        ]
    elif shape.type_name == "list":
        parts = [(shape.member, one, path) for one in value]
    elif shape.type_name == "map":
        parts = [(shape.value, one, path) for one in value.values()]
    else:
        parts = []
    return next(filter(None, (_misfit(*part) for part in parts)), "")
