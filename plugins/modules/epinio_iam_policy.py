#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_iam_policy
short_description: Manage the IAM policy that gives Epinio its bucket
version_added: 0.1.0
description:
  - Creates a customer managed policy, or gives the policy of this wiring the wanted document.
  - Documents are compared by what they mean, so the order in which IAM gives them back does not matter.
  - A changed document becomes a new version, then the default. A policy keeps five versions; the oldest that is not the
    default makes room, and the result says which.
  - A policy that this collection did not make is used as it is if it permits exactly what is wanted, else refused.
  - Removed is only the policy of this wiring, with all its versions, and only if nobody else uses it. It is detached
    from nobody but the roles in O(detach_from). A policy that stays is in the RV(residue), with who uses it.
  - To roles of somebody else's, those of nodes, it is attached by O(attach_to). Nothing else of them is changed. Note
    them first (M(epinio.aws.epinio_wiring_record)), because the roles themselves do not say so.
options:
  name:
    description: Name of the policy.
    type: str
    required: true
  access:
    description:
      - What the policy permits on O(bucket). This or O(document) is required with O(state=present).
      - V(server) is what Epinio's server does, V(staging) what a staging job does (reading sources).
      - V(documented) is the policy of Epinio's page on AWS IAM, on every bucket, so it takes no O(bucket).
    type: str
    choices: [server, staging, documented]
  bucket:
    description: Name of the bucket; required with O(access=server) and O(access=staging).
    type: str
  document:
    description: A policy document of your own, instead of O(access).
    type: dict
  description:
    description: Description of the policy. IAM takes it at creation only.
    type: str
    default: Access of Epinio to its S3 bucket
  attach_to:
    description:
      - Names, without a path, of roles that the policy is attached to, with O(state=present) only. A role that does not
        exist is refused. To whom else the policy is attached does not matter.
    type: list
    elements: str
  detach_from:
    description:
      - Names of roles that the policy is detached from. One that it is not attached to, or that is gone, is no error.
      - With O(state=absent) a policy that this collection did not make is detached as well, and kept.
    type: list
    elements: str
  released_by:
    description:
      - Names of roles that the same play deletes before, or detaches the policy from, with O(state=absent) only.
      - They do not keep the policy. Check mode still finds it attached to them, and IAM may show so for some seconds
        after it was detached. Name no role that keeps it, also as its permissions boundary.
    type: list
    elements: str
    default: []
  kept_for:
    description:
      - Names of roles to which the other mode of the wiring attaches the policy, with O(state=absent) only.
      - While one of them has it the policy stays, and the RV(residue) says that it goes with that mode.
    type: list
    elements: str
    default: []
  state:
    description:
      - With V(present) the policy exists with the wanted document.
      - With V(absent) it does not, unless it is not ours or somebody else uses it.
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
- name: Let Epinio's server keep sources in the bucket
  epinio.aws.epinio_iam_policy:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: EpinioECEKSClusterPolicy
    access: server
    bucket: epinio-sources

- name: Let staging jobs read sources
  epinio.aws.epinio_iam_policy:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: EpinioStagingPolicy
    access: staging
    bucket: epinio-sources

- name: Let the nodes' role use it
  epinio.aws.epinio_iam_policy:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: EpinioECEKSClusterPolicy
    access: server
    bucket: epinio-sources
    attach_to: [epinio-nodes]

- name: Take it back from the nodes' role, and remove it if nobody else uses it
  epinio.aws.epinio_iam_policy:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: EpinioECEKSClusterPolicy
    detach_from: [epinio-nodes]
    state: absent

- name: Remove the policy of the staging jobs, whose role goes before
  epinio.aws.epinio_iam_policy:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: EpinioStagingPolicy
    released_by: [epinio-staging-role]
    state: absent
"""

RETURN = r"""
policy:
  description: The policy, also in check mode. Empty when it is gone.
  returned: success
  type: dict
  contains:
    arn:
      description: ARN of the policy.
      type: str
      sample: arn:aws:iam::123456789012:policy/EpinioECEKSClusterPolicy
    document:
      description: The document in force.
      type: dict
    tags:
      description: Tags of the policy.
      type: dict
      sample: {"epinio.aws/managed-by": "epinio.aws"}
    attached_to:
      description: Names of all roles that the policy is attached to, sorted; only with O(attach_to) or O(detach_from).
      type: list
      elements: str
      sample: [epinio-nodes]
changes:
  description: The calls that were made, or in check mode would be.
  returned: success
  type: list
  elements: dict
  contains:
    summary:
      description: The change in words.
      type: str
      sample: create policy EpinioECEKSClusterPolicy
    operation:
      description: Client and method.
      type: str
      sample: iam.create_policy
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
      sample: policy EpinioStagingPolicy
    reason:
      description: Why it stays.
      type: str
      sample: "somebody else uses it: it is attached to user ci"
    advice:
      description: What a human can do.
      type: str
      sample: "If that can end, run this, then remove it again: aws iam detach-user-policy --user-name ci …"
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
from ansible_collections.epinio.aws.plugins.module_utils.domain.policies import PROFILES, profile_document
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, reporting
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import iam_policy, iam_policy_removal
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy_attachments import Attachments, extended
from ansible_collections.epinio.aws.plugins.module_utils.readers.iam import (
    read_policy,
    read_policy_count,
    read_policy_to_remove,
)
from ansible_collections.epinio.aws.plugins.module_utils.writers.iam import IamWriter

SPEC = options(
    *("wiring", "path", "tags", "state"),
    name={"type": "str", "required": True},
    access={"type": "str", "choices": list(PROFILES)},
    bucket={"type": "str"},
    document={"type": "dict"},
    description={"type": "str", "default": "Access of Epinio to its S3 bucket"},
    attach_to={"type": "list", "elements": "str"},
    detach_from={"type": "list", "elements": "str"},
    released_by={"type": "list", "elements": "str", "default": []},
    kept_for={"type": "list", "elements": "str", "default": []},
)


def main() -> None:
    module = aws_module(
        SPEC,
        mutually_exclusive=[("access", "document"), ("bucket", "document")],
        required_if=[
            ("state", "present", ["access", "document"], True),
            ("access", "server", ["bucket"]),
            ("access", "staging", ["bucket"]),
        ],
    )
    with reporting(module):
        survey = {"present": _present, "absent": _absent}[module.params["state"]](module.params)
        iam = IamWriter(module.client("iam"))
        converge(module, "policy", lambda: survey(iam), {"iam": iam})


def _present(given: Mapping[str, Any]) -> Callable[[Any], Plan]:
    for option in ("released_by", "kept_for"):
        if given[option]:
            raise Refused(f"{option} is for a policy that is removed: leave it out, or set state to absent.")
    owner, access, document = wiring(given["wiring"]), given["access"], given["document"]
    if access is not None:
        document = profile_document(access, owner, given["bucket"] or "")
    wanted = iam_policy.Wanted(owner, given["name"], given["path"], document, given["description"], given["tags"])
    roles = _attachments(given)

    def survey(iam: Any) -> Plan:
        actual = read_policy(iam, wanted.arn, document, attachments=roles is not None)
        base = iam_policy.plan(wanted, actual)
        if roles is None:
            return base
        return extended(base, roles, actual, {role: read_policy_count(iam, role) for role in roles.lacking(actual)})

    return survey


def _absent(given: Mapping[str, Any]) -> Callable[[Any], Plan]:
    if given["attach_to"]:
        raise Refused("attach_to is for a policy that is to exist: leave it out, or set state to present.")
    owner, roles = wiring(given["wiring"]), _attachments(given)
    released_by, kept_for = tuple(given["released_by"]), tuple(given["kept_for"])
    unwanted = iam_policy_removal.Unwanted(owner, given["name"], given["path"], released_by, roles, kept_for)
    return lambda iam: iam_policy_removal.plan(
        unwanted, read_policy_to_remove(iam, unwanted.arn, owner, attachments=roles is not None)
    )


def _attachments(given: Mapping[str, Any]) -> Attachments | None:
    """`None` where nobody asks for any, so that nobody has to be asked who has the policy."""
    if given["attach_to"] is None and given["detach_from"] is None:
        return None
    return Attachments(tuple(given["attach_to"] or ()), tuple(given["detach_from"] or ()))


if __name__ == "__main__":
    main()
