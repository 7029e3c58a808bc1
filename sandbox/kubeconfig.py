"""Kubeconfig files with everything embedded, so that a copy of one works anywhere on this machine."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any


def kubeconfig(pki: Path, client: str, server: str, context: str) -> dict[str, Any]:
    """A kubeconfig of one context for the client whose certificate lies in `pki`."""
    user = f"{context}-{client}" if client != "admin" else context
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": context, "cluster": {"server": server, "certificate-authority-data": encoded(pki / "ca.crt")}}
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate-data": encoded(pki / f"{client}.crt"),
                    "client-key-data": encoded(pki / f"{client}.key"),
                },
            }
        ],
        "contexts": [{"name": context, "context": {"cluster": context, "user": user}}],
        "current-context": context,
    }


def write(path: Path, content: dict[str, Any]) -> None:
    """Writes the file, for its owner only: it holds a private key. JSON is YAML too."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def encoded(path: Path) -> str:
    """The file's content in base64, as kubeconfigs and `DescribeCluster` carry certificates."""
    return base64.b64encode(path.read_bytes()).decode()
