#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_wiring_record
short_description: Note which roles of nodes a policy of the wiring is attached to
version_added: 0.1.0
description:
  - Roles of nodes are somebody else's and carry no mark of the wiring. So Secret C(epinio-aws-wiring), in the namespace
    of O(wiring), says to which of them a policy is attached, and a teardown detaches it from these and no others, also
    when their nodes are gone meanwhile.
  - Note them before the policy is attached (M(epinio.aws.epinio_iam_policy)), so that a run that is killed in between
    leaves nothing that nobody knows of, and forget them once it is detached.
  - The same Secret has the values that the release had before (M(epinio.aws.epinio_release)); this module leaves them
    alone.
options:
  policy:
    description:
      - ARN of the policy. Required with O(state=present).
      - Without it O(state=absent) is about all policies.
    type: str
  roles:
    description:
      - Names of the roles. Required with O(state=present), where they are noted beside those that are noted already.
      - With O(state=absent) these are forgotten, and without it all of O(policy).
    type: list
    elements: str
  state:
    description:
      - With V(present) these roles are noted. The Secret is made if there is none.
      - With V(absent) they are not. The Secret is deleted when nothing is left in it.
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
- name: Note the role of the nodes that is about to get the policy
  epinio.aws.epinio_wiring_record:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    policy: arn:aws:iam::123456789012:policy/EpinioECEKSClusterPolicy
    roles: [epinio-nodes]

- name: Forget all roles of nodes, from which the policy is detached
  epinio.aws.epinio_wiring_record:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    state: absent
"""

RETURN = r"""
record:
  description: What is noted afterwards, also in check mode. Empty lists where there is no record.
  returned: success
  type: dict
  contains:
    modes:
      description: The ways of wiring whose values the release has.
      type: list
      elements: str
      sample: [instance_profile]
    attachments:
      description: Names of roles by the ARN of the policy that is attached to them, or about to be.
      type: dict
      sample: {"arn:aws:iam::123456789012:policy/EpinioECEKSClusterPolicy": [epinio-nodes]}
changes:
  description: The calls that were made, or in check mode would be.
  returned: success
  type: list
  elements: dict
  contains:
    summary:
      description: The change in words.
      type: str
      sample: >-
        note in Secret epinio-aws-wiring that arn:aws:iam::123456789012:policy/EpinioECEKSClusterPolicy is attached to
        role epinio-nodes
    operation:
      description: Client and method.
      type: str
      sample: record.note_attachments
    arguments:
      description: Arguments of the call.
      type: dict
notices:
  description: What was found and left alone, and why. Always empty here.
  returned: success
  type: list
  elements: str
residue:
  description: What a removal leaves. Always empty here.
  returned: O(state=absent)
  type: list
  elements: dict
"""

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.arguments import options
from ansible_collections.epinio.aws.plugins.module_utils.converge import converge
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import reporting
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import kubernetes_client, kubernetes_module
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import wiring_record, wiring_record_removal
from ansible_collections.epinio.aws.plugins.module_utils.readers.upkeep import read_record
from ansible_collections.epinio.aws.plugins.module_utils.writers.kubernetes import rehearsed_by
from ansible_collections.epinio.aws.plugins.module_utils.writers.record import RecordWriter

SPEC = options(
    *("wiring", "state"),
    policy={"type": "str"},
    roles={"type": "list", "elements": "str"},
)


def planned(given: dict[str, Any], record: Record | None) -> Plan:
    roles = None if given["roles"] is None else tuple(given["roles"])
    if given["state"] == "absent":
        return wiring_record_removal.plan(wiring_record_removal.Unwanted(given["policy"] or "", roles), record)
    return wiring_record.plan(wiring_record.Wanted(given["policy"], roles or ()), record)


def main() -> None:
    module = kubernetes_module(
        SPEC, required_if=[("state", "present", ["policy", "roles"])], required_by={"roles": ["policy"]}
    )
    with reporting(module):
        owner = wiring(module.params["wiring"])
        api = kubernetes_client(module)
        rehearsing = RecordWriter(api, owner, rehearsal=True)

        def survey() -> Plan:
            return rehearsed_by(rehearsing, planned(module.params, read_record(api, owner)))

        converge(module, "record", survey, {"record": RecordWriter(api, owner)})


if __name__ == "__main__":
    main()
