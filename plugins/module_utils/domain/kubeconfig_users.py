# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kubeconfig's user: how it shows who it is, and whom it impersonates."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import (
    ExecPlugin,
    Identity,
    Impersonation,
    Pem,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig_files import Entry

# https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
_EXEC_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_MODES = ("Never", "IfAvailable")
# The extension of a cluster that goes to exec plugins as `spec.cluster.config`.
EXEC_EXTENSION = "client.authentication.k8s.io/exec"


def identity(user: Entry) -> Identity:
    """Raises `Refused` for what cannot be honoured, with the file, the user and the field."""
    if user.fields.get("auth-provider"):
        raise user.refuse(
            "auth-provider",
            "cannot be used: Kubernetes has removed it (kubelogin, gke-gcloud-auth-plugin and the like take its place "
            "under exec). Make the kubeconfig anew, or use a user with a token",
        )
    token, token_file = user.text("token"), user.path("tokenFile")
    if token.splitlines() not in ([], [token]):
        raise user.refuse("token", "has a line end or another control character in it, which no header holds")
    username, password = user.text("username"), user.text("password")
    if username and (token or token_file):
        raise user.refuse("username", "stands beside a token, which helm refuses: remove one of the two")
    certificate, key = pem(user, "client-certificate"), pem(user, "client-key")
    if bool(certificate) != bool(key):
        lacking = "client-key" if certificate else "client-certificate"
        raise user.refuse(lacking, "is missing: certificate and key belong together")
    return Identity(
        # A file is read again for each call, and counts before the text, which takes its place where it cannot be read.
        token.strip(),
        token_file,
        username,
        password,
        certificate,
        key,
        None if token or token_file or username else _plugin(user),
        user.origin("tokenFile" if token_file else "username" if username else "token"),
    )


def impersonation(user: Entry) -> Impersonation:
    """Raises `Refused` for what the API server would not take."""
    extra = user.fields.get("as-user-extra") or {}
    if not isinstance(extra, Mapping) or not all(isinstance(one, list) for one in extra.values()):
        raise user.refuse("as-user-extra", "is no table of lists")
    found = Impersonation(
        user.text("as"),
        user.texts("as-groups"),
        user.text("as-uid"),
        tuple((str(key), tuple(map(str, values))) for key, values in extra.items()),
    )
    if not found.user and (found.groups or found.uid or found.extra):
        field = "as-groups" if found.groups else "as-uid" if found.uid else "as-user-extra"
        raise user.refuse(field, "is set without `as`: the API server takes it only beside a user")
    return found


def exec_config(cluster: Entry) -> Any:
    """What the cluster's extension says to exec plugins; `None` for nothing."""
    rows = cluster.fields.get("extensions") or []
    if not isinstance(rows, list):
        raise cluster.refuse("extensions", "are no list")
    found = [row for row in rows if isinstance(row, Mapping) and row.get("name") == EXEC_EXTENSION]
    return found[0].get("extension") if found else None


def pem(entry: Entry, name: str) -> Pem:
    """What a field, or its sibling with the data, has. Raises `Refused` for both, as client-go does."""
    field = f"{name}-data"
    if entry.text(field) and entry.text(name):
        raise entry.refuse(name, f"stands beside {field}, which helm refuses: remove one of the two")
    if entry.text(field):
        return Pem(text=entry.data(field), origin=entry.origin(field))
    path = entry.path(name)
    return Pem(path=path, origin=entry.origin(name)) if path else Pem()


def pem_fields(name: str, found: Pem) -> dict[str, str]:
    """The same as fields of a kubeconfig."""
    if found.text:
        return {f"{name}-data": base64.b64encode(found.text.encode()).decode()}
    return {name: os.path.abspath(found.path)} if found.path else {}


def _plugin(user: Entry) -> ExecPlugin | None:
    given = user.fields.get("exec")
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise user.refuse("exec", "is no table")
    entry = Entry("user", user.name, user.document, given)
    version, command = entry.text("apiVersion"), entry.text("command")
    if version not in _EXEC_VERSIONS:
        raise user.refuse(
            "exec",
            f"has apiVersion {version or 'none'}; helm takes {' and '.join(_EXEC_VERSIONS)}. "
            "Make the kubeconfig anew (aws eks update-kubeconfig)",
        )
    if not command:
        raise user.refuse("exec", "names no command")
    _refuse_mode(user, entry.text("interactiveMode"), version)
    if os.sep in command:
        # Without a separator it is looked for in PATH; with one it is relative to the kubeconfig.
        command = entry.path("command")
    return ExecPlugin(
        command,
        version,
        user.origin("exec"),
        entry.texts("args"),
        _environment(entry),
        entry.text("installHint").strip(),
        entry.flag("provideClusterInfo"),
        {**given, "command": command},
    )


def _refuse_mode(user: Entry, mode: str, version: str) -> None:
    if mode == "Always":
        raise user.refuse("exec", "has interactiveMode Always: nobody is there to answer its questions")
    if mode not in _MODES and (mode or version == _EXEC_VERSIONS[0]):
        raise user.refuse("exec", f"has interactiveMode {mode or 'none'}, which helm refuses: set it to Never")


def _environment(entry: Entry) -> tuple[tuple[str, str], ...]:
    rows: Any = entry.fields.get("env") or []
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise entry.refuse("exec", "has an env that is no list of names and values")
    found = tuple((row.get("name"), row.get("value") or "") for row in rows)
    if not all(isinstance(name, str) and isinstance(value, str) for name, value in found):
        raise entry.refuse("exec", "has an env with something else than texts in it: put numbers in quotes")
    if any(not name or "=" in name or "\0" in f"{name}{value}" for name, value in found):
        raise entry.refuse("exec", "has an env with a name that no variable can have: it is empty, or has = in it")
    return found
