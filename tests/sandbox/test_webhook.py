"""The webhook's cache, which is one second behind, and its answers."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from typing import Any

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
    return identity.role_arn if identity else None


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


def test_review() -> None:
    cache = AccountCache(Clock())
    cache.listed([account(ARN)])
    pod = {"metadata": {"generateName": "x-"}, "spec": {"serviceAccountName": "server", "containers": [{"name": "c"}]}}
    response = review({"uid": "1", "namespace": "epinio", "object": pod}, cache, "us-east-1")["response"]
    assert (response["uid"], response["allowed"], response["patchType"]) == ("1", True, "JSONPatch")
    assert ARN in json.dumps(json.loads(base64.b64decode(response["patch"])))


def test_review_of_a_pod_without_a_role() -> None:
    cache = AccountCache(Clock())
    cache.listed([account(None, "default")])
    pod = {"metadata": {"name": "x"}, "spec": {"containers": [{"name": "c"}]}}
    response = review({"uid": "1", "namespace": "epinio", "object": pod}, cache, "us-east-1")["response"]
    assert response == {"uid": "1", "allowed": True}
