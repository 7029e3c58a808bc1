#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_irsa_role
short_description: Manage the IAM role of a Kubernetes service account
version_added: 0.1.0
description:
  - Creates a role that one service account of the wiring's namespace may assume, and attaches policies to it.
  - In a role of this wiring the trust statement with the Sid C(EpinioAwsIrsa) is ours. Statements, policies and tags
    that somebody else added are kept, and notices say so.
  - A role that this collection did not make is used as it is if it trusts and permits exactly what is wanted, else
    refused.
  - Removed is only the role of this wiring, and only if nobody else uses it. If somebody does (a policy, inline policy
    or trust statement that is not ours, an instance profile), our policies are detached and our statement is taken out
    of its trust policy, unless that is the last one, which IAM does not let go. The rest stays and is in the
    RV(residue).
options:
  name:
    description: Name of the role.
    type: str
    required: true
  issuer:
    description:
      - URL of the cluster's OIDC issuer, as M(epinio.aws.epinio_cluster_info) returns it.
      - Required with O(state=present). With O(state=absent) the provider that the role trusted is in the RV(residue) if
        it is not this issuer's, or if no issuer is given, because the cluster is gone.
    type: str
  service_account:
    description:
      - Name of the service account, in the namespace of O(wiring). Wildcards are refused.
      - Required with O(state=present).
    type: str
  policies:
    description: ARNs of the managed policies to attach; with O(state=absent) those of ours, to detach.
    type: list
    elements: str
    required: true
  retired_policies:
    description:
      - ARNs of policies of this wiring that the role must not have (any more).
      - They are detached from a role of this wiring, and never deleted. No other policy is detached, but for
        O(policies) with O(state=absent).
    type: list
    elements: str
    default: []
  permissions_boundary:
    description: ARN of a policy that bounds the role. Without it the role's own boundary stays.
    type: str
  description:
    description: Description of a role of ours.
    type: str
    default: Access of Epinio to its S3 bucket
  max_session_duration:
    description: Longest session in seconds, 3600 to 43200. Without it the role's own stays.
    type: int
  state:
    description:
      - With V(present) the role exists as wanted.
      - With V(absent) it does not, or has nothing of ours left if somebody else uses it.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - epinio.aws.attributes
  - epinio.aws.options.wiring
  - epinio.aws.options.iam
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - epinio.aws.requirements.aws
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Give Epinio's server its role
  epinio.aws.epinio_irsa_role:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: epinio-server-role
    issuer: https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
    service_account: epinio-server
    policies:
      - arn:aws:iam::123456789012:policy/EpinioECEKSClusterPolicy

- name: Give the staging jobs theirs
  epinio.aws.epinio_irsa_role:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: epinio-staging-role
    issuer: https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
    service_account: epinio-staging-service-account
    policies:
      - arn:aws:iam::123456789012:policy/EpinioStagingPolicy
    retired_policies:
      - arn:aws:iam::123456789012:policy/EpinioECEKSClusterPolicy

- name: Take the role of the staging jobs back
  epinio.aws.epinio_irsa_role:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: epinio-staging-role
    policies:
      - arn:aws:iam::123456789012:policy/EpinioStagingPolicy
      - arn:aws:iam::123456789012:policy/EpinioECEKSClusterPolicy
    issuer: https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
    state: absent
"""

RETURN = r"""
role:
  description: The role, also in check mode. Empty when it is gone.
  returned: success
  type: dict
  contains:
    arn:
      description: ARN of the role.
      type: str
      sample: arn:aws:iam::123456789012:role/epinio-server-role
    name:
      description: Name of the role.
      type: str
      sample: epinio-server-role
    path:
      description: IAM path of the role.
      type: str
      sample: /
    trust:
      description: The trust policy.
      type: dict
    policies:
      description: ARNs of the managed policies attached.
      type: list
      elements: str
      sample: ["arn:aws:iam::123456789012:policy/EpinioECEKSClusterPolicy"]
    permissions_boundary:
      description: ARN of the permissions boundary.
      type: str
    description:
      description: Description of the role.
      type: str
      sample: Access of Epinio to its S3 bucket
    max_session_duration:
      description: Longest session in seconds.
      type: int
      sample: 3600
    tags:
      description: Tags of the role.
      type: dict
      sample: {"epinio.aws/managed-by": "epinio.aws"}
changes:
  description: The calls that were made, or in check mode would be.
  returned: success
  type: list
  elements: dict
  contains:
    summary:
      description: The change in words.
      type: str
      sample: create role epinio-server-role
    operation:
      description: Client and method.
      type: str
      sample: iam.create_role
    arguments:
      description: Arguments of the call.
      type: dict
notices:
  description: What was found and left alone, and why.
  returned: success
  type: list
  elements: str
residue:
  description: What a removal leaves, and why.
  returned: O(state=absent)
  type: list
  elements: dict
  contains:
    object:
      description: What stays.
      type: str
      sample: role epinio-server-role
    reason:
      description: Why it stays.
      type: str
      sample: "somebody else uses it: it is in the instance profile builders"
    advice:
      description: What a human can do.
      type: str
      sample: "If nobody needs it any more, run: aws iam remove-role-from-instance-profile … && aws iam delete-role …"
    wiring:
      description: The other wiring that it belongs to, if it carries the mark of one.
      type: str
      sample: ""
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.arguments import options
from ansible_collections.epinio.aws.plugins.module_utils.aws_module import aws_module
from ansible_collections.epinio.aws.plugins.module_utils.converge import converge
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import reporting
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import irsa_role, irsa_role_removal
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role_target import Wanted
from ansible_collections.epinio.aws.plugins.module_utils.readers.iam import (
    check_boundary,
    read_role,
    read_role_to_remove,
)

SPEC = options(
    *("wiring", "path", "tags", "state"),
    name={"type": "str", "required": True},
    issuer={"type": "str"},
    service_account={"type": "str"},
    policies={"type": "list", "elements": "str", "required": True},
    retired_policies={"type": "list", "elements": "str", "default": []},
    permissions_boundary={"type": "str"},
    description={"type": "str", "default": "Access of Epinio to its S3 bucket"},
    max_session_duration={"type": "int"},
)


def main() -> None:
    module = aws_module(SPEC, required_if=[("state", "present", ["issuer", "service_account"])])
    with reporting(module):
        survey = {"present": _present, "absent": _absent}[module.params["state"]](module.params)
        iam = module.client("iam")
        converge(module, "role", lambda: survey(iam), {"iam": iam})


def _present(given: Mapping[str, Any]) -> Callable[[Any], Plan]:
    lists: dict[str, Any] = {name: tuple(given[name]) for name in ("policies", "retired_policies")}
    own = {name: given[name] for name in SPEC if name not in ("wiring", "state", *lists)}
    wanted = Wanted(wiring=wiring(given["wiring"]), **lists, **own)

    def survey(iam: Any) -> Plan:
        role = read_role(iam, wanted.name, wanted.wiring)
        if wanted.permissions_boundary not in (None, role and role.permissions_boundary):
            check_boundary(iam, wanted.permissions_boundary)
        return irsa_role.plan(wanted, role)

    return survey


def _absent(given: Mapping[str, Any]) -> Callable[[Any], Plan]:
    owner, policies = wiring(given["wiring"]), (*given["policies"], *given["retired_policies"])
    unwanted = irsa_role_removal.Unwanted(owner, given["name"], policies, given["tags"], given["issuer"] or "")
    return lambda iam: irsa_role_removal.plan(unwanted, read_role_to_remove(iam, unwanted.name, owner))


if __name__ == "__main__":
    main()
