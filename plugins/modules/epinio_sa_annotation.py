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
  - Takes back what it made, with O(state=absent). With O(create) that is the account, once no unfinished Job of the
    namespace uses it, whosever the Job is. Without O(create) it is the annotation, if this collection set it and it has
    the value O(role_arn).
  - Kept at a removal, and reported as residue, is an account that this collection did not make or that another wiring
    owns, one with another role, one with which a ReplicaSet or other controller makes pods, and an annotation that
    somebody else set. An annotation that Helm set is taken back with the release's values, by
    M(epinio.aws.epinio_release).
options:
  name:
    description: Name of the service account, in the namespace of O(wiring).
    type: str
    required: true
  role_arn:
    description: ARN of the IAM role. A removal tells by it which role is the wiring's.
    type: str
    required: true
  create:
    description: The account is ours to make, and to delete. Without it a missing account is refused.
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
  timeout:
    description:
      - How long unfinished Jobs that use the account may take to end before it is deleted, as a duration of helm.
      - They are waited for in check mode too, then refused, so that a play that plans first changes nothing before.
    type: str
    default: 10m
  state:
    description:
      - V(present) if the account exists and has the role.
      - V(absent) if nothing of it is left that this collection made. What is gone already, with its namespace too, is
        no error.
    type: str
    choices: [present, absent]
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

- name: Delete an account of the staging jobs that had another name
  epinio.aws.epinio_sa_annotation:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: epinio-former-staging-account
    role_arn: arn:aws:iam::123456789012:role/epinio-staging-role
    create: true
    timeout: 5m
    state: absent
"""

RETURN = r"""
service_account:
  description: The service account, also in check mode; empty if there is none, or it was deleted.
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
      description: The role that its annotation names; empty if it names none.
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
residue:
  description: What a removal leaves.
  returned: success, with O(state=absent)
  type: list
  elements: dict
  contains:
    object:
      description: What is left.
      type: str
      sample: service account epinio/epinio-staging-service-account
    reason:
      description: Why it is kept, as a clause.
      type: str
      sample: "this collection did not make it: nothing on it says whose it is"
    advice:
      description: What a human can do about it.
      type: str
      sample: >-
        Delete it if nobody needs it: kubectl delete serviceaccount epinio-staging-service-account --namespace epinio.
    wiring:
      description: The other wiring that it belongs to, if it carries the mark of one.
      type: str
      sample: ""
"""

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.arguments import options
from ansible_collections.epinio.aws.plugins.module_utils.converge import converge
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_inputs import check_helm_timeout
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.domain.workloads import NOBODY
from ansible_collections.epinio.aws.plugins.module_utils.errors import reporting
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import kubernetes_client, kubernetes_module
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import sa_annotation, sa_annotation_removal
from ansible_collections.epinio.aws.plugins.module_utils.planners.sa_annotation import Wanted
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import (
    read_pull_secrets,
    read_service_account,
)
from ansible_collections.epinio.aws.plugins.module_utils.readers.workloads import await_users
from ansible_collections.epinio.aws.plugins.module_utils.writers.kubernetes import KubernetesWriter, rehearsed

SPEC = options(
    *("wiring", "state"),
    name={"type": "str", "required": True},
    role_arn={"type": "str", "required": True},
    create={"type": "bool", "default": False},
    # Names of Secrets are no secrets.
    pull_secrets={"type": "list", "elements": "str", "no_log": False},
    pull_secrets_from={"type": "str", "no_log": False},
    timeout={"type": "str", "default": "10m"},
)


def presence(api: Any, wanted: Wanted) -> Plan:
    namespace, source = wanted.wiring.namespace, wanted.pull_secrets_from
    actual = read_service_account(api, namespace, wanted.name)
    copying = actual is None and source and wanted.pull_secrets is None
    copied = read_pull_secrets(api, namespace, source) if copying else ()
    return rehearsed(sa_annotation.plan(wanted, actual, copied), api)


def absence(api: Any, wanted: Wanted, patience: float) -> Plan:
    namespace, name = wanted.wiring.namespace, wanted.name
    actual = read_service_account(api, namespace, name)
    awaiting = sa_annotation_removal.awaits_jobs(wanted, actual)
    users = await_users(api, namespace, name, patience) if awaiting else NOBODY
    return rehearsed(sa_annotation_removal.plan(wanted, actual, users), api)


def main() -> None:
    module = kubernetes_module(SPEC)
    given = module.params
    with reporting(module):
        secrets = given["pull_secrets"]
        wanted = Wanted(
            wiring(given["wiring"]),
            given["name"],
            given["role_arn"],
            given["create"],
            None if secrets is None else tuple(secrets),
            given["pull_secrets_from"] or "",
        )
        patience = check_helm_timeout(given["timeout"])
        api = kubernetes_client(module)
        removal = given["state"] == "absent"

        def survey() -> Plan:
            return absence(api, wanted, patience) if removal else presence(api, wanted)

        converge(module, "service_account", survey, {"kubernetes": KubernetesWriter(api)})


if __name__ == "__main__":
    main()
