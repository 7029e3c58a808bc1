# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a teardown in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.plugin_utils.summary_lines import (
    change_lines,
    cluster_line,
    kubeconfig_line,
    note_lines,
    release_line,
)

DOCUMENTATION = r"""
name: teardown_summary
short_description: The end of a teardown by this collection's roles in words
version_added: 0.1.0
description:
  - Says what was taken back, what the Helm release was given back, and what is left and why, one line each.
options:
  _input:
    description:
      - What the teardown found - C(check), C(cluster) of M(epinio.aws.epinio_cluster_info), C(release) (empty if it is
        gone or not reached), C(teardown_release) (V(restore) or V(keep)), C(changes) (summaries), C(residue) of all
        modules and C(notices).
      - Where Epinio is removed, C(uninstalled) of M(epinio.aws.epinio_uninstall) as well.
      - The values in C(release.owned_values), if there are any, are those that the wiring's keys have afterwards.
    type: dict
    required: true
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Say what a teardown found
  ansible.builtin.debug:
    msg: "{{ outcome | epinio.aws.teardown_summary }}"
  vars:
    outcome:
      check: false
      cluster:
        name: epinio
        region: us-east-1
        account: "123456789012"
        exists: true
        reachable: true
        kubernetes: {kubeconfig: kubeconfig, context: epinio}
      release:
        name: epinio
        namespace: epinio
        chart_version: 1.13.9
        revision: 3
        owned_values: {s3.bucket: epinio, minio.enabled: null}
      teardown_release: restore
      changes: [delete role epinio-server-role]
      residue:
        - object: bucket epinio-sources
          reason: buckets and what is in them are never deleted
          advice: Delete it yourself if nobody needs the sources any more.
          wiring: ""
      notices: []
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""


def teardown_summary(found: Mapping[str, Any]) -> list[str]:
    """The lines of the summary; the shape of `found` is in the documentation above."""
    return list(_lines(found))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    cluster = found["cluster"]
    yield cluster_line(cluster) + _whereabouts(cluster)
    if cluster["reachable"]:
        yield kubeconfig_line(cluster)
        uninstalled = found.get("uninstalled")
        if uninstalled:
            yield from _uninstalled(uninstalled, found["check"])
        else:
            yield from _release(found["release"], found["teardown_release"])
    if found["changes"] or _may_be_wired(found):
        yield from change_lines("Taken back", "Would take back", found["changes"], check=found["check"])
    else:
        where = f"cluster {cluster['name']} in region {cluster['region']} of account {cluster['account']}"
        yield f"Nothing is wired for {where}"
    yield from (f"Left: {one['object']}: {one['reason']}. {one['advice']}" for one in found["residue"])
    yield from note_lines(found["notices"])


def _whereabouts(cluster: Mapping[str, Any]) -> str:
    if not cluster["exists"]:
        return ": it does not exist"
    return "" if cluster["reachable"] else ": not reached, nothing in it is taken back"


def _release(release: Mapping[str, Any], teardown_release: str) -> Iterator[str]:
    if not release:
        yield "Release: there is none"
        return
    kept = teardown_release == "keep"
    yield release_line(release, "its values are kept" if kept else "its values are as before the wiring")
    values = release.get("owned_values") or {}
    if values and not kept:
        yield "Values of the wiring's keys: " + ", ".join(f"{key} {_shown(values[key])}" for key in sorted(values))


def _uninstalled(uninstalled: Mapping[str, Any], check: bool) -> Iterator[str]:
    """What goes with Epinio: its release, and everything by name."""
    would = "would be " if check else ""
    if uninstalled["release"]:
        yield f"Release {uninstalled['name']} in namespace {uninstalled['namespace']}: {would}uninstalled"
    else:
        yield "Release: there is none"
    for key, words in (("namespaces", "Namespaces"), ("apps", "Applications"), ("claims", "Volume claims")):
        names = [name for name, state in uninstalled[key].items() if state == "gone"]
        if names:
            yield f"{words} that {'would go' if check else 'are gone'}: {', '.join(names)}"


def _shown(value: Any) -> str:
    """A value as in YAML; null stands for a key that is not set."""
    if value is None:
        return "not set"
    return value if isinstance(value, str) and value else json.dumps(value)


def _may_be_wired(found: Mapping[str, Any]) -> bool:
    """Whether a release may still be wired although there is nothing to change: it is kept, or nobody can look."""
    cluster = found["cluster"]
    if not cluster["reachable"]:
        return bool(cluster["exists"])
    return bool(found["release"]) and found["teardown_release"] == "keep"


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        return {"teardown_summary": teardown_summary}
