"""A table of objects in a namespace: which are somebody else's."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.foreign import Known, foreign
from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import (
    CLAIM,
    SECRET,
    Kind,
    LiveObject,
    Owner,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.rendered import Rendered
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring

OWNER = wiring("arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio")
DEPLOYMENT, REPLICA_SET, POD = ("apps", "Deployment"), ("apps", "ReplicaSet"), ("", "Pod")
CONFIG_MAP, ACCOUNT = ("", "ConfigMap"), ("", "ServiceAccount")
SERVICE, ENDPOINTS, CERTIFICATE = ("", "Service"), ("", "Endpoints"), ("cert-manager.io", "Certificate")
NAMESPACED = frozenset({DEPLOYMENT, REPLICA_SET, POD, CONFIG_MAP, SECRET, CLAIM, ACCOUNT, SERVICE, ENDPOINTS})
KNOWN = Known(
    OWNER,
    "epinio",
    Rendered(
        objects=frozenset(
            {
                ("apps", "Deployment", "epinio", "epinio-server"),
                ("", "Service", "epinio", "epinio-server"),
                ("", "ServiceAccount", "epinio", "epinio-server"),
                ("cert-manager.io", "Certificate", "epinio", "epinio"),
                ("", "PersistentVolumeClaim", "epinio", "image-export-pvc"),
            }
        ),
        kept=frozenset({("", "ConfigMap", "epinio", "kept")}),
        claims=(re.compile(r"data-store-\d+"),),
    ),
)


def one(kind: Kind, name: str, namespace: str = "epinio", owners: tuple[Owner, ...] = (), **more: Any) -> LiveObject:
    return LiveObject(kind, namespace, name, f"uid-{kind[1]}-{name}", owners=owners, **more)


def owned(kind: Kind, name: str) -> tuple[Owner, ...]:
    return (Owner(kind, f"uid-{kind[1]}-{name}"),)


def names(*found: LiveObject) -> list[str]:
    return [str(thing) for thing in foreign(found, KNOWN, NAMESPACED)]


MARKED = {"epinio.aws/managed-by": "epinio.aws"}
TOKEN = "kubernetes.io/service-account.name"
ISSUED = "cert-manager.io/certificate-name"


@pytest.mark.parametrize(
    "found",
    [
        one(ACCOUNT, "default"),
        one(CONFIG_MAP, "kube-root-ca.crt"),
        one(DEPLOYMENT, "epinio-server"),
        one(CLAIM, "image-export-pvc"),
        one(CLAIM, "data-store-0"),
        one(SECRET, "sh.helm.release.v1.epinio.v1", labels={"owner": "helm", "name": "epinio"}),
        one(SECRET, "stage", labels={"app.kubernetes.io/managed-by": "epinio"}),
        one(SECRET, "epinio-aws-wiring", labels=MARKED, annotations={"epinio.aws/wiring": str(OWNER)}),
        one(SECRET, "token", annotations={TOKEN: "gone"}),
        one(SECRET, "token", annotations={TOKEN: "epinio-server"}),
        one(SECRET, "epinio-tls", annotations={ISSUED: "epinio"}),
        # What was owned by something that is gone is about to be collected.
        one(POD, "left", owners=owned(REPLICA_SET, "gone")),
    ],
    ids=str,
)
def test_not_foreign(found: LiveObject) -> None:
    assert names(found) == []


@pytest.mark.parametrize(
    "found",
    [
        one(ACCOUNT, "eksctls", labels={"app.kubernetes.io/managed-by": "eksctl"}),
        one(CONFIG_MAP, "kept"),
        one(CONFIG_MAP, "default"),
        one(DEPLOYMENT, "web"),
        one(DEPLOYMENT, "epinio-server", "workspace"),
        one(CLAIM, "data"),
        one(CLAIM, "data-my-store-0"),
        one(SECRET, "sh.helm.release.v1.other.v1", labels={"owner": "helm", "name": "other"}),
        one(SECRET, "sh.helm.release.v1.epinio.v1", "workspace", labels={"owner": "helm", "name": "epinio"}),
        one(SECRET, "epinio-aws-wiring", labels=MARKED, annotations={"epinio.aws/wiring": f"{OWNER}2"}),
        one(SECRET, "tls", annotations={ISSUED: "theirs"}),
        one(ENDPOINTS, "external"),
        # Its owner is no object of a namespace, so Kubernetes does not collect it.
        one(CONFIG_MAP, "nodes", owners=owned(("", "Node"), "node-1")),
    ],
    ids=str,
)
def test_foreign(found: LiveObject) -> None:
    assert names(found) == [str(found)]


@pytest.mark.parametrize(("deployment", "expected"), [("epinio-server", []), ("web", ["Deployment web"])])
def test_what_is_owned_goes_with_its_owner(deployment: str, expected: list[str]) -> None:
    set_of_it = one(REPLICA_SET, "set", owners=owned(DEPLOYMENT, deployment))
    pod = one(POD, "pod", owners=owned(REPLICA_SET, "set"))
    assert names(pod, set_of_it, one(DEPLOYMENT, deployment)) == expected


def test_an_object_of_two_owners_stays_with_one_of_them() -> None:
    pod = one(POD, "pod", owners=(*owned(DEPLOYMENT, "epinio-server"), *owned(DEPLOYMENT, "web")))
    assert names(pod, one(DEPLOYMENT, "epinio-server"), one(DEPLOYMENT, "web")) == ["Deployment web"]


def test_owners_in_a_circle_end() -> None:
    first, second = one(POD, "a", owners=owned(POD, "b")), one(POD, "b", owners=owned(POD, "a"))
    assert foreign([first, second], KNOWN, NAMESPACED) == ()


@pytest.mark.parametrize(("service", "expected"), [("epinio-server", []), ("web", ["Service web"])])
def test_endpoints_go_with_their_service(service: str, expected: list[str]) -> None:
    assert names(one(ENDPOINTS, service), one(SERVICE, service)) == expected


def test_endpoints_of_a_service_that_helm_has_deleted() -> None:
    assert names(one(ENDPOINTS, "epinio-server")) == []


@pytest.mark.parametrize(
    ("labels", "expected"), [({"app.kubernetes.io/managed-by": "epinio"}, []), ({}, ["Certificate route"])]
)
def test_a_certificates_secret_goes_with_it(labels: dict[str, str], expected: list[str]) -> None:
    certificate = one(CERTIFICATE, "route", "workspace", labels=labels)
    assert names(certificate, one(SECRET, "tls", "workspace", annotations={ISSUED: "route"})) == expected


def test_a_token_of_somebody_elses_account_is_his() -> None:
    assert names(one(ACCOUNT, "ci"), one(SECRET, "token", annotations={TOKEN: "ci"})) == ["ServiceAccount ci"]
