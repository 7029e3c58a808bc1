# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that the summaries of all roles share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def cluster_line(cluster: Mapping[str, Any]) -> str:
    """Which cluster it is."""
    return f"Cluster {cluster['name']} in {cluster['region']}, account {cluster['account']}"


def kubeconfig_line(cluster: Mapping[str, Any]) -> str:
    """How it is reached."""
    kubernetes = cluster["kubernetes"]
    line = f"Kubeconfig {kubernetes['kubeconfig']}, context {kubernetes['context'] or 'none'}"
    others = kubernetes.get("overridden")
    return f"{line}, with {', '.join(others)}: server {kubernetes['server']}" if others else line


def release_line(release: Mapping[str, Any], more: str) -> str:
    """Which release it is; `more` is what the role has to say of it."""
    return (
        f"Release {release['name']} in namespace {release['namespace']}: chart {release['chart_version']}, "
        f"revision {release['revision']}, {more}"
    )


def change_lines(done: str, to_do: str, changes: list[str], *, check: bool) -> Iterator[str]:
    """Each change behind the words for what is done, or in check mode for what would be."""
    words = to_do if check else done
    yield from (f"{words}: {change}" for change in changes or ["nothing"])


def note_lines(notices: list[str]) -> Iterator[str]:
    """What people should know."""
    yield from (f"Note: {notice}" for notice in notices)
