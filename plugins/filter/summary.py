# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a run in words."""

from __future__ import annotations

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
name: summary
short_description: The end of a run of this collection's roles in words
version_added: 0.1.0
description:
  - Says what is wired, what was changed, what was proven and what was left alone, one line each.
options:
  _input:
    description:
      - What the run found - C(check), C(cluster), C(release), C(roles), C(bucket), C(changes) (summaries),
        C(answers) of M(epinio.aws.epinio_access_check) and C(notices).
    type: dict
    required: true
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Say what a run found
  ansible.builtin.debug:
    msg: "{{ outcome | epinio.aws.summary }}"
  vars:
    outcome:
      check: false
      cluster:
        name: epinio
        region: us-east-1
        account: "123456789012"
        kubernetes: {kubeconfig: kubeconfig, context: epinio}
      release: {name: epinio, namespace: epinio, chart_version: 1.13.9, revision: 2}
      bucket: epinio-sources
      roles: ["arn:aws:iam::123456789012:role/epinio-server-role"]
      changes: []
      answers: {proof: {verdict: proven}, look: {verdict: proven}}
      notices: []
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""


def summary(found: Mapping[str, Any]) -> list[str]:
    """The lines of the summary; the shape of `found` is in the documentation above."""
    return list(_lines(found))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield cluster_line(found["cluster"])
    yield kubeconfig_line(found["cluster"])
    yield release_line(found["release"], f"bucket {found['bucket']}")
    yield from (f"Role {arn}" for arn in found["roles"])
    yield from change_lines("Changed", "Would change", found["changes"], check=found["check"])
    yield from _answers(found["answers"])
    yield from note_lines(found["notices"])


def _answers(answers: Mapping[str, Any]) -> Iterator[str]:
    for question, words in (("proof", "Access of the roles"), ("look", "What Epinio reads")):
        answer = answers.get(question, {"verdict": "not looked at"})
        yield f"{words}: {answer['verdict']}"
        yield from note_lines([finding["text"] for finding in answer.get("findings", [])])


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        return {"summary": summary}
