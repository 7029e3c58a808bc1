"""The manifest of the proof's Job."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Identity
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_job import (
    CONTAINER,
    Placement,
    ProofJob,
    manifest,
    mark,
    name_for,
    name_for_role,
    on_nodes,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Mark, wiring

OWNER = wiring("arn:aws:eks:us-east-1:111122223333:cluster/epinio/epinio")
OTHER = wiring("arn:aws:eks:us-east-1:111122223333:cluster/other/epinio")
JOB = ProofJob(name_for(Identity.SERVER), "epinio-server", "mirror/aws-cli:2", "true", 60, Placement())


def template(job: ProofJob = JOB) -> Any:
    return manifest(job, OWNER)["spec"]["template"]


def test_it_ends_and_goes_by_itself() -> None:
    spec = manifest(JOB, OWNER)["spec"]
    assert spec["backoffLimit"] == 0
    assert spec["activeDeadlineSeconds"] > JOB.seconds
    assert spec["ttlSecondsAfterFinished"] > 0
    assert template()["spec"]["restartPolicy"] == "Never"


def test_its_pod_is_restricted() -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    pod = template()["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert pod["automountServiceAccountToken"] is False
    assert {key: set(amounts) for key, amounts in container["resources"].items()} == {
        "requests": {"cpu", "memory"},
        "limits": {"cpu", "memory"},
    }


def test_home_can_be_written_to_and_answers_are_left() -> None:
    pod = template()["spec"]
    (container,) = pod["containers"]
    environment = {one["name"]: one["value"] for one in container["env"]}
    (mount,) = container["volumeMounts"]
    assert environment["HOME"] == mount["mountPath"]
    assert "emptyDir" in next(one for one in pod["volumes"] if one["name"] == mount["name"])
    assert environment["ANSWERS"] == container["terminationMessagePath"]
    assert environment["AWS_PAGER"] == ""
    # The pod identity webhook would leave a container alone that sets its variables.
    assert not any(name.startswith(("AWS_ROLE", "AWS_REGION", "AWS_DEFAULT", "AWS_STS")) for name in environment)


def test_no_sidecar_is_injected() -> None:
    metadata = template()["metadata"]
    assert metadata["labels"]["sidecar.istio.io/inject"] == "false"
    assert metadata["annotations"]["sidecar.istio.io/inject"] == "false"
    assert metadata["annotations"]["linkerd.io/inject"] == "disabled"


@pytest.mark.parametrize("skip", [True, False])
def test_the_nodes_own_role_answers_where_it_is_asked(skip: bool) -> None:
    annotations = template(replace(JOB, skip_identity=skip))["metadata"]["annotations"]
    assert annotations.get("eks.amazonaws.com/skip-containers") == (CONTAINER if skip else None)


def test_it_runs_where_epinios_own_pods_do() -> None:
    affinity: dict[str, Any] = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}
    toleration = {"key": "dedicated", "operator": "Exists"}
    pod = template(replace(JOB, placement=Placement({"pool": "apps"}, affinity, (toleration,), ("mirror",))))["spec"]
    assert pod["nodeSelector"] == {"pool": "apps"}
    assert pod["affinity"] == {"nodeAffinity": affinity}
    assert pod["tolerations"] == [toleration]
    assert pod["imagePullSecrets"] == [{"name": "mirror"}]
    # Without any, the account's own pull secrets are used.
    assert not {"nodeSelector", "affinity", "tolerations", "imagePullSecrets"} & template()["spec"].keys()


def test_it_is_pinned_to_nodes_of_a_role_whatever_their_taints() -> None:
    pod = template(replace(JOB, placement=on_nodes([f"n{number}" for number in range(9)], ())))["spec"]
    required = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    fields = [term["matchFields"][0] for term in required["nodeSelectorTerms"]]
    # The API server takes exactly one name for each term.
    assert [field["values"] for field in fields] == [["n0"], ["n1"], ["n2"], ["n3"], ["n4"]]
    assert pod["tolerations"] == [{"operator": "Exists"}]


def test_names_are_fixed_and_fit() -> None:
    assert name_for(Identity.STAGING) == "epinio-aws-probe-staging"
    first, second = (name_for_role(f"arn:aws:iam::111122223333:role/{'x' * 60}{number}") for number in range(2))
    assert first != second
    assert len(first) < 53


def test_whose_a_job_is() -> None:
    ours = manifest(JOB, OWNER)
    assert (mark(ours, OWNER), mark(ours, OTHER)) == (Mark.OURS, Mark.ANOTHER_WIRING)
    assert mark({"metadata": {"name": JOB.name}}, OWNER) is Mark.NONE
