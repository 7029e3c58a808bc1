# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What helm prints: its version, a release, and its reasons. Whatever else comes, this makes sense of it in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.exit_codes import by_signal, ending

# The first of helm 3 that knows all that is asked of it: `--dry-run=server`
# (https://github.com/helm/helm/releases/tag/v3.13.0).
OLDEST = (3, 13)
MAJORS = (3, 4)
# `v3.21.4+g1234567`, as `helm version --short` prints it; helm 2 prints `Client: v2.17.0+g1234567`.
_VERSION = re.compile(r"^(?:Client: )?v?(\d+)\.(\d+)(?:\.\d+)?(?:[-+]\S*)?\s*$", re.MULTILINE | re.ASCII)
_OBJECT = re.compile(r"^\{", re.MULTILINE)
_REPOSITORY = re.compile(r"Unable to get an update from the .* chart repository .*:\s+(?P<reason>.+)")
_ENOUGH_LINES = 20
_ENOUGH, _ENOUGH_OF_END = 1500, 500
_ENOUGH_OF_OUTPUT = 200
# What people can do about reasons of helm's that do not say it.
_ADVICE = {
    r"chart \".*\" (?:matching .* |version .* )?not found in|no chart version found": (
        "Check epinio_chart_version, epinio_chart_ref and epinio_chart_repo."
    ),
    r"no repo named|repo .* not found|no cached repo found|no repositories (?:found|configured)": (
        "epinio_chart_ref names a repository of helm's own: run helm repo add and helm repo update as the user and "
        "with the HOME that Ansible runs with, or set epinio_chart_ref=epinio and epinio_chart_repo."
    ),
    r"\b401\b|\b403\b|[Uu]nauthorized|[Ff]orbidden": (
        "If the source of the chart refuses, check the credentials for epinio_chart_repo or epinio_chart_ref, else the "
        "rights of the user of epinio_kubeconfig."
    ),
    r"not a valid chart repository|failed to fetch|failed to download|could not find protocol handler": (
        "Check epinio_chart_repo and epinio_chart_ref, and what leads there: HTTPS_PROXY, NO_PROXY, and SSL_CERT_FILE "
        "for an authority of your own."
    ),
    r"^it (?:was ended by|ended with|printed more than)": (
        "Run helm by hand as the user that Ansible runs as; if it ends so there too, set epinio_helm_binary to another "
        "helm 3 or 4."
    ),
    r"it did not end within": (
        "Run helm by hand as the user that Ansible runs as: it may wait for an answer of yours, for the source of the "
        "chart, or for the API server."
    ),
}


def version(output: str) -> tuple[int, int] | None:
    """Major and minor version in what helm prints when it is asked for it; `None` if no line is one."""
    found = _VERSION.search(output)
    return (int(found[1]), int(found[2])) if found else None


def release(output: str) -> Mapping[str, Any] | None:
    """The release in what `--output json` makes helm print, `None` if there is none.

    The object begins at the start of a line; warnings of helm's, of a plugin or of a wrapper may stand around it.
    """
    decoder = json.JSONDecoder()
    position = 0
    while found := _OBJECT.search(output, position):
        try:
            content, position = decoder.raw_decode(output, found.start())
        except (ValueError, RecursionError):
            position = found.end()
            continue
        if _is_release(content):
            return content  # type: ignore[no-any-return]  # JSON has no types
    return None


def _is_release(content: Any) -> bool:
    """Whether it has what helm's storage and its JSON have for a release (helm/helm, pkg/release/v1/release.go)."""
    info, chart, hooks = content.get("info"), content.get("chart"), content.get("hooks") or []
    if not isinstance(info, dict) or not isinstance(chart, dict) or not isinstance(hooks, list):
        return False
    metadata, templates = chart.get("metadata"), chart.get("templates") or []
    if not isinstance(metadata, dict) or not isinstance(templates, list):
        return False
    texts = (content.get("name"), content.get("manifest"), info.get("status"), metadata.get("name"))
    files = [text for one in templates for text in _texts(one, "name", "data")]
    hooked = [text for one in hooks for text in _texts(one, "manifest")]
    strings = (*texts, metadata.get("version"), *files, *hooked)
    mappings = (content.get("config") or {}, chart.get("values") or {})
    return (
        isinstance(content.get("version"), int)
        and all(isinstance(text, str) for text in strings)
        and all(isinstance(one, dict) for one in mappings)
    )


def _texts(one: Any, *keys: str) -> Iterator[Any]:
    for key in keys:
        yield one.get(key) if isinstance(one, dict) else None


def reason(code: int, errors: str, output: str) -> str:
    """Why helm failed: what follows `Error:`, else all that it said on standard error, and how it ended if that tells.

    What it printed may be a release with its secrets: no more than a first line counts, and none that begins one.
    """
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    start = next((number for number, line in enumerate(lines) if line.startswith("Error:")), 0)
    said = " ".join(lines[start:][:_ENOUGH_LINES]).removeprefix("Error:").strip()
    fetched = _REPOSITORY.search(output)
    said = f"{said}: {fetched['reason']}" if fetched and said else said
    if said:
        return shortened(f"{ending(code)}: {said}" if by_signal(code) else said)
    heard = first_line(output)
    return f"{ending(code)} and said {heard or 'nothing'}"


def first_line(output: str) -> str:
    """The first line of what was printed, as far as it may be shown: in quotes, `""` for none."""
    line = next((line.strip() for line in output.splitlines() if line.strip()), "")
    if line.startswith(("{", "[", "---", "apiVersion")):
        return "something else than a text"
    return repr(line if len(line) <= _ENOUGH_OF_OUTPUT else f"{line[:_ENOUGH_OF_OUTPUT]}…") if line else ""


def shortened(text: str) -> str:
    """The beginning and the end of a text that is too long for a message."""
    if len(text) <= _ENOUGH + _ENOUGH_OF_END:
        return text
    return f"{text[:_ENOUGH]} … {text[-_ENOUGH_OF_END:]}"


def advice(said: str) -> str:
    """What to do about a reason of helm's, `""` where it says enough itself."""
    return next((text for pattern, text in _ADVICE.items() if re.search(pattern, said)), "")
