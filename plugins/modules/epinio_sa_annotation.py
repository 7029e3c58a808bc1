#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_sa_annotation
short_description: Give a service account of Epinio its IAM role
version_added: 0.1.0
description:
  - Sets the annotation C(eks.amazonaws.com/role-arn) of a service account, and nothing else of it. EKS then gives the
    role to every pod of the account that is created afterwards.
  - Makes the account if asked to, without an API token in its pods, as staging jobs need it.
  - A value of the annotation that somebody else set is refused, with who set it. So is an account in the place of ours
    that this collection did not make, unless it already is what is wanted.
options:
  name:
    description: Name of the service account, in the namespace of O(wiring).
    type: str
    required: true
  role_arn:
    description: ARN of the IAM role.
    type: str
    required: true
  create:
    description: The account is ours to make. Without it a missing account is refused.
    type: bool
    default: false
  pull_secrets:
    description:
      - Names of Secrets with which the account's pods pull images. Those that the account has besides are kept.
      - Only with O(create).
    type: list
    elements: str
  pull_secrets_from:
    description:
      - A service account of the same namespace whose pull secrets a new account gets if O(pull_secrets) is not given.
      - Only with O(create).
    type: str
  state:
    description: The account exists and has the role.
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
- name: Make the account of the staging jobs, with its role
  epinio.aws.epinio_sa_annotation:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: epinio-staging-service-account
    role_arn: arn:aws:iam::123456789012:role/epinio-staging-role
    create: true
    pull_secrets_from: epinio-server

- name: Give Epinio's server its role where the chart cannot
  epinio.aws.epinio_sa_annotation:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: epinio-server
    role_arn: arn:aws:iam::123456789012:role/epinio-server-role
"""

RETURN = r"""
service_account:
  description: The service account, also in check mode.
  returned: success
  type: dict
  contains:
    namespace:
      description: Namespace of the account.
      type: str
      sample: epinio
    name:
      description: Name of the account.
      type: str
      sample: epinio-staging-service-account
    role_arn:
      description: The role that its annotation names.
      type: str
      sample: arn:aws:iam::123456789012:role/epinio-staging-role
    pull_secrets:
      description: Names of its pull secrets.
      type: list
      elements: str
      sample: []
    automount_token:
      description: Whether its pods get a token for the API server; null where the account does not say.
      type: bool
      sample: false
    wiring:
      description: The wiring that the account was made for; empty if this collection did not make it.
      type: str
      sample: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
changes:
  description: The calls that were made, or in check mode would be.
  returned: success
  type: list
  elements: dict
  contains:
    summary:
      description: The change in words.
      type: str
      sample: create service account epinio/epinio-staging-service-account
    operation:
      description: Client and method.
      type: str
      sample: kubernetes.create_service_account
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
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import reporting
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import kubernetes_client, kubernetes_module
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.sa_annotation import Wanted, plan
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import (
    read_pull_secrets,
    read_service_account,
)
from ansible_collections.epinio.aws.plugins.module_utils.writers.kubernetes import KubernetesWriter, rehearsed

SPEC = options(
    *("wiring", "state"),
    name={"type": "str", "required": True},
    role_arn={"type": "str", "required": True},
    create={"type": "bool", "default": False},
    # Names of Secrets are no secrets.
    pull_secrets={"type": "list", "elements": "str", "no_log": False},
    pull_secrets_from={"type": "str", "no_log": False},
)


def main() -> None:
    module = kubernetes_module(SPEC)
    given = module.params
    with reporting(module):
        secrets, source = given["pull_secrets"], given["pull_secrets_from"] or ""
        wanted = Wanted(
            wiring(given["wiring"]),
            given["name"],
            given["role_arn"],
            given["create"],
            None if secrets is None else tuple(secrets),
            source,
        )
        api = kubernetes_client(module)

        def survey() -> Plan:
            actual = read_service_account(api, wanted.wiring.namespace, wanted.name)
            copying = actual is None and source and secrets is None
            copied = read_pull_secrets(api, wanted.wiring.namespace, source) if copying else ()
            return rehearsed(plan(wanted, actual, copied), api)

        converge(module, "service_account", survey, {"kubernetes": KubernetesWriter(api)})


if __name__ == "__main__":
    main()
