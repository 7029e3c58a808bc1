#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_rollout
short_description: Restart Epinio's server if its pods lack their IAM role
version_added: 0.1.0
description:
  - EKS gives a pod the credentials of its service account when the pod is created, and never later.
  - Restarts the Deployment exactly if a pod of its newest ReplicaSet has another credentials environment than the
    wanted one, as C(kubectl rollout restart) does, and waits until the new pods are ready.
  - New pods that EKS's webhook missed are restarted once more. What a restart does not mend fails the task with the
    variable that was found in the pod, such as those of EKS Pod Identity.
options:
  deployment:
    description: Name of the Deployment, in the namespace of O(wiring).
    type: str
    default: epinio-server
  role_arn:
    description:
      - ARN of the role that the pods are to have; after a teardown the one that they had before, if they had one.
      - Without it they are to have no web identity, and a Deployment that does not exist is no error.
    type: str
  region:
    description: Region of the cluster. If given, it must be the one that the pods are told.
    type: str
  timeout:
    description: How long the restarted pods may take to be ready, as a duration of helm.
    type: str
    default: 10m
  state:
    description: The pods have the wanted credentials environment.
    type: str
    choices: [present]
    default: present
extends_documentation_fragment:
  - epinio.aws.attributes
  - epinio.aws.options.wiring
  - kubernetes.core.k8s_auth_options
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Make sure that Epinio's server has its role
  epinio.aws.epinio_rollout:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    role_arn: arn:aws:iam::123456789012:role/epinio-server-role
    region: us-east-1

- name: Make sure that another Deployment has none
  epinio.aws.epinio_rollout:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    deployment: epinio-without-a-role
"""

RETURN = r"""
rollout:
  description: The rollout, also in check mode.
  returned: success
  type: dict
  contains:
    namespace:
      description: Namespace of the Deployment.
      type: str
      sample: epinio
    deployment:
      description: Name of the Deployment.
      type: str
      sample: epinio-server
    role_arn:
      description: The role of its pods; empty if they have none.
      type: str
      sample: arn:aws:iam::123456789012:role/epinio-server-role
    pods:
      description: Names of the pods that have what is wanted; empty after a restart.
      type: list
      elements: str
      sample: [epinio-server-6d4cf56db6-abcde]
    restarted:
      description: Whether the Deployment was restarted, or in check mode would be.
      type: bool
      sample: false
changes:
  description: The calls that were made, or in check mode would be.
  returned: success
  type: list
  elements: dict
  contains:
    summary:
      description: The change in words.
      type: str
      sample: restart deployment epinio/epinio-server, so that its pods get the role arn:aws:iam::123456789012:role/x
    operation:
      description: Client and method.
      type: str
      sample: rollout.restart
    arguments:
      description: Arguments of the call.
      type: dict
notices:
  description: What was found and left alone, and why.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.epinio.aws.plugins.module_utils.arguments import options
from ansible_collections.epinio.aws.plugins.module_utils.converge import converge
from ansible_collections.epinio.aws.plugins.module_utils.domain.credentials import Wanted
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_inputs import check_helm_timeout
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import reporting
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import kubernetes_client, kubernetes_module
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.rollout import plan
from ansible_collections.epinio.aws.plugins.module_utils.readers.pods import read_settled
from ansible_collections.epinio.aws.plugins.module_utils.writers.rollout import Rollout

SPEC = options(
    *("wiring",),
    deployment={"type": "str", "default": "epinio-server"},
    role_arn={"type": "str"},
    region={"type": "str"},
    timeout={"type": "str", "default": "10m"},
    state={"type": "str", "choices": ["present"], "default": "present"},
)


def main() -> None:
    module = kubernetes_module(SPEC)
    given = module.params
    with reporting(module):
        namespace, name = wiring(given["wiring"]).namespace, given["deployment"]
        wanted = Wanted(given["role_arn"] or "", given["region"] or "")
        api = kubernetes_client(module)
        rollout = Rollout(api, check_helm_timeout(given["timeout"]))

        def survey() -> Plan:
            return rollout.rehearsed(plan(wanted, namespace, name, read_settled(api, namespace, name)))

        converge(module, "rollout", survey, {"rollout": rollout})


if __name__ == "__main__":
    main()
