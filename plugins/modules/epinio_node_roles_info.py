#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_node_roles_info
short_description: Find the IAM roles of the nodes that Epinio's pods run on
version_added: 0.1.0
description:
  - Finds all IAM roles that nodes of the cluster have or can get. It asks the managed node groups, the access entries,
    Auto Mode, the running nodes (by their EC2 instances and instance profiles), and at last the ConfigMap C(aws-auth).
  - The roles of people, of Fargate's pods and of hybrid nodes are none of them, and neither is the cluster's own role.
  - Finds also the nodes on which a pod would not get the credentials of the role, and says why, and what to do
    about it. A pod needs an instance metadata service that is on and has a hop limit of at least 2. Fargate, hybrid
    nodes and Auto Mode give pods no credentials of their nodes.
  - A Fargate profile that takes Epinio's pods is found too. The profiles are asked for only where an access entry,
    C(aws-auth) or a node shows that there are some.
  - Where a role is named only by an access entry or C(aws-auth), nothing is known of its nodes. It counts, because
    nodes of it may come any time.
options:
  scope:
    description:
      - V(schedulable) takes the roles of nodes and node groups on which the pods of Epinio's server or of its staging
        jobs can be scheduled, as they are now, by node selectors, required node affinity, taints and operating system.
        A node group counts by its labels and taints, even while it has no node.
      - The scheduler does not look for which architectures an image is made, so nodes of arm64 count as those of amd64
        do, unless the pods select one (C(kubernetes.io/arch)).
      - V(all) takes the roles of all nodes.
    type: str
    choices: [schedulable, all]
    default: schedulable
  role_names:
    description:
      - Names of the nodes' roles, without path. No other roles are then looked for, and O(scope) leaves none of them
        out. Each must exist.
      - The nodes are asked all the same which role they have, and whether pods get its credentials.
    type: list
    elements: str
    default: []
  authentication_mode:
    description:
      - Where the cluster keeps who may enter, as M(epinio.aws.epinio_cluster_info) returns it. With
        O(auto_node_role_arn) it spares asking EKS for the cluster again.
    type: str
    choices: [API, API_AND_CONFIG_MAP, CONFIG_MAP]
  auto_node_role_arn:
    description: ARN of the role of Auto Mode's nodes, as M(epinio.aws.epinio_cluster_info) returns it, empty without.
    type: str
  unreachable:
    description:
      - What to do about nodes on which Epinio's pods can be scheduled, and would get no credentials. One is enough.
      - V(fail) fails the task and says what to do, V(report) says the same in RV(notices).
    type: str
    choices: [fail, report]
    default: fail
  validate_certs:
    description:
      - Whether to verify the certificates of AWS.
      - How those of Kubernetes are verified is said by the kubeconfig or E(K8S_AUTH_VERIFY_SSL).
    type: bool
    default: true
    aliases: []
extends_documentation_fragment:
  - epinio.aws.attributes.info
  - epinio.aws.options.wiring
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - epinio.aws.requirements.aws
  - kubernetes.core.k8s_auth_options
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Find the roles of the nodes that Epinio's pods can run on
  epinio.aws.epinio_node_roles_info:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    region: us-east-1
  register: nodes

- name: Find them without asking EKS for the cluster again
  epinio.aws.epinio_node_roles_info:
    wiring: "{{ found.cluster.wiring }}"
    authentication_mode: "{{ found.cluster.authentication_mode }}"
    auto_node_role_arn: "{{ found.cluster.auto_node_role_arn }}"
    region: us-east-1

- name: Find the roles of all nodes, and only report where pods get no credentials
  epinio.aws.epinio_node_roles_info:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    region: us-east-1
    scope: all
    unreachable: report
"""

RETURN = r"""
node_roles:
  description: The roles, by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the role.
      type: str
      sample: epinio-nodes
    arn:
      description: ARN of the role, with its path.
      type: str
      sample: arn:aws:iam::123456789012:role/epinio-nodes
    found_in:
      description: Where the role was found.
      type: list
      elements: str
      sample: [node group default, access entry, node ip-10-0-1-10.ec2.internal]
    reachable:
      description: Whether pods get its credentials on at least one node, null if no node has the role at present.
      type: bool
      sample: true
    node_count:
      description: How many nodes have the role, are in O(scope), are ready and take new pods.
      type: int
      sample: 1
    nodes:
      description: Names of the first 10 of them, those first where pods get credentials.
      type: list
      elements: str
      sample: [ip-10-0-1-10.ec2.internal]
unreachable_nodes:
  description: Nodes on which Epinio's pods can be scheduled and would get no credentials, by the reason. A Fargate
    profile that takes Epinio's pods is among them without nodes.
  returned: success, and where such nodes fail the task
  type: list
  elements: dict
  contains:
    reason:
      description: Why pods get no credentials.
      type: str
      sample: HttpPutResponseHopLimit of its instance is 1, and pods are 2 hops away
    remedy:
      description: What to do about it.
      type: str
      sample: Set MetadataOptions HttpEndpoint to enabled in the launch template of node group default.
    roles:
      description: Names of the roles of these nodes.
      type: list
      elements: str
      sample: [epinio-nodes]
    node_count:
      description: How many nodes it is.
      type: int
      sample: 1
    nodes:
      description: Names of the first 10 of them.
      type: list
      elements: str
      sample: [ip-10-0-1-10.ec2.internal]
    instances:
      description: The EC2 instances behind these.
      type: list
      elements: str
      sample: [i-0a1b2c3d4e5f60718]
notices:
  description: What the person who runs the play should know.
  returned: success
  type: list
  elements: str
  sample: []
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.arguments import options
from ansible_collections.epinio.aws.plugins.module_utils.combined_module import aws_and_kubernetes_module
from ansible_collections.epinio.aws.plugins.module_utils.domain.names import check_node_roles
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import reporting
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import kubernetes_client
from ansible_collections.epinio.aws.plugins.module_utils.node_survey import (
    Clients,
    Entrance,
    survey,
    survey_of_chosen,
)
from ansible_collections.epinio.aws.plugins.module_utils.planners import node_preflight as preflight
from ansible_collections.epinio.aws.plugins.module_utils.planners import node_roles_info as planner
from ansible_collections.epinio.aws.plugins.module_utils.readers.placement import read_placement

SPEC = options(
    "wiring",
    scope={"type": "str", "choices": ["schedulable", "all"], "default": "schedulable"},
    role_names={"type": "list", "elements": "str", "default": []},
    authentication_mode={"type": "str", "choices": ["API", "API_AND_CONFIG_MAP", "CONFIG_MAP"]},
    auto_node_role_arn={"type": "str"},
    unreachable={"type": "str", "choices": ["fail", "report"], "default": "fail"},
)


def main() -> None:
    module = aws_and_kubernetes_module(SPEC, required_together=[("authentication_mode", "auto_node_role_arn")])
    given = module.params
    with reporting(module):
        owner, names = wiring(given["wiring"]), tuple(given["role_names"])
        check_node_roles(names)
        to = clients(module)
        placement = read_placement(to.kubernetes, owner.namespace)
        if names:
            seen = survey_of_chosen(to, owner.cluster, placement.pods, names)
        else:
            seen = survey(to, owner.cluster, placement.pods, entrance(given))
        found = planner.found(seen, every=given["scope"] == "all")
        preflight.refuse_no_role(found)
        if given["unreachable"] == "fail":
            preflight.refuse_unreachable(found)
        notices = [*placement.notices, *planner.notices(found), *preflight.unreachable(found)]
        shown = {"node_roles": planner.view(found), "unreachable_nodes": planner.unreachable_view(found)}
        module.exit_json(changed=False, **shown, notices=notices)


def entrance(given: Mapping[str, Any]) -> Entrance | None:
    mode = given["authentication_mode"]
    return Entrance(mode, given["auto_node_role_arn"]) if mode else None


def clients(module: Any) -> Clients:
    aws = {service: module.client(service) for service in ("eks", "ec2", "iam")}
    return Clients(**aws, kubernetes=kubernetes_client(module))


if __name__ == "__main__":
    main()
