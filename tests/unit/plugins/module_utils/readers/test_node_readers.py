"""What EKS, EC2, IAM and the API server say of nodes, where something is missing or goes meanwhile."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import AccessEntry, Instance
from ansible_collections.epinio.aws.plugins.module_utils.domain.scheduling import Pods
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers import ec2, eks, iam, nodes, placement
from botocore.exceptions import ClientError

from tests.unit.plugins.module_utils.fake_kubernetes import knowing


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "operation")


class Fake:
    """Answers each method with what `answers` has for it, in turn; an exception is raised. `asked` are arguments."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = answers
        self.asked: list[dict[str, Any]] = []

    def __getattr__(self, method: str) -> Any:
        def call(*_: Any, **arguments: Any) -> Any:
            self.asked.append(arguments)
            answer = self.answers[method].pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, method: str) -> Any:
        def paginate(**arguments: Any) -> Iterator[Any]:
            yield getattr(self, method)(**arguments)

        return SimpleNamespace(paginate=paginate)


def group(name: str) -> dict[str, Any]:
    return {"nodegroup": {"nodegroupName": name, "nodeRole": "arn"}}


def test_a_group_that_goes_meanwhile_is_left_out() -> None:
    listed = {"nodegroups": ["a", "gone", "b"]}
    fake = Fake(
        list_nodegroups=[listed],
        describe_nodegroup=[group("a"), refused("ResourceNotFoundException"), group("b")],
    )
    assert [one.name for one in eks.read_node_groups(fake, "one")] == ["a", "b"]


def test_another_refusal_says_what_was_attempted() -> None:
    fake = Fake(list_nodegroups=[{"nodegroups": ["a"]}], describe_nodegroup=[refused("AccessDeniedException")])
    with pytest.raises(ServiceFailed, match="Could not read node group a of EKS cluster one: AccessDeniedException"):
        eks.read_node_groups(fake, "one")
    with pytest.raises(ServiceFailed, match="Could not list the access entries of EKS cluster one"):
        eks.read_role_entries(Fake(list_access_entries=[refused("AccessDeniedException")]), "one")


def test_only_entries_of_roles_are_read() -> None:
    user, role, gone = (f"arn:aws:iam::123456789012:{one}" for one in ("user/role/jane", "role/a/b", "role/gone"))
    found = {"accessEntry": {"principalArn": role, "type": "EC2_LINUX"}}
    fake = Fake(
        list_access_entries=[{"accessEntries": [user, role, gone]}],
        describe_access_entry=[found, refused("ResourceNotFoundException")],
    )
    assert eks.read_role_entries(fake, "one") == (AccessEntry(role, "EC2_LINUX"),)
    assert [asked.get("principalArn") for asked in fake.asked] == [None, role, gone]


@pytest.mark.parametrize(
    ("compute", "role"),
    [
        ({}, ""),
        ({"computeConfig": {"enabled": True, "nodeRoleArn": "arn"}}, "arn"),
        ({"computeConfig": {"enabled": True}}, ""),
        # As it reads after Auto Mode has been turned off.
        ({"computeConfig": {"enabled": False, "nodeRoleArn": "arn"}}, ""),
    ],
)
def test_the_role_of_auto_mode(compute: dict[str, Any], role: str) -> None:
    arn = "arn:aws:eks:us-east-1:123456789012:cluster/one"
    found = eks.read_cluster(Fake(describe_cluster=[{"cluster": {"arn": arn, "status": "ACTIVE", **compute}}]), "one")
    assert found is not None
    assert found.auto_role_arn == role


def instances(*found: tuple[str, str]) -> dict[str, Any]:
    return {"Reservations": [{"Instances": [{"InstanceId": name, "State": {"Name": state}} for name, state in found]}]}


def test_instances_that_are_gone_are_left_out() -> None:
    states = ("running", "stopped", "shutting-down", "terminated")
    fake = Fake(describe_instances=[instances(*((f"i-{state}", state) for state in states))])
    found = ec2.read_instances(fake, ["i-1"])
    assert found == {name: Instance(name, "", False, 0) for name in ("i-running", "i-stopped")}


@pytest.mark.parametrize(("count", "batches"), [(0, []), (1, [1]), (200, [200]), (201, [200, 1]), (1000, [200] * 5)])
def test_instances_are_asked_for_200_at_once(count: int, batches: list[int]) -> None:
    fake = Fake(describe_instances=[instances()] * len(batches))
    ec2.read_instances(fake, [f"i-{number}" for number in range(count)])
    assert [len(asked["Filters"][0]["Values"]) for asked in fake.asked] == batches
    assert len({value for asked in fake.asked for value in asked["Filters"][0]["Values"]}) == count


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ({"InstanceProfile": {"Roles": [{"Arn": "arn"}]}}, "arn"),
        ({"InstanceProfile": {"Roles": []}}, ""),
        (refused("NoSuchEntity"), ""),
    ],
)
def test_the_role_of_an_instance_profile(answer: Any, role: str) -> None:
    fake = Fake(get_instance_profile=[answer])
    assert iam.read_profile_role(fake, "arn:aws:iam::123456789012:instance-profile/team/blue/p") == role
    assert fake.asked == [{"InstanceProfileName": "p"}]


def test_a_role_by_its_name() -> None:
    trusted = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}]}
    role: dict[str, Any] = {"Arn": "arn", "AssumeRolePolicyDocument": trusted}
    assert iam.read_named_role(Fake(get_role=[{"Role": role}]), "a") == ("arn", True)
    assert iam.read_named_role(Fake(get_role=[{"Role": {"Arn": "arn"}}]), "a") == ("arn", True)
    role["AssumeRolePolicyDocument"] = {"Statement": []}
    assert iam.read_named_role(Fake(get_role=[{"Role": role}]), "a") == ("arn", False)
    assert iam.read_named_role(Fake(get_role=[refused("NoSuchEntity")]), "a") == ("", False)
    with pytest.raises(ServiceFailed, match="Could not read role a: AccessDenied"):
        iam.read_named_role(Fake(get_role=[refused("AccessDenied")]), "a")


@pytest.mark.parametrize("listed", [None, []])
def test_a_cluster_without_nodes(listed: Any) -> None:
    assert nodes.read_nodes(knowing(nodes={"metadata": {}, "items": listed})) == ()


def test_nodes_are_asked_for_500_at_once() -> None:
    def page(name: str, **more: str) -> dict[str, Any]:
        return {"metadata": more, "items": [{"metadata": {"name": name}, "spec": {}, "status": {}}]}

    api = knowing(nodes=[page("b", **{"continue": "there"}), page("a")])
    assert [one.name for one in nodes.read_nodes(api)] == ["a", "b"]
    assert [call.query for call in api.calls] == [{"limit": "500"}, {"limit": "500", "continue": "there"}]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"data": {"mapRoles": "[]"}}, "[]"),
        ({"data": None}, ""),
        ({"data": {"mapUsers": "[]"}}, ""),
        (None, ""),
    ],
)
def test_aws_auth_may_be_missing(answer: Any, text: str) -> None:
    api = knowing(aws_auth=answer)
    assert nodes.read_map_roles(api) == text
    assert [call.path for call in api.calls] == ["/api/v1/namespaces/kube-system/configmaps/aws-auth"]


def read_placement(server: Any, *values: str | None) -> placement.Placement:
    scripts = [
        {"metadata": {"name": f"s{number}"}, "data": None if one is None else {"staging-values.json": one}}
        for number, one in enumerate(values)
    ]
    api = knowing(epinio_server=server, configmaps={"items": scripts})
    return placement.read_placement(api, "epinio")


TEMPLATE = {"metadata": {"labels": {"app": "server"}}, "spec": {"nodeSelector": {"a": "b"}}}
SERVER = {"spec": {"template": TEMPLATE}}


def test_pods_of_server_and_staging_jobs() -> None:
    values = ['{"nodeSelector": {"c": "d"}}', None, "{}", '{"nodeSelector": null, "affinity": {}}']
    found = read_placement(SERVER, *values)
    assert [one.selector for one in found.pods] == [{"a": "b"}, {"c": "d"}, {}]
    assert [one.kind for one in found.pods] == ["server", "staging jobs", "staging jobs"]
    assert {one.namespace for one in found.pods} == {"epinio"}
    assert found.pods[0].labels == {"app": "server"}
    # Each job has an application's name, which may be any.
    assert found.pods[1].labels["app.kubernetes.io/name"] is None
    assert found.pods[1].labels["app.kubernetes.io/component"] == "staging"
    assert found.notices == ()


def test_a_missing_server_may_come_to_any_node() -> None:
    found = read_placement(None)
    assert found.pods == (Pods(kind="server", namespace="epinio"),)
    assert "There is no Deployment epinio-server in namespace epinio" in found.notices[0]


@pytest.mark.parametrize("values", ["{", "[]", '"x"', '{"tolerations": {}}', '{"affinity": []}'])
def test_values_that_epinio_cannot_read_either(values: str) -> None:
    found = read_placement(SERVER, values)
    assert [one.selector for one in found.pods] == [{"a": "b"}]
    assert "staging-values.json of ConfigMap s0 cannot be read" in found.notices[0]
