"""Which pods a Fargate profile takes."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.fargate import fargate_profile, taken
from ansible_collections.epinio.aws.plugins.module_utils.domain.scheduling import Pods

NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"
PODS = (
    Pods(kind="server", namespace="epinio", labels={NAME: "epinio-server"}),
    Pods(kind="staging jobs", namespace="epinio", labels={NAME: None, COMPONENT: "staging"}),
    Pods({"disk": "ssd"}, kind="staging jobs", namespace="epinio", labels={NAME: None, COMPONENT: "staging"}),
)
ALL = ("server", "staging jobs")


def selector(namespace: str, **labels: str) -> dict[str, Any]:
    return {"namespace": namespace, "labels": labels} if labels else {"namespace": namespace}


# https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html
@pytest.mark.parametrize(
    ("selectors", "kinds"),
    [
        ([], ()),
        ([selector("epinio")], ALL),
        ([selector("workspace"), selector("epinio")], ALL),
        ([selector("workspace")], ()),
        ([selector("Epinio")], ()),
        ([selector("epinio-other")], ()),
        ([selector("*")], ALL),
        ([selector("epi*")], ALL),
        ([selector("epini?")], ALL),
        ([selector("epinio?")], ()),
        ([selector("epinio", **{NAME: "epinio-server"})], ALL),
        ([selector("epinio", **{NAME: "epinio-server", COMPONENT: "server"})], ()),
        ([selector("epinio", **{COMPONENT: "stag*"})], ("staging jobs",)),
        ([selector("epinio", **{"app.*/component": "staging"})], ("staging jobs",)),
        ([selector("epinio", **{COMPONENT: "staging", "team": "blue"})], ()),
        ([selector("epinio", run="fargate")], ()),
    ],
)  # fmt: skip
def test_selectors(selectors: list[dict[str, Any]], kinds: tuple[str, ...]) -> None:
    profile = fargate_profile({"fargateProfileName": "p", "status": "ACTIVE", "selectors": selectors})
    assert taken(profile, PODS) == kinds


@pytest.mark.parametrize(
    ("status", "kinds"), [("CREATING", ALL), ("DELETE_FAILED", ALL), ("DELETING", ()), ("CREATE_FAILED", ())]
)
def test_a_profile_that_is_over_takes_nothing(status: str, kinds: tuple[str, ...]) -> None:
    profile = fargate_profile({"fargateProfileName": "p", "status": status, "selectors": [selector("epinio")]})
    assert taken(profile, PODS) == kinds
