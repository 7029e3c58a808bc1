#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_oidc_provider
short_description: Manage the IAM OIDC provider of an EKS cluster
version_added: 0.1.0
description:
  - Makes IAM trust the tokens that an EKS cluster issues for its service accounts.
  - A provider belongs to the cluster. One that another wiring or somebody else made is used as it is; only the audience
    C(sts.amazonaws.com) is added if it is missing, which a notice says.
  - A provider is never deleted, because any role of the account may trust it and IAM does not say which do. So
    O(state=absent) changes nothing; it only says what of it stays.
options:
  issuer:
    description:
      - URL of the cluster's OIDC issuer, as M(epinio.aws.epinio_cluster_info) returns it.
      - Required with O(state=present). With O(state=absent) and a cluster that is gone nobody knows it; then nothing is
        looked up, and a notice says how to find the provider by its tags.
    type: str
  create:
    description:
      - Make the provider if it is missing. With V(false) a missing provider is refused.
      - The playbooks' variable is C(epinio_manage_oidc_provider).
    type: bool
    default: true
  tags:
    description:
      - Tags that a provider of ours carries besides the mark of its wiring.
      - Tags that somebody else put on it are kept.
    type: dict
    default: {}
  state:
    description:
      - With V(present) the provider exists and takes tokens for AWS.
      - With V(absent) it is left as it is and reported in the RV(residue).
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - epinio.aws.attributes
  - epinio.aws.options.wiring
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - epinio.aws.requirements.aws
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Make IAM trust the cluster's tokens
  epinio.aws.epinio_oidc_provider:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    issuer: https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF

- name: Say what becomes of it when the wiring is taken back
  epinio.aws.epinio_oidc_provider:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    issuer: https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
    state: absent
"""

RETURN = r"""
provider:
  description: The provider, also in check mode. Empty if a removal finds none.
  returned: success
  type: dict
  contains:
    arn:
      description: ARN of the provider.
      type: str
      sample: arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF
    issuer:
      description: URL of the issuer.
      type: str
      sample: https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
    audiences:
      description: Audiences that a token may be for.
      type: list
      elements: str
      sample: [sts.amazonaws.com]
    tags:
      description: Tags of the provider.
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
      sample: create OIDC provider arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123
    operation:
      description: Client and method.
      type: str
      sample: iam.create_open_id_connect_provider
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
      sample: OIDC provider arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123
    reason:
      description: Why it stays.
      type: str
      sample: "it was made by this wiring and is the cluster's; any role of the account may trust it"
    advice:
      description: What a human can do.
      type: str
      sample: "Once no role trusts it any more, run: aws iam delete-open-id-connect-provider …"
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
from ansible_collections.epinio.aws.plugins.module_utils.planners import oidc_provider, oidc_provider_removal
from ansible_collections.epinio.aws.plugins.module_utils.readers.iam import read_provider

SPEC = options(
    *("wiring", "tags", "state"),
    issuer={"type": "str"},
    create={"type": "bool", "default": True},
)


def main() -> None:
    module = aws_module(SPEC, required_if=[("state", "present", ["issuer"])])
    with reporting(module):
        survey = {"present": _present, "absent": _absent}[module.params["state"]](module.params)
        iam = module.client("iam")
        converge(module, "provider", lambda: survey(iam), {"iam": iam})


def _present(given: Mapping[str, Any]) -> Callable[[Any], Plan]:
    wanted = oidc_provider.Wanted(wiring(given["wiring"]), given["issuer"], given["create"], given["tags"])
    return lambda iam: oidc_provider.plan(wanted, read_provider(iam, wanted.arn))


def _absent(given: Mapping[str, Any]) -> Callable[[Any], Plan]:
    unwanted = oidc_provider_removal.Unwanted(wiring(given["wiring"]), given["issuer"] or "")
    read = read_provider if unwanted.issuer else _nothing
    return lambda iam: oidc_provider_removal.plan(unwanted, read(iam, unwanted.arn))


def _nothing(_iam: Any, _arn: str) -> None:
    """What is read of a provider whose ARN nobody knows."""


if __name__ == "__main__":
    main()
