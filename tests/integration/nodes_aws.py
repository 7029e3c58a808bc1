"""EKS, EC2 and IAM of a world of nodes, behind real clients of boto3: answers are checked against botocore's models."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.validate import validate_parameters

from tests.node_worlds import ACCOUNT, CLUSTER, REGION, World

FILTER_VALUES = 200


class NotThere(Exception):
    """What AWS refuses; the argument is its code."""


@dataclass
class NodesAws:
    """What was called is in `calls`. Lists have `page` entries a page."""

    world: World
    page: int = 100
    calls: list[str] = field(default_factory=list)

    def client(self, service: str) -> Any:
        keys = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "nobody"}
        made = boto3.client(service, region_name=REGION, endpoint_url="http://127.0.0.1:9", **keys)
        asked: dict[str, Any] = {}
        made.meta.events.register("provide-client-params.*.*", lambda params, **_: asked.update(last=params))
        made.meta.events.register("before-call.*.*", lambda model, **_: self._answer(service, model, asked["last"]))
        return made

    def _answer(self, service: str, model: Any, asked: Mapping[str, Any]) -> Any:
        self.calls.append(f"{service}:{model.name}")
        handler: Callable[[Mapping[str, Any]], dict[str, Any]] = getattr(self, f"_{model.name.lower()}")
        try:
            answer, status = handler(asked), 200
            validate_parameters(answer, model.output_shape)
        except NotThere as refusal:
            answer, status = {"Error": {"Code": str(refusal), "Message": "no"}}, 400
        return SimpleNamespace(status_code=status, headers={}), {**answer, "ResponseMetadata": {}}

    def _describecluster(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._check_cluster(asked["name"])
        arn = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{CLUSTER}"
        found: dict[str, Any] = {"name": CLUSTER, "arn": arn, "status": "ACTIVE"}
        found["roleArn"] = f"arn:aws:iam::{ACCOUNT}:role/cluster"
        found["accessConfig"] = {"authenticationMode": self.world.mode}
        if self.world.auto_role:
            found["computeConfig"] = {"enabled": True, "nodeRoleArn": self.world.auto_role}
        return {"cluster": found}

    def _listnodegroups(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._check_cluster(asked["clusterName"])
        return self._paged("nodegroups", [one["nodegroupName"] for one in self.world.groups], asked)

    def _describenodegroup(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return {"nodegroup": _first(self.world.groups, "nodegroupName", asked["nodegroupName"])}

    def _listaccessentries(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if self.world.mode == "CONFIG_MAP":
            raise NotThere("InvalidRequestException")
        return self._paged("accessEntries", list(self.world.entries), asked)

    def _describeaccessentry(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        arn = asked["principalArn"]
        if arn not in self.world.entries:
            raise NotThere("ResourceNotFoundException")
        return {"accessEntry": {"principalArn": arn, "type": self.world.entries[arn]}}

    def _listfargateprofiles(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        names = [one["fargateProfileName"] for one in self.world.profiles_of_fargate]
        return self._paged("fargateProfileNames", names, asked)

    def _describefargateprofile(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        found = _first(self.world.profiles_of_fargate, "fargateProfileName", asked["fargateProfileName"])
        return {"fargateProfile": found}

    def _describeinstances(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        (one,) = asked["Filters"]
        assert one["Name"] == "instance-id"
        assert 0 < len(one["Values"]) <= FILTER_VALUES
        wanted = set(one["Values"])
        found = [instance for instance in self.world.instances if instance["InstanceId"] in wanted]
        # EC2 may put instances that were started together into one reservation.
        return {"Reservations": [{"Instances": found[:3]}, {"Instances": found[3:]}]}

    def _getinstanceprofile(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        name = asked["InstanceProfileName"]
        if name not in self.world.profiles:
            raise NotThere("NoSuchEntity")
        common = {"Path": "/", "CreateDate": 0}
        role = {**common, "RoleName": name, "RoleId": "AROA" + "A" * 12, "Arn": self.world.profiles[name]}
        arn = f"arn:aws:iam::{ACCOUNT}:instance-profile/{name}"
        profile = {**common, "InstanceProfileName": name, "InstanceProfileId": "AIPA" + "A" * 12, "Arn": arn}
        return {"InstanceProfile": {**profile, "Roles": [role]}}

    def _getrole(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        there = {arn.rpartition("/")[2]: arn for arn in (*self.world.roles, *self.world.profiles.values())}
        name = asked["RoleName"]
        if name not in there:
            raise NotThere("NoSuchEntity")
        common: dict[str, Any] = {"Path": "/", "CreateDate": 0, "RoleId": "AROA" + "A" * 12}
        service = "ssm.amazonaws.com" if name == "hybrid" else "ec2.amazonaws.com"
        trusted = {"Statement": {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}}
        common["AssumeRolePolicyDocument"] = json.dumps(trusted)
        return {"Role": {**common, "RoleName": name, "Arn": there[name]}}

    def _check_cluster(self, name: str) -> None:
        if name != CLUSTER:
            raise NotThere("ResourceNotFoundException")

    def _paged(self, key: str, names: Sequence[str], asked: Mapping[str, Any]) -> dict[str, Any]:
        start = int(asked.get("nextToken", 0))
        more = {"nextToken": str(start + self.page)} if start + self.page < len(names) else {}
        return {key: list(names[start : start + self.page]), **more}


def _first(found: Sequence[Mapping[str, Any]], key: str, name: str) -> Mapping[str, Any]:
    for one in found:
        if one[key] == name:
            return one
    raise NotThere("ResourceNotFoundException")
