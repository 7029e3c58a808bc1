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
options:
  name:
    description: Name of the policy.
    type: str
    required: true
  access:
    description:
      - What the policy permits on O(bucket).
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
  state:
    description: The policy exists with the wanted document.
    type: str
    choices: [present]
    default: present
extends_documentation_fragment:
  - epinio.aws.attributes
  - epinio.aws.options.wiring
  - epinio.aws.options.iam
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
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
"""

RETURN = r"""
policy:
  description: The policy, also in check mode.
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
"""

from ansible_collections.epinio.aws.plugins.module_utils.arguments import options
from ansible_collections.epinio.aws.plugins.module_utils.aws_module import aws_module
from ansible_collections.epinio.aws.plugins.module_utils.converge import converge
from ansible_collections.epinio.aws.plugins.module_utils.domain.policies import PROFILES, profile_document
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import reporting
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy import Wanted, plan
from ansible_collections.epinio.aws.plugins.module_utils.readers.iam import read_policy
from ansible_collections.epinio.aws.plugins.module_utils.writers.iam import IamWriter

SPEC = options(
    *("wiring", "path", "tags", "state"),
    name={"type": "str", "required": True},
    access={"type": "str", "choices": list(PROFILES)},
    bucket={"type": "str"},
    document={"type": "dict"},
    description={"type": "str", "default": "Access of Epinio to its S3 bucket"},
)


def main() -> None:
    module = aws_module(
        SPEC,
        mutually_exclusive=[("access", "document"), ("bucket", "document")],
        required_one_of=[("access", "document")],
        required_if=[("access", "server", ["bucket"]), ("access", "staging", ["bucket"])],
    )
    given = module.params
    with reporting(module):
        owner = wiring(given["wiring"])
        access, document = given["access"], given["document"]
        if access is not None:
            document = profile_document(access, owner, given["bucket"] or "")
        wanted = Wanted(owner, given["name"], given["path"], document, given["description"], given["tags"])
        iam = IamWriter(module.client("iam"))
        converge(module, "policy", lambda: plan(wanted, read_policy(iam, wanted.arn, document)), {"iam": iam})


if __name__ == "__main__":
    main()
