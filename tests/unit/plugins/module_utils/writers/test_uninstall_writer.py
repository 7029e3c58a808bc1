"""How an uninstallation is seen through: what is waited for, what stops it, what is planned anew."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import retries
from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import Namespace
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.writers import uninstall
from ansible_collections.epinio.aws.plugins.module_utils.writers.uninstall import UninstallWriter

from tests.unit.plugins.module_utils.fake_kubernetes import Answer, Call, FakeKubernetes

THERE = Namespace("space", "uid")
GOING = Namespace("space", "uid", terminating=True)
HELD = Namespace("space", "uid", terminating=True, troubles=("NamespaceFinalizersRemaining: x",))


class World:
    """Answers in turn, the last one for ever; a clock that every wait moves on."""

    def __init__(self) -> None:
        self.answers: list[Namespace | None] = []
        self.foreign: tuple[str, ...] = ()
        self.helm_says = ""
        self.calls: list[Any] = []
        self.waits: list[float] = []

    def read(self, *_: Any) -> Namespace | None:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def writer(self, *answers: Namespace | None) -> UninstallWriter:
        self.answers = list(answers)
        helm: Any = self
        return UninstallWriter(helm, FakeKubernetes(self.delete), "10s", lambda _: self.foreign)

    def delete(self, call: Call) -> Answer:
        self.calls.append((call.method, call.path, call.body))
        return 200, {}

    def run(self, attempt: str, arguments: list[str], *, seconds: float) -> str:
        self.calls.append((arguments, seconds))
        if self.helm_says:
            raise ServiceFailed(attempt, self.helm_says)
        return ""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()

    monkeypatch.setattr(uninstall, "read_namespace", made.read)
    monkeypatch.setattr(time, "sleep", made.waits.append)
    monkeypatch.setattr(time, "monotonic", lambda: sum(made.waits))
    return made


def test_the_charts_namespaces_are_seen_to_go(world: World) -> None:
    world.writer(GOING, GOING, None).uninstall("epinio", "space", True, ["workspace"])
    ((arguments, seconds),) = world.calls
    assert arguments[-3:] == ["--keep-history", "--", "epinio"]
    assert seconds > 10
    assert len(world.waits) == 2


def test_helms_failure_with_what_holds_a_namespace(world: World) -> None:
    world.helm_says = "timed out waiting."
    with pytest.raises(
        ServiceFailed, match="timed out waiting. Kubernetes says of namespace w: .*Remaining: x"
    ) as raised:
        world.writer(HELD).uninstall("epinio", "space", False, ["w"])
    assert "the next run goes on" in str(raised.value)
    with pytest.raises(ServiceFailed, match=r"uninstall release epinio: timed out waiting\. Remove"):
        world.writer(THERE).uninstall("epinio", "space", False, ["w"])


def test_a_namespace_is_deleted_as_it_was_planned(world: World) -> None:
    world.writer(THERE, GOING, None).delete_namespace("space", "uid")
    assert world.calls == [("DELETE", "/api/v1/namespaces/space", {"preconditions": {"uid": "uid"}})]


@pytest.mark.parametrize("answers", [[None], [GOING, GOING, None]])
def test_a_namespace_that_goes_anyway(world: World, answers: list[Namespace | None]) -> None:
    world.foreign = ("ConfigMap notes",)
    world.writer(*answers).delete_namespace("space", "uid")
    assert world.calls == []


def test_something_foreign_that_came_meanwhile(world: World) -> None:
    world.foreign = ("ConfigMap notes",)
    with pytest.raises(ServiceFailed, match="ConfigMap notes came into it meanwhile") as raised:
        world.writer(THERE).delete_namespace("space", "uid")
    assert world.calls == []
    assert retries.overtaken("kubernetes.delete_namespace", raised.value.code)


@pytest.mark.parametrize(("last", "said"), [(HELD, "NamespaceFinalizersRemaining: x"), (GOING, "does not say")])
def test_a_namespace_that_does_not_go(world: World, last: Namespace, said: str) -> None:
    with pytest.raises(ServiceFailed, match=f"still there after 10 seconds. .*{said}") as raised:
        world.writer(GOING, last).delete_namespace("space", "uid")
    assert not retries.overtaken("kubernetes.delete_namespace", raised.value.code)
    assert sum(world.waits) >= 10
