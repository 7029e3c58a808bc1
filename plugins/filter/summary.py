# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a run in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
        C(answers) (a list of those of M(epinio.aws.epinio_access_check)) and C(notices).
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
      answers: [{proof: {verdict: proven}, look: {verdict: proven}}]
      notices: []
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

_WORST = ("disproven", "inconclusive", "proven")


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


def _answers(answers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A question may have been asked in parts: its worst verdict counts, and from where it was asked by whom."""
    for question, words in (("proof", "Access of the roles"), ("look", "What Epinio reads")):
        parts = [answer[question] for answer in answers if question in answer]
        verdicts = {part["verdict"] for part in parts}
        yield f"{words}: {next((one for one in _WORST if one in verdicts), 'not looked at')}"
        yield from _callers([probe for part in parts for probe in part.get("probes", [])])
        texts = [finding["text"] for part in parts for finding in part.get("findings", [])]
        yield from note_lines(list(dict.fromkeys(texts)))


def _callers(probes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for runner, words in (("controller", "where Ansible runs"), ("cluster", "inside the cluster")):
        # arn:<partition>:sts::<account>:assumed-role/<name of the role>/<session>
        callers = [probe["caller"].split("/")[1] for probe in probes if probe["runner"] == runner]
        if callers:
            yield f"Asked from {words} as {' and '.join(dict.fromkeys(callers))}"


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        return {"summary": summary}
