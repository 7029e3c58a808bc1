"""The webhook's caches, which are one second behind, and its answers."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from sandbox.associations import Associations
from sandbox.stand_in import StandInError
from sandbox.webhook import AccountCache, review

ARN = "arn:aws:iam::111122223333:role/r"
OTHER = "arn:aws:iam::111122223333:role/other"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def account(arn: str | None, name: str = "server") -> dict[str, Any]:
    annotations = {"eks.amazonaws.com/role-arn": arn} if arn else {}
    return {"metadata": {"namespace": "epinio", "name": name, "annotations": annotations}}


def found(cache: AccountCache) -> str | None:
    identity = cache.find("epinio", "server")
    return identity.role_arn or None if identity else None


def associated(*names: str) -> Associations:
    return Associations(lambda: frozenset(names), Clock())


def test_a_change_is_seen_one_second_later() -> None:
    clock = Clock()
    cache = AccountCache(clock)
    cache.listed([account(None)])
    cache.changed("MODIFIED", account(ARN))
    assert found(cache) is None
    clock.now += 0.9
    cache.changed("MODIFIED", account(OTHER))
    clock.now += 0.2
    assert found(cache) == ARN
    clock.now += 1
    assert found(cache) == OTHER


def test_a_new_account_is_seen_at_once_and_a_deleted_one_is_not() -> None:
    clock = Clock()
    cache = AccountCache(clock)
    cache.listed([])
    cache.changed("ADDED", account(ARN))
    assert found(cache) == ARN
    cache.changed("DELETED", account(ARN))
    clock.now += 1.1
    assert found(cache) is None


def test_a_new_list_replaces_all() -> None:
    cache = AccountCache(Clock())
    cache.listed([account(ARN)])
    cache.changed("MODIFIED", account(OTHER))
    cache.listed([account(None)])
    assert found(cache) is None
    assert cache.filled.is_set()


def reviewed(cache: AccountCache, associations: Associations, **spec: Any) -> tuple[dict[str, Any], str]:
    """The response to the review of a pod, and its patch."""
    pod = {"metadata": {"generateName": "x-"}, "spec": {"containers": [{"name": "c"}], **spec}}
    answer = review({"uid": "1", "namespace": "epinio", "object": pod}, cache, associations, "us-east-1")
    response = answer["response"]
    return response, base64.b64decode(response.get("patch", "")).decode()


def test_review() -> None:
    cache = AccountCache(Clock())
    cache.listed([account(ARN)])
    response, patch = reviewed(cache, associated(), serviceAccountName="server")
    assert (response["uid"], response["allowed"], response["patchType"]) == ("1", True, "JSONPatch")
    assert ARN in json.dumps(json.loads(patch))


def test_review_of_a_pod_without_a_role() -> None:
    cache = AccountCache(Clock())
    cache.listed([account(None, "default")])
    assert reviewed(cache, associated("epinio/server", "other/default"))[0] == {"uid": "1", "allowed": True}


@pytest.mark.parametrize("annotated", [ARN, None])
def test_review_of_an_associated_account(annotated: str | None) -> None:
    """pkg/handler/handler.go, buildPodPatchConfig: container credentials take precedence."""
    cache = AccountCache(Clock())
    cache.listed([account(annotated)])
    _, patch = reviewed(cache, associated("epinio/server"), serviceAccountName="server")
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in patch
    assert "AWS_STS_REGIONAL_ENDPOINTS" in patch
    assert "AWS_ROLE_ARN" not in patch
    assert ARN not in patch


def test_review_of_an_associated_account_that_is_not_known_yet() -> None:
    """pkg/cache/cache.go, GetCommonConfigurations."""
    cache = AccountCache(Clock())
    cache.listed([])
    _, patch = reviewed(cache, associated("epinio/server"), serviceAccountName="server")
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in patch
    assert "AWS_STS_REGIONAL_ENDPOINTS" not in patch


def test_associations_are_asked_for_once_a_second() -> None:
    clock = Clock()
    answers = iter([frozenset({"epinio/server"}), frozenset[str]()])

    def read() -> frozenset[str]:
        return next(answers)

    associations = Associations(read, clock)
    assert associations.has("epinio", "server")
    assert not associations.has("epinio", "other")
    clock.now += 0.9
    assert associations.has("epinio", "server")
    clock.now += 0.2
    assert not associations.has("epinio", "server")


def test_associations_stay_known_while_nobody_answers(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()

    def read() -> frozenset[str]:
        if clock.now > 101:
            raise StandInError("away")
        return frozenset({"epinio/server"})

    associations = Associations(read, clock)
    assert associations.has("epinio", "server")
    clock.now += 2
    assert associations.has("epinio", "server")
    assert "as before: away" in caplog.text
