# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfig files as client-go reads them: merged, with the paths in them relative to the file they stand in.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

_SECTIONS = {"clusters": "cluster", "users": "user", "contexts": "context"}


@dataclass(frozen=True)
class Document:
    """What one file says. `name` names it to people; paths in it are relative to `folder`."""

    name: str
    folder: str
    content: Any


@dataclass(frozen=True)
class Entry:
    """A cluster, user or context of a kubeconfig. Its fields are read with what an error says of them."""

    kind: str
    name: str
    document: Document
    fields: Mapping[str, Any]

    def origin(self, field: str) -> str:
        return f"{field} of {self.kind} {self.name} in {self.document.name}"

    def refuse(self, field: str, why: str) -> Refused:
        return Refused(f"The {self.origin(field)} {why}.")

    def text(self, field: str) -> str:
        value = self.fields.get(field)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.refuse(field, "is no text: put it in quotes")
        return value

    def flag(self, field: str) -> bool:
        value = self.fields.get(field)
        if value is not None and not isinstance(value, bool):
            raise self.refuse(field, "is neither true nor false")
        return bool(value)

    def texts(self, field: str) -> tuple[str, ...]:
        value = self.fields.get(field)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.refuse(field, "is no list of texts")
        return tuple(value)

    def path(self, field: str) -> str:
        value = self.text(field)
        return os.path.normpath(os.path.join(self.document.folder, value)) if value else ""

    def data(self, field: str) -> str:
        """What a field has in base64."""
        try:
            # Latin-1: comments around certificates may be anything.
            return base64.b64decode("".join(self.text(field).split()), validate=True).decode("latin-1")
        except (binascii.Error, ValueError) as error:
            raise self.refuse(field, "is not base64 of a text: make the kubeconfig anew") from error


@dataclass(frozen=True)
class Kubeconfig:
    """Several documents as one. `names` are the documents'."""

    names: str
    entries: Mapping[tuple[str, str], Entry]
    current: str

    def entry(self, kind: str, name: str, wanted_by: str) -> Entry:
        """Raises `Refused` where there is none of that name."""
        found = self.entries.get((kind, name))
        if found is None:
            known = sorted(one for other, one in self.entries if other == kind)
            listed = f"it has {', '.join(known)}" if known else "it has none"
            raise Refused(
                f"Could not find the Kubernetes cluster: there is no {kind} {name} in kubeconfig {self.names} "
                f"({wanted_by}): {listed}. Correct epinio_kubeconfig or epinio_context."
            )
        return found


def merged(documents: Iterable[Document]) -> Kubeconfig:
    """One kubeconfig of several: of two entries with the same name the first counts, and so does the first context.

    Raises `Refused` for what is no kubeconfig.
    """
    read = list(documents)
    entries: dict[tuple[str, str], Entry] = {}
    current = ""
    for document in read:
        content = _mapping(document)
        for entry in _entries(document, content):
            entries.setdefault((entry.kind, entry.name), entry)
        chosen = content.get("current-context") or ""
        if not isinstance(chosen, str):
            raise Refused(f"The current-context of {document.name} is no text: put it in quotes.")
        current = current or chosen
    return Kubeconfig(os.pathsep.join(document.name for document in read), entries, current)


def _mapping(document: Document) -> Mapping[str, Any]:
    content = {} if document.content is None else document.content
    if not isinstance(content, Mapping):
        raise _no_kubeconfig(document, f"it holds {_kind(content)}, not clusters, users and contexts")
    kind = content.get("kind", "Config")
    if kind not in ("Config", "", None):
        raise _no_kubeconfig(document, f"its kind is {str(kind)[:40]}, not Config")
    version = content.get("apiVersion") or "v1"
    if version != "v1":
        raise _no_kubeconfig(document, f"its apiVersion is {str(version)[:40]}, not v1")
    return content


def _entries(document: Document, content: Mapping[str, Any]) -> list[Entry]:
    found: list[Entry] = []
    for section, kind in _SECTIONS.items():
        rows = content.get(section) or []
        if not isinstance(rows, list):
            raise _no_kubeconfig(document, f"its {section} are no list")
        for row in rows:
            # To client-go a row that is null, or has no name, is one that nobody can choose.
            given = {} if row is None else row
            name = (given.get("name") or "") if isinstance(given, Mapping) else None
            fields = (given.get(kind) or {}) if isinstance(given, Mapping) else None
            if not isinstance(name, str) or not isinstance(fields, Mapping):
                raise _no_kubeconfig(
                    document, f"one of its {section} has no text for its name, or no table as its {kind}"
                )
            if not name:
                continue
            if any((one.kind, one.name) == (kind, name) for one in found):
                raise _no_kubeconfig(document, f"it has two {section} with the name {name}")
            found.append(Entry(kind, name, document, fields))
    return found


def _no_kubeconfig(document: Document, why: str) -> Refused:
    return Refused(
        f"{document.name} is no kubeconfig: {why}. Set epinio_kubeconfig, K8S_AUTH_KUBECONFIG or KUBECONFIG to a "
        "kubeconfig of the cluster (aws eks update-kubeconfig makes one)."
    )


def _kind(content: Any) -> str:
    if isinstance(content, list):
        return "a list"
    return "text" if isinstance(content, str) else f"a {type(content).__name__}"
