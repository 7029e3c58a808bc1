"""Check mode makes nothing; a run makes the plan, and plans again where the world has changed."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.converge import ROUNDS, carry_out, converge
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan, listed
from botocore.exceptions import ClientError

CREATE = Change("create role r", "iam.create_role", {"RoleName": "r"})
ATTACH = Change("attach p to role r", "iam.attach_role_policy", {"RoleName": "r", "PolicyArn": "p"})
DETACH = Change("detach p from role r", "iam.detach_role_policy", {"RoleName": "r", "PolicyArn": "p"})
REPLACE = Change("replace the document of p", "iam.replace_default_version", {"PolicyArn": "p"})


class _Iam:
    """A world with a role. `faults` maps a method to the codes of its refusals, `!` for an answer that was lost."""

    def __init__(self, **faults: list[str]) -> None:
        self.faults = faults
        self.calls: list[str] = []
        self.role = self.attached = False
        self.replaced = 0

    def __getattr__(self, method: str) -> Callable[..., None]:
        def call(**arguments: Any) -> None:
            self.calls.append(method)
            codes = self.faults.get(method, [])
            code = codes.pop(0) if codes else ""
            if code in ("", "!"):
                self.make(method)
            if code:
                # botocore repeats a call whose answer was lost: what comes back is the second call's answer.
                raise ClientError(
                    {"Error": {"Code": "EntityAlreadyExists" if code == "!" else code, "Message": ""}}, method
                )

        return call

    def make(self, method: str) -> None:
        self.role = self.role or method == "create_role"
        self.attached = self.attached or method == "attach_role_policy"
        self.replaced += method == "replace_default_version"

    def survey(self) -> Plan:
        changes = tuple(change for change, needed in [(CREATE, not self.role), (ATTACH, not self.attached)] if needed)
        return Plan({"role": self.role}, {"role": True}, changes, ("noticed",))


class _Module:
    def __init__(self, check_mode: bool, state: str = "present") -> None:
        self.check_mode = check_mode
        self.params = {"state": state}
        self.result: dict[str, Any] = {}

    def exit_json(self, **result: Any) -> None:
        self.result = result
        raise SystemExit


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    naps: list[float] = []
    monkeypatch.setattr("time.sleep", naps.append)
    return naps


def _result(iam: _Iam, check_mode: bool) -> dict[str, Any]:
    module = _Module(check_mode)
    with pytest.raises(SystemExit):
        converge(module, "role", iam.survey, {"iam": iam})
    return module.result


def test_check_mode_makes_nothing_and_answers_the_same() -> None:
    checked, made = _Iam(), _Iam()
    assert _result(checked, True) == _result(made, False)
    assert (checked.calls, made.calls) == ([], ["create_role", "attach_role_policy"])
    again = _result(made, False)
    assert (again["changed"], again["changes"]) == (False, [])


def test_the_result_holds_all_that_is_promised() -> None:
    assert _result(_Iam(), False) == {
        "changed": True,
        "changes": listed((CREATE, ATTACH)),
        "diff": {"before": {"role": False}, "after": {"role": True}},
        "notices": ["noticed"],
        "role": {"role": True},
    }


def test_a_lost_answer_of_a_creation_is_adopted() -> None:
    iam = _Iam(create_role=["!"])
    assert _result(iam, False) == _result(_Iam(), True)
    assert iam.calls == ["create_role", "attach_role_policy"]


def test_a_creation_that_is_not_seen_yet_is_read_again(slept: list[float]) -> None:
    iam = _Iam(create_role=["EntityAlreadyExists", "EntityAlreadyExists", "!"])
    assert carry_out(iam.survey(), iam.survey, {"iam": iam})[1] == (CREATE, ATTACH)
    assert slept == [1.0, 2.0, 4.0]


def test_propagation_is_waited_for_without_planning_again() -> None:
    iam = _Iam(attach_role_policy=["NoSuchEntity", "NoSuchEntity"])
    assert _result(iam, False)["changes"] == listed((CREATE, ATTACH))
    assert iam.calls == ["create_role"] + ["attach_role_policy"] * 3


def test_a_permanent_refusal_is_raised_with_its_advice() -> None:
    iam = _Iam(attach_role_policy=["LimitExceeded"])
    with pytest.raises(ServiceFailed, match=r"Could not attach p to role r: LimitExceeded.*quota"):
        carry_out(iam.survey(), iam.survey, {"iam": iam})
    assert iam.calls == ["create_role", "attach_role_policy"]


def test_a_world_that_never_settles_is_given_up(slept: list[float]) -> None:
    iam = _Iam(create_role=["EntityAlreadyExists"] * 20)
    with pytest.raises(ServiceFailed, match=r"create role r: EntityAlreadyExists.*epinio_iam_path"):
        carry_out(iam.survey(), iam.survey, {"iam": iam})
    assert (len(iam.calls), len(slept)) == (ROUNDS, ROUNDS - 1)


def test_a_change_that_was_overtaken_has_not_happened() -> None:
    iam = _Iam(replace_default_version=["LimitExceeded"])
    plans = iter([Plan({}, {}, (DETACH, REPLACE))])
    plan, made = carry_out(Plan({}, {}, (REPLACE,)), lambda: next(plans), {"iam": iam})
    assert made == (DETACH, REPLACE) == plan.changes
    assert iam.replaced == 1


def test_what_is_gone_already_is_removed(slept: list[float]) -> None:
    iam = _Iam(detach_role_policy=["ConcurrentModification", "NoSuchEntity"])
    assert carry_out(Plan({}, {}, (DETACH,)), iam.survey, {"iam": iam})[1] == (DETACH,)


def test_a_refusal_while_planning_again_is_raised() -> None:
    def survey() -> Plan:
        raise Refused("somebody else made it")

    iam = _Iam(create_role=["EntityAlreadyExists"])
    with pytest.raises(Refused, match="somebody else"):
        carry_out(iam.survey(), survey, {"iam": iam})


def test_changes_as_they_are_returned() -> None:
    assert listed((CREATE,)) == [
        {"summary": "create role r", "operation": "iam.create_role", "arguments": {"RoleName": "r"}}
    ]
