"""A 403 of the API server is not always a missing right, and advice fits the reason."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import api_refusals as rest

RIGHT = "Grant this right to that user or role."


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ('secrets is forbidden: User "system:anonymous" cannot list resource "secrets" in API group ""', "credentials"),
        ('forbidden: User "system:anonymous" cannot get path "/version"', "did not recognize any credentials"),
        ('x is forbidden: User "y" cannot get: groups=["system:unauthenticated"]', "did not recognize any credentials"),
        ('users "b" is forbidden: User "a" cannot impersonate resource "users" in API group ""', "to impersonate"),
        ('pods "a" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1', "ResourceQuota"),
        ('pods "a" is forbidden: failed quota: q: must specify limits.cpu', "ResourceQuota"),
        (
            'serviceaccounts "a" is forbidden: unable to create content in namespace n because it is being terminated',
            "The namespace is being deleted",
        ),
        ('pods "a" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot', "Pod Security level"),
        ('admission webhook "x.y" denied the request: no', "An admission rule"),
        ("pods is forbidden: ValidatingAdmissionPolicy 'x' with binding 'y' denied request: no", "An admission rule"),
        (
            'roles "r" is forbidden: user "a" grants RBAC permissions not currently held:',
            "without having",
        ),
        ('secrets is forbidden: User "a" cannot list resource "secrets" in API group "" in the namespace "n"', RIGHT),
        ('forbidden: User "a" cannot get path "/version"', RIGHT),
        ("Forbidden", "names no right that is missing"),
        ('pods "a" is forbidden: maximum cpu usage per Container is 1', "names no right that is missing"),
    ],
)
def test_advice_of_403(reason: str, words: str) -> None:
    advice = rest.advice(403, reason)
    assert words in advice
    assert rest.is_right(reason) is (advice == RIGHT)
    assert (advice == RIGHT) is (words == RIGHT)


def test_advice_of_others() -> None:
    assert "epinio_kubeconfig" in rest.advice(401, "Unauthorized")
    assert "K8S_AUTH_" in rest.advice(401, "Unauthorized")
    assert "later" in rest.advice(429, "Too many requests")
    assert "Run it again" in rest.advice(500, "x")
    assert rest.advice(404, "x") == rest.advice(409, "x") == rest.advice(422, "x") == ""
