"""What a service account shows of its owner and of who set its role."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import (
    ServiceAccount,
    eksctl_command,
    managers,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Mark, wiring

OWNER = wiring("arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio")
ANNOTATION = "eks.amazonaws.com/role-arn"
MADE_BY = "app.kubernetes.io/managed-by"


@pytest.mark.parametrize(
    ("label", "annotation", "mark", "shown"),
    [
        ("epinio.aws", str(OWNER), Mark.OURS, str(OWNER)),
        ("epinio.aws", "another", Mark.ANOTHER_WIRING, "another"),
        ("epinio.aws", "", Mark.ANOTHER_WIRING, ""),
        ("Helm", str(OWNER), Mark.NONE, ""),
        ("", str(OWNER), Mark.NONE, ""),
    ],
)
def test_the_mark_is_a_label_and_an_annotation(label: str, annotation: str, mark: Mark, shown: str) -> None:
    labels, annotations = {"epinio.aws/managed-by": label}, {"epinio.aws/wiring": annotation}
    account = ServiceAccount("epinio", "staging", labels, annotations)
    assert account.mark(OWNER) is mark
    assert account.view()["wiring"] == shown


def test_an_account_without_anything() -> None:
    account = ServiceAccount("epinio", "staging")
    assert account.mark(OWNER) is Mark.NONE
    assert account.view() == {
        "namespace": "epinio",
        "name": "staging",
        "role_arn": "",
        "pull_secrets": [],
        "automount_token": None,
        "wiring": "",
    }


def test_managers_of_an_annotation() -> None:
    fields: list[dict[str, Any]] = [
        {"manager": "helm", "fieldsV1": {"f:metadata": {"f:labels": {"f:a": {}}}}},
        {"manager": "kubectl", "fieldsV1": {"f:metadata": {"f:annotations": {".": {}, f"f:{ANNOTATION}": {}}}}},
        {"manager": "epinio.aws", "fieldsV1": {"f:metadata": {"f:annotations": {f"f:{ANNOTATION}": {}}}}},
        {"manager": "other", "fieldsV1": {"f:imagePullSecrets": {}}},
        {"manager": "none"},
    ]
    assert managers(fields, ANNOTATION) == ("epinio.aws", "kubectl")


@pytest.mark.parametrize(
    ("set_by", "label", "ours", "helms", "owner"),
    [
        ((), "", False, False, "nothing on it says whose it is"),
        (("",), "", False, False, "nothing on it says whose it is"),
        ((), "eksctl", False, False, f"the account is eksctl's (label {MADE_BY})"),
        (("epinio.aws",), "", True, False, f"its annotation {ANNOTATION} was set by epinio.aws"),
        (("kubectl", "epinio.aws"), "", True, False, f"its annotation {ANNOTATION} was set by kubectl, epinio.aws"),
        (("helm-controller",), "", False, True, f"its annotation {ANNOTATION} was set by helm-controller"),
        (
            ("helm",),
            "Helm",
            False,
            True,
            f"the account is Helm's (label {MADE_BY}) and its annotation {ANNOTATION} was set by helm",
        ),
    ],
)
def test_whose_account_and_role_are(set_by: tuple[str, ...], label: str, ours: bool, helms: bool, owner: str) -> None:
    labels = {MADE_BY: label}
    account = ServiceAccount("epinio", "server", labels, {ANNOTATION: "role"}, role_managers=set_by)
    assert (account.role_is_ours, account.role_is_helms, account.owner) == (ours, helms, owner)
    assert account.maker == label


def test_an_account_without_its_role() -> None:
    left = ServiceAccount("a", "b", annotations={ANNOTATION: "role", "a": "b"}, role_managers=("helm",)).without_role()
    assert (left.role_arn, left.annotations, left.role_managers) == ("", {"a": "b"}, ())


def test_the_command_of_eksctl_names_cluster_region_and_account() -> None:
    assert eksctl_command(OWNER.cluster, ServiceAccount("apps", "staging")) == (
        "eksctl delete iamserviceaccount --cluster epinio --region us-east-1 --namespace apps --name staging"
    )
