"""How a restart is seen through: which pods end it, which make it try again, which stop it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.deployments import Deployment, Pod
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.writers import rollout
from ansible_collections.epinio.aws.plugins.module_utils.writers.rollout import RESTARTED, Rollout

ROLE = "arn:aws:iam::123456789012:role/server"
RIGHT = {"server": {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}}
NOTHING: dict[str, dict[str, str]] = {"server": {}}
POD_IDENTITY = {"server": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"}}


def seen(environment: dict[str, dict[str, str]] | None, complete: bool = True, observed: bool = True) -> Deployment:
    pods = () if environment is None else (Pod("pod-a", environment, "" if complete else "phase Pending"),)
    return Deployment("epinio", "server", "server", 1, NOTHING, pods, observed=observed, complete=complete)


class World:
    """Answers in turn, the last one for ever; a clock that every wait moves on."""

    def __init__(self) -> None:
        self.answers: list[Deployment | None] = []
        self.patches: list[Any] = []
        self.waits: list[float] = []

    def read(self, *_: Any) -> Deployment | None:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def restart(self, *answers: Deployment | None, role_arn: str = ROLE) -> None:
        self.answers = list(answers)
        Rollout(None, timeout=10).restart("epinio", "server", role_arn, "us-east-1")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()

    class Writer:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def patch_deployment(self, namespace: str, name: str, body: Any) -> None:
            made.patches.append(body)

    monkeypatch.setattr(rollout, "KubernetesWriter", Writer)
    monkeypatch.setattr(rollout, "read_deployment", made.read)
    monkeypatch.setattr(rollout, "read_warnings", lambda *_: ("FailedScheduling: no nodes",))
    monkeypatch.setattr(time, "sleep", made.waits.append)
    monkeypatch.setattr(time, "monotonic", lambda: sum(made.waits))
    return made


def test_new_pods_are_waited_for_until_all_are_ready(world: World) -> None:
    world.restart(seen(None, observed=False), seen(None), seen(RIGHT, complete=False), seen(RIGHT))
    assert len(world.patches) == 1
    assert world.waits == [1.0, 1.0, 1.0]
    assert RESTARTED in world.patches[0]["spec"]["template"]["metadata"]["annotations"]


def test_pods_that_were_missed_are_restarted_after_two_seconds(world: World) -> None:
    world.restart(seen(NOTHING, complete=False), seen(RIGHT))
    assert len(world.patches) == 2
    assert world.waits == [2.0]


def test_pods_that_are_missed_twice_fail(world: World) -> None:
    with pytest.raises(Disproven, match="Two restarts.*pod pod-a: container server has no AWS_ROLE_ARN"):
        world.restart(seen(NOTHING))
    assert len(world.patches) == 2


def test_pods_that_keep_a_role_nobody_wants_fail(world: World) -> None:
    with pytest.raises(Disproven, match="did not take their role from its pods: .*still has AWS_ROLE_ARN"):
        world.restart(seen(RIGHT), role_arn="")


def test_another_source_of_credentials_stops_at_once_and_is_named(world: World) -> None:
    with pytest.raises(Disproven, match="AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23.*Pod Identity"):
        world.restart(seen(POD_IDENTITY))
    assert len(world.patches) == 1


def test_the_wait_is_bounded_and_says_why(world: World) -> None:
    with pytest.raises(ServiceFailed) as failure:
        world.restart(seen(RIGHT, complete=False))
    assert "not after 10 seconds (pod pod-a: phase Pending; FailedScheduling: no nodes)" in str(failure.value)
    assert sum(world.waits) == 10.0


def test_a_wait_without_pods_is_bounded_too(world: World) -> None:
    with pytest.raises(ServiceFailed, match="they are not after 10 seconds"):
        world.restart(seen(None))


def test_a_deployment_that_goes_away_ends_the_wait(world: World) -> None:
    with pytest.raises(ServiceFailed, match="somebody deleted it"):
        world.restart(None)
