# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between a statement or document that is there and the wanted one, for a person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import documents

# So many differences make a message, and so many characters a value.
_MOST, _LONGEST = 6, 300


def of_documents(found: documents.Document, wanted: documents.Document) -> list[str]:
    """The first differences, each with its statement; none for documents that permit the same."""
    if documents.equal_but_for_names(found, wanted):
        return []
    said = list(_of_documents(found, wanted))
    more = len(said) - _MOST
    return [*said[:_MOST], f"and {more} more"] if more > 0 else said


def of_statements(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Each element that differs, as it stands and as it is wanted; `Sid` does not count."""
    there, ours = documents.elements(found), documents.elements(wanted)
    there_written, ours_written = _written(found), _written(wanted)
    said = []
    for path in dict.fromkeys((*ours, *there)):
        if path != "Sid" and there.get(path) != ours.get(path):
            label, must = ours_written.get(path.lower(), ("", "absent"))
            other, has = there_written.get(path.lower(), ("", "absent"))
            said.append(f"{label or other} is {has} and must be {must}")
    return said


def closest(found: Sequence[Mapping[str, Any]], wanted: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The statement with the fewest differences from the wanted; `None` where none has anything in common with it."""
    # Half of all statements have the same effect.
    ours = {path: said for path, said in documents.elements(wanted).items() if path not in ("Sid", "Effect")}
    alike = [one for one in found if any(documents.elements(one).get(path) == said for path, said in ours.items())]
    return min(alike, key=lambda one: len(of_statements(one, wanted)), default=None)


def statement_name(statement: Mapping[str, Any]) -> str:
    """How a person finds the statement in its document."""
    return f"statement {statement['Sid']}" if statement.get("Sid") else "a statement without a Sid"


def written(value: Any) -> str:
    """A value as it stands in the document; a list of one as the one; the beginning of a long one."""
    text = json.dumps(value[0] if isinstance(value, list) and len(value) == 1 else value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _of_documents(found: documents.Document, wanted: documents.Document) -> Iterator[str]:
    versions = [one.get("Version", documents.OLDEST) for one in (found, wanted)]
    if versions[0] != versions[1]:
        yield f"Version is {versions[0]} and must be {versions[1]}"
    left = _others(found, wanted)
    for one in _others(wanted, found):
        near = closest(left, one)
        if near is None:
            yield f"no statement is {written(dict(one))}"
        else:
            left.remove(near)
            yield from (f"{statement_name(near)}: {said}" for said in of_statements(near, one))
    yield from (f"{statement_name(one)} is not wanted: {written(dict(one))}" for one in left)


def _others(document: documents.Document, compared: documents.Document) -> list[Mapping[str, Any]]:
    """The statements of a document that the one that it is compared with has not."""
    there = documents.statements(compared)
    return [
        one
        for one in documents.statements(document)
        if not any(documents.statement_equal(one, other, named=False) for other in there)
    ]


def _written(statement: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Path and value as they are written, by the path in lower case."""
    found: dict[str, Any] = {}
    for key, value in statement.items():
        if key == "Condition" and isinstance(value, Mapping):
            for operator, keys in value.items():
                below = keys if isinstance(keys, Mapping) and keys else {"": keys}
                found |= {f"{key}.{operator}.{name}": said for name, said in below.items()}
        elif key in ("Principal", "NotPrincipal"):
            named = value if isinstance(value, Mapping) else {"AWS": value}
            found |= {f"{key}.{kind}": names for kind, names in named.items()}
        else:
            found[key] = value
    return {path.lower(): (path, written(value)) for path, value in found.items()}
