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
  pod_identity:
    description:
      - List also the service accounts of the namespace that have an EKS Pod Identity association, which goes
        before the role of an account.
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
  - amazon.aws.boto3
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
    status:
      description: State of the cluster, V(ACTIVE) or V(UPDATING).
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
      description: Issuer of the service accounts' tokens.
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
    wiring:
      description: The owner of what the other modules make, C(<ARN of the cluster>/<namespace>).
      type: str
      sample: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    kubernetes:
      description: How Kubernetes is reached.
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
    associated_accounts:
      description: Service accounts with a Pod Identity association, null if the caller may not list them.
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
from ansible_collections.epinio.aws.plugins.module_utils.domain import clusters
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import matched_by
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed, reporting
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import kubernetes_client
from ansible_collections.epinio.aws.plugins.module_utils.planners.cluster_info import view
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import read_connection, read_issuer
from ansible_collections.epinio.aws.plugins.module_utils.readers.eks import read_account, read_cluster
from ansible_collections.epinio.aws.plugins.module_utils.readers.pod_identity import read_associations

SPEC = options(
    "namespace",
    name={"type": "str", "required": True},
    account_id={"type": "str"},
    pod_identity={"type": "bool", "default": False},
)


def main() -> None:
    module = aws_and_kubernetes_module(SPEC)
    given = module.params
    if isinstance(given["kubeconfig"], str):
        # The option is a secret because it may hold the file's content. A path is none, and people need to see it.
        module.no_log_values.discard(given["kubeconfig"])
    with reporting(module):
        clusters.check_names(given["name"], given["namespace"], given["account_id"])
        cluster = found(module, clusters.checked_region(module.region))
        notices = clusters.notices(cluster)
        api = kubernetes_client(module)
        connection = read_connection(api, given)
        match = matched_by(cluster, connection, lambda: read_issuer(api))
        shown = view(cluster, given["namespace"], connection, match)
        if given["pod_identity"]:
            found_accounts = read_associations(module.client("eks"), given["name"], given["namespace"])
            shown["associated_accounts"] = None if found_accounts is None else sorted(found_accounts)
        module.exit_json(changed=False, cluster=shown, notices=list(notices))


def found(module: Any, region: str) -> clusters.EksCluster:
    name, account = module.params["name"], module.params["account_id"]
    try:
        cluster = read_cluster(module.client("eks"), name)
    except ServiceFailed as error:
        # A refusal may only mean that these are another account's credentials.
        if account and error.code == "AccessDeniedException":
            clusters.refuse_another_account(read_account(module.client("sts")), account)
        raise
    owner = cluster.identity.account if cluster else read_account(module.client("sts"))
    clusters.refuse_another_account(owner, account)
    return cluster or clusters.refuse_missing(name, region, owner)


if __name__ == "__main__":
    main()
