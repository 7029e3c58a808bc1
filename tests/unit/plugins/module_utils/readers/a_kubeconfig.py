"""A kubeconfig that people have, for the tests of what is made of it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

GOOD = {
    "clusters": [{"name": "c", "cluster": {"server": "https://blue:6443"}}],
    "users": [{"name": "u", "user": {"token": "hush"}}],
    "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
    "current-context": "here",
}
EXEC = {"apiVersion": "client.authentication.k8s.io/v1", "command": "aws", "interactiveMode": "Never"}


def changed(part: str, **fields: Any) -> dict[str, Any]:
    """The good kubeconfig with other fields in its one cluster, user or context; a null one goes."""
    found = json.loads(json.dumps(GOOD))
    entry = found[f"{part}s"][0][part]
    entry.update(fields)
    found[f"{part}s"][0][part] = {key: value for key, value in entry.items() if value is not None}
    return dict(found)
