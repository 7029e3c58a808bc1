"""The proof's Job against a real control plane: what ends it before it has said anything, and that nothing is left.

Pods of an image that the sandbox does not know only seem to run: they end without an answer.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from kubernetes import client

from tests.integration.cluster.workloads import Workloads

pytestmark = pytest.mark.live

MODULE, SERVER, STAGING = "epinio_access_check", "epinio-server", "staging"
ROLES = {name: f"arn:aws:iam::111122223333:role/{name}" for name in (SERVER, STAGING)}
IMAGE, MISSING_IMAGE = "registry.test/cli:1", "registry.test/cli:never-ready"
SCRIPTS = {"name": "epinio-stage-scripts", "labels": {"app.kubernetes.io/component": "epinio-staging"}}
# Fixed, one for each identity.
JOB = "epinio-aws-probe-server"


def given(**changes: Any) -> dict[str, Any]:
    """Only the server's pod, which writes and removes its own object. `None` takes an option away."""
    options = {
        "from": "cluster",
        "cluster_identities": ["server"],
        "issuer": "https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF",
        "server_service_account": SERVER,
        "server_role_arn": ROLES[SERVER],
        "server_version": "1.13.9",
        "staging_service_account": STAGING,
        "staging_role_arn": ROLES[STAGING],
        "bucket": "sources",
        "associated_accounts": [],
        "patience": 0,
        "job_timeout": 30,
    }
    return {key: value for key, value in {**options, **changes}.items() if value is not None}


def of_nodes(*nodes: str) -> dict[str, Any]:
    role = {"name": "nodes", "arn": "arn:aws:iam::111122223333:role/team/nodes", "nodes": list(nodes)}
    none = dict.fromkeys(("issuer", "server_role_arn", "staging_role_arn", "cluster_identities"))
    return {**none, "node_roles": [role]}


def scripts(workloads: Workloads, image: str = IMAGE) -> None:
    body = {"metadata": SCRIPTS, "data": {"downloadImage": image, "staging-values.json": "{}"}}
    workloads.core.create_namespaced_config_map(workloads.namespace, body)


def prepared(workloads: Workloads, image: str = IMAGE) -> Workloads:
    scripts(workloads, image)
    workloads.account(SERVER, ROLES[SERVER])
    return workloads


def answer(workloads: Workloads, environment: dict[str, str] | None = None, **changes: Any) -> str:
    """What the module says; no Job and no pod is left."""
    result = workloads.run(MODULE, environment=environment, **given(**changes))
    left = workloads.batch.list_namespaced_job(workloads.namespace).items
    pods = workloads.core.list_namespaced_pod(workloads.namespace, label_selector=f"job-name={JOB}").items
    assert ([one.metadata.name for one in left], pods) == ([], [])
    assert result["failed"], result
    return str(result["msg"])


def test_a_pod_that_only_seems_to_have_run_decides_nothing(workloads: Workloads) -> None:
    """Under the strictest rules that a namespace can have for its pods."""
    body = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    workloads.core.patch_namespace(workloads.namespace, body)
    text = answer(prepared(workloads))
    assert text.startswith("Inconclusive: ")
    assert "ended with exit code 0 (Completed) and no answers" in text


def test_a_quota_that_has_no_room_is_named(workloads: Workloads) -> None:
    prepared(workloads)
    body = {"metadata": {"name": "small"}, "spec": {"hard": {"pods": "0"}}}
    workloads.core.create_namespaced_resource_quota(workloads.namespace, body)
    workloads.wait(lambda: workloads.core.read_namespaced_resource_quota("small", workloads.namespace).status.hard)
    text = answer(workloads)
    assert text.startswith("Inconclusive: ")
    assert "exceeded quota: small" in text
    assert "ask the owner of that quota" in text


def test_an_image_that_cannot_be_pulled_is_named(workloads: Workloads) -> None:
    text = answer(prepared(workloads, MISSING_IMAGE))
    assert text.startswith("Inconclusive: ")
    assert "ImagePullBackOff" in text
    assert "image.awscli" in text


def test_a_pod_that_no_node_takes_is_waited_for_and_not_for_ever(workloads: Workloads) -> None:
    prepared(workloads)
    text = answer(workloads, **{**of_nodes("not-there"), "job_timeout": 3})
    assert text.startswith("Inconclusive: ")
    assert "not done after 3 seconds" in text
    assert "Unschedulable: 0/1 nodes are available" in text


def test_a_pod_with_the_role_of_its_node(workloads: Workloads) -> None:
    """The webhook is told to leave it alone, though its account is annotated."""
    (node,) = [one.metadata.name for one in workloads.core.list_node().items]
    text = answer(prepared(workloads), **of_nodes(node))
    # It has run there, which is as far as a pod without a real container comes.
    assert "ended with exit code 0 (Completed) and no answers" in text
    assert "Every pod on the nodes of these roles has the access" in text


def test_nodes_roles_without_a_node_are_not_proven(workloads: Workloads) -> None:
    before = workloads.log_size
    assert "No ready node has the role nodes" in answer(workloads, **of_nodes())
    assert workloads.writes(before) == []


@pytest.mark.parametrize("role_arn", [None, ROLES[STAGING]])
def test_an_account_that_is_missing_or_has_another_role_disproves_it(
    workloads: Workloads, role_arn: str | None
) -> None:
    scripts(workloads)
    if role_arn:
        workloads.account(SERVER, role_arn)
    before = workloads.log_size
    text = answer(workloads)
    assert text.startswith("Disproven: ")
    assert ("does not exist" if role_arn is None else f"has the role {role_arn}") in text
    assert workloads.writes(before) == []


def test_without_epinio_there_is_no_image(workloads: Workloads) -> None:
    workloads.account(SERVER, ROLES[SERVER])
    assert "does not name the image of the AWS CLI" in answer(workloads)


def test_a_caller_without_the_rights_is_told_them(workloads: Workloads) -> None:
    prepared(workloads)
    reader = {"K8S_AUTH_IMPERSONATE_USER": workloads.reader()}
    assert "Grant create, get and delete on jobs (batch)" in answer(workloads, reader)
    text = answer(workloads, reader, **{**of_nodes("any"), "from": "auto"})
    assert text.startswith("Inconclusive: ")
    assert "lacks the rights create jobs, delete jobs, so no Job can prove" in text


def test_somebody_elses_job_is_left_alone(workloads: Workloads) -> None:
    prepared(workloads)
    name = "epinio-aws-probe-server"
    workloads.job(name, SERVER, seconds=60)
    result = workloads.run(MODULE, **given())
    assert "is not this wiring's" in result["msg"]
    assert workloads.batch.read_namespaced_job(name, workloads.namespace).metadata.deletion_timestamp is None


def test_a_leftover_of_ours_goes_first(workloads: Workloads) -> None:
    prepared(workloads)
    name = "epinio-aws-probe-server"
    mark = {"labels": {"epinio.aws/managed-by": "epinio.aws"}, "annotations": {"epinio.aws/wiring": workloads.wiring}}
    workloads.job(name, SERVER, 60, **mark)
    assert "no answers" in answer(workloads)


def test_the_job_asks_for_no_more_than_it_says(workloads: Workloads) -> None:
    """The rights that the README lists for it, and no other."""
    prepared(workloads)
    rules = [
        {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods", "configmaps", "events"], "verbs": ["list"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]},
        {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "get", "delete"]},
    ]
    rbac, group, user = client.RbacAuthorizationV1Api(workloads.api_client), "rbac.authorization.k8s.io", "prover"
    rbac.create_namespaced_role(workloads.namespace, {"metadata": {"name": user}, "rules": rules})
    subjects = [{"kind": "User", "name": user, "apiGroup": group}]
    role = {"kind": "Role", "name": user, "apiGroup": group}
    body = {"metadata": {"name": user}, "subjects": subjects, "roleRef": role}
    rbac.create_namespaced_role_binding(workloads.namespace, body)
    assert "no answers" in answer(workloads, {"K8S_AUTH_IMPERSONATE_USER": user})
