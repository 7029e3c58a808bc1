"""The XML bodies of S3 that the stand-in must understand itself. Pure."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from sandbox.aws.errors import Refused

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True)
class NewBucket:
    """What CreateBucket asks for."""

    region: str | None
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Doomed:
    """An object, or a version of one, that DeleteObjects names."""

    key: str
    version: str | None


def _parsed(body: bytes) -> Element:
    try:
        return ElementTree.fromstring(body)
    except ElementTree.ParseError:
        raise Refused(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        ) from None


def _text(element: Element, name: str) -> str | None:
    found = element.find(f"{{*}}{name}")
    return None if found is None else found.text or ""


def new_bucket(body: bytes) -> NewBucket:
    """Region and tags of a CreateBucketConfiguration, which may be absent."""
    if not body.strip():
        return NewBucket(None, ())
    root = _parsed(body)
    tags = ((_text(each, "Key") or "", _text(each, "Value") or "") for each in root.iterfind("{*}Tags/{*}Tag"))
    return NewBucket(_text(root, "LocationConstraint"), tuple(tags))


def bucket_configuration(region: str | None) -> bytes:
    """A CreateBucketConfiguration without tags, which moto does not know."""
    if region is None:
        return b""
    return (
        f'<CreateBucketConfiguration xmlns="{NAMESPACE}"><LocationConstraint>{escape(region)}</LocationConstraint>'
        "</CreateBucketConfiguration>"
    ).encode()


def doomed(body: bytes) -> list[Doomed]:
    """The objects that DeleteObjects names."""
    return [Doomed(_text(each, "Key") or "", _text(each, "VersionId")) for each in _parsed(body).iterfind("{*}Object")]


def deletion(objects: Iterable[Doomed]) -> bytes:
    """A DeleteObjects body for these objects."""
    content = "".join(
        f"<Object><Key>{escape(each.key)}</Key>"
        + (f"<VersionId>{escape(each.version)}</VersionId>" if each.version else "")
        + "</Object>"
        for each in objects
    )
    return f'<Delete xmlns="{NAMESPACE}">{content}</Delete>'.encode()


def with_denials(body: bytes, denials: Iterable[tuple[Doomed, str]]) -> bytes:
    """A DeleteResult with an error for each object that was not to be deleted."""
    errors = "".join(
        f"<Error><Key>{escape(each.key)}</Key><Code>AccessDenied</Code><Message>{escape(message)}</Message></Error>"
        for each, message in denials
    )
    return body.replace(b"</DeleteResult>", f"{errors}</DeleteResult>".encode())
