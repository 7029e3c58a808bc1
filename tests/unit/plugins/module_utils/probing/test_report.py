"""What the three answers do to the task."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import Finding, Verdict
from ansible_collections.epinio.aws.plugins.module_utils.probing.proof import Proof
from ansible_collections.epinio.aws.plugins.module_utils.probing.report import report


class Ended(Exception):
    """How the module ended."""


class Module:
    """Ends with an exception that holds the result."""

    def __init__(self, inconclusive: str = "fail") -> None:
        self.params = {"inconclusive": inconclusive}
        self.warnings: list[str] = []

    def exit_json(self, **result: Any) -> None:
        raise Ended(result)

    def fail_json(self, **result: Any) -> None:
        raise Ended({"failed": True, **result})

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def ended(module: Module, *findings: Finding) -> dict[str, Any]:
    with pytest.raises(Ended) as end:
        report(module, {"proof": Proof(list(findings))})
    result: dict[str, Any] = end.value.args[0]
    return result


NOTED, OPEN, WRONG = (
    Finding(verdict, verdict.value) for verdict in (Verdict.NOTED, Verdict.INCONCLUSIVE, Verdict.DISPROVEN)
)


def test_proven() -> None:
    result = ended(Module(), NOTED)
    assert (result["answers"]["proof"]["verdict"], result["notices"]) == ("proven", ["noted"])
    assert "failed" not in result


@pytest.mark.parametrize("choice", ["fail", "notice", "unreachable"])
def test_disproven_always_fails(choice: str) -> None:
    result = ended(Module(choice), NOTED, OPEN, WRONG)
    assert result["failed"]
    # What decides comes first, and the rest as it was found.
    assert result["msg"] == "Disproven: disproven\nnoted\ninconclusive"


def test_inconclusive_fails_and_says_how_to_go_on() -> None:
    result = ended(Module(), OPEN)
    assert result["failed"]
    assert "epinio_require_proof" in result["msg"]


def test_inconclusive_is_out_of_reach() -> None:
    result = ended(Module("unreachable"), OPEN)
    assert result["unreachable"]
    assert "failed" not in result


def test_inconclusive_is_a_warning() -> None:
    module = Module("notice")
    assert "failed" not in ended(module, OPEN)
    assert len(module.warnings) == 1
