# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""End the module with the answers: disproven fails, what is undecided does as the play wishes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import Verdict, overall
from ansible_collections.epinio.aws.plugins.module_utils.probing.proof import Proof


def report(module: Any, answers: Mapping[str, Proof]) -> NoReturn:
    """Hand the answers over. What is only noted goes along with a failure, behind its reason, and is a notice else."""
    findings = [finding for answer in answers.values() for finding in answer.findings]
    verdict = overall(findings)
    results = {question: answer.result() for question, answer in answers.items()}
    findings.sort(key=lambda finding: finding.verdict is not verdict)
    text = "\n".join(str(finding) for finding in findings)
    if verdict is Verdict.DISPROVEN:
        module.fail_json(msg=f"Disproven: {text}", answers=results)
    if verdict is Verdict.INCONCLUSIVE:
        _undecided(module, f"Inconclusive: {text}", results)
    module.exit_json(changed=False, answers=results, notices=[str(finding) for finding in findings])
    raise AssertionError("exit_json does not return")


def _undecided(module: Any, text: str, results: Mapping[str, Any]) -> None:
    choice = module.params["inconclusive"]
    if choice == "fail":
        advice = "Set epinio_require_proof to false to go on with an access that was not decided."
        module.fail_json(msg=f"{text}\n{advice}", answers=results)
    if choice == "unreachable":
        module.exit_json(changed=False, unreachable=True, msg=text, answers=results)
    module.warn(text)
