#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_cluster_info
short_description: Find the EKS cluster that Epinio runs on
version_added: 0.1.0
description:
  - Reads what the other modules need to know of the cluster, such as its account, region and OIDC issuer, in one call.
  - Makes sure that the kubeconfig leads to the same cluster. Its certificate authority shows that, or else the
    issuer that the API server names at C(/.well-known/openid-configuration). Another cluster is refused.
  - Refuses a cluster that is being created or deleted, has failed, is only registered with EKS, or runs on an Outpost.
    Where the wiring is to be taken back (O(teardown)), none of these is refused, nor a cluster that does not exist.
options:
  name:
    description: Name of the EKS cluster.
    type: str
    required: true
  account_id:
    description: The AWS account, 12 digits. A cluster or credentials of any other account are refused.
    type: str
  namespace:
    description: Namespace of Epinio's Helm release.
    type: str
    default: epinio
  roles_for_accounts:
    description:
      - Whether the service accounts are to have IAM roles. A cluster without an OIDC issuer is then refused.
      - It makes no difference with O(teardown).
    type: bool
    default: true
  pod_identity:
    description:
      - List also the service accounts of the namespace that have an EKS Pod Identity association, which goes
        before the role of an account.
    type: bool
    default: false
  teardown:
    description:
      - What is asked for is to be taken down. The cluster may be in any state, and it need not exist.
      - Whether the API server answers is tried by one short call. A cluster that exists and is not reached is refused,
        because the Helm release has to be restored before its roles go.
    type: bool
    default: false
  cluster_gone:
    description:
      - With O(teardown), accept that the cluster exists and is not reached. RV(cluster.reachable) is then V(false), and
        only what is in AWS can be taken down.
      - It makes no difference why the cluster is not reached - there is no kubeconfig or no such context, the API
        server does not answer or does not admit the caller, or the kubeconfig leads to another cluster. A notice says
        which it is, and names the kubeconfig, since a wrong one would leave a running Epinio without its roles.
      - It makes no difference to a cluster that is reached.
    type: bool
    default: false
  validate_certs:
    description:
      - Whether to verify the certificates of AWS.
      - How those of Kubernetes are verified is said by the kubeconfig or E(K8S_AUTH_VERIFY_SSL).
    type: bool
    default: true
    aliases: []
extends_documentation_fragment:
  - epinio.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - epinio.aws.requirements.aws
  - kubernetes.core.k8s_auth_options
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Find the cluster, and make sure that the kubeconfig leads to it
  epinio.aws.epinio_cluster_info:
    name: epinio
    region: us-east-1
  register: found

- name: Find the cluster, whatever is left of it, to take the wiring back
  epinio.aws.epinio_cluster_info:
    name: epinio
    region: us-east-1
    teardown: true
  register: left

- name: Use what was found
  epinio.aws.epinio_oidc_provider:
    wiring: "{{ found.cluster.wiring }}"
    issuer: "{{ found.cluster.issuer }}"
    region: us-east-1
"""

RETURN = r"""
cluster:
  description: The cluster.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the cluster.
      type: str
      sample: epinio
    arn:
      description: ARN of the cluster.
      type: str
      sample: arn:aws:eks:us-east-1:123456789012:cluster/epinio
    partition:
      description: AWS partition.
      type: str
      sample: aws
    account:
      description: AWS account.
      type: str
      sample: "123456789012"
    region:
      description: Region of the cluster.
      type: str
      sample: us-east-1
    dns_suffix:
      description: Domain of the partition's service endpoints.
      type: str
      sample: amazonaws.com
    exists:
      description: Whether the cluster exists. Without O(teardown) always V(true).
      type: bool
      sample: true
    reachable:
      description: Whether Kubernetes is reached. It is tried with O(teardown) only, and V(true) without.
      type: bool
      sample: true
    status:
      description:
        - State of the cluster, V(ACTIVE) or V(UPDATING); with O(teardown) also any other.
        - Where the cluster does not exist this is empty, and so are RV(cluster.version), RV(cluster.endpoint),
          RV(cluster.issuer), RV(cluster.provider_arn), RV(cluster.authentication_mode) and
          RV(cluster.auto_node_role_arn).
      type: str
      sample: ACTIVE
    version:
      description: Version of Kubernetes.
      type: str
      sample: "1.31"
    endpoint:
      description: Address of the API server.
      type: str
      sample: https://EXAMPLE.gr7.us-east-1.eks.amazonaws.com
    issuer:
      description: Issuer of the service accounts' tokens, empty if the cluster has none.
      type: str
      sample: https://oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE
    provider_arn:
      description: ARN of the IAM OIDC provider of this issuer, whether it exists or not.
      type: str
      sample: arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE
    authentication_mode:
      description: Where the cluster keeps who may enter, V(API), V(API_AND_CONFIG_MAP) or V(CONFIG_MAP).
      type: str
      sample: API_AND_CONFIG_MAP
    auto_node_role_arn:
      description: ARN of the role of the nodes that EKS Auto Mode makes, empty if it is off.
      type: str
      sample: ""
    wiring:
      description: The owner of what the other modules make, C(<ARN of the cluster>/<namespace>).
      type: str
      sample: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    kubernetes:
      description: How Kubernetes is reached. All of it is empty if it is not.
      type: dict
      contains:
        server:
          description: Address of the API server that is used.
          type: str
          sample: https://EXAMPLE.gr7.us-east-1.eks.amazonaws.com
        kubeconfig:
          description: Path of the kubeconfig, or V(options), V(environment) or V(in-cluster).
          type: str
          sample: ~/.kube/config
        context:
          description: Context in the kubeconfig.
          type: str
          sample: epinio
        matched_by:
          description: What showed that this is the cluster, its V(certificate authority) or its V(issuer).
          type: str
          sample: certificate authority
        overridden:
          description: Options and variables that count before the kubeconfig, such as C(K8S_AUTH_HOST).
          type: list
          elements: str
          sample: []
    associated_accounts:
      description: Service accounts with a Pod Identity association, null if the caller may not list them or the
        cluster does not exist.
      returned: with O(pod_identity)
      type: list
      elements: str
      sample: []
notices:
  description: What the person who runs the play should know.
  returned: success
  type: list
  elements: str
  sample: []
"""

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.arguments import options
from ansible_collections.epinio.aws.plugins.module_utils.combined_module import aws_and_kubernetes_module
from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, clusters
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection_settings import refuse_content
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import Reached, matched_by
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed, reporting
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import kubernetes_client
from ansible_collections.epinio.aws.plugins.module_utils.planners.cluster_info import out_of_reach, view
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import (
    check_reach,
    read_issuer,
)
from ansible_collections.epinio.aws.plugins.module_utils.readers.eks import read_caller, read_cluster
from ansible_collections.epinio.aws.plugins.module_utils.readers.pod_identity import read_associations

SPEC = options(
    "namespace",
    name={"type": "str", "required": True},
    account_id={"type": "str"},
    roles_for_accounts={"type": "bool", "default": True},
    pod_identity={"type": "bool", "default": False},
    teardown={"type": "bool", "default": False},
    cluster_gone={"type": "bool", "default": False},
)


def main() -> None:
    module = aws_and_kubernetes_module(SPEC)
    given = module.params
    with reporting(module):
        if isinstance(given["kubeconfig"], str):
            # The option is a secret because it may hold the file's content. A path is none, and people need to see it.
            refuse_content(given["kubeconfig"], "kubeconfig")
            module.no_log_values.discard(given["kubeconfig"])
        clusters.check_names(given["name"], given["namespace"], given["account_id"])
        cluster = found(module, clusters.checked_region(module.region))
        if given["teardown"]:
            notices = clusters.teardown_notices(cluster)
        else:
            notices = clusters.notices(cluster, roles_for_accounts=given["roles_for_accounts"])
        reached, why_not = reach(module, cluster)
        shown = view(cluster, given["namespace"], reached)
        if given["pod_identity"]:
            shown["associated_accounts"] = associated_accounts(module) if cluster.exists else None
        module.exit_json(changed=False, cluster=shown, notices=[*notices, *why_not])


def found(module: Any, region: str) -> clusters.EksCluster:
    name, account = module.params["name"], module.params["account_id"]
    try:
        cluster = read_cluster(module.client("eks"), name)
    except ServiceFailed as error:
        # A refusal may only mean that these are another account's credentials.
        if account and error.code == "AccessDeniedException":
            clusters.refuse_another_account(read_caller(module.client("sts")).account, account)
        raise
    if cluster:
        clusters.refuse_another_account(cluster.identity.account, account)
        return cluster
    caller = read_caller(module.client("sts"))
    clusters.refuse_another_account(caller.account, account)
    if not module.params["teardown"]:
        clusters.refuse_missing(name, region, caller.account)
    return clusters.missing(arns.Cluster(caller.partition, region, caller.account, name))


def reach(module: Any, cluster: clusters.EksCluster) -> tuple[Reached | None, tuple[str, ...]]:
    """How the cluster is reached; at a teardown it may not be, and then notices say why."""
    if not cluster.exists:
        return None, ()
    try:
        return connected(module, cluster), ()
    except (Refused, ServiceFailed) as error:
        if not module.params["teardown"]:
            raise
        return None, (out_of_reach(cluster, error, accepted=module.params["cluster_gone"]),)


def connected(module: Any, cluster: clusters.EksCluster) -> Reached:
    api = kubernetes_client(module)
    connection = api.connection
    if module.params["teardown"]:
        check_reach(api, connection, module.params["namespace"])
    return Reached(connection, matched_by(cluster, connection, lambda: read_issuer(api)))


def associated_accounts(module: Any) -> list[str] | None:
    accounts = read_associations(module.client("eks"), module.params["name"], module.params["namespace"])
    return None if accounts is None else sorted(accounts)


if __name__ == "__main__":
    main()
