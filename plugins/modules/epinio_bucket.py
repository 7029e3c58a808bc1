#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_bucket
short_description: Check or make the S3 bucket for Epinio's sources
version_added: 0.1.0
description:
  - Checks that the bucket exists, in the region and the account of the wiring's cluster.
  - Makes a missing bucket if O(create) says so, with public access blocked and a policy that refuses access without
    TLS. These settings are kept as long as the bucket carries the mark of this wiring.
  - Nothing is changed on any other bucket, and no bucket or object is ever deleted. So O(state=absent) changes nothing;
    it only says what stays.
  - S3 is asked in the region of the wiring's cluster, whatever O(region) is.
options:
  name:
    description: Name of the bucket.
    type: str
    required: true
  create:
    description:
      - Make the bucket if it is missing. Without it a missing bucket is refused, so that a typing error does not move
        Epinio to another bucket.
      - The playbooks' variable is C(epinio_create_bucket).
    type: bool
    default: false
  tags:
    description:
      - Tags that a bucket of ours carries besides the mark of its wiring.
      - Tags that somebody else put on it are kept.
    type: dict
    default: {}
  state:
    description:
      - With V(present) the bucket exists.
      - With V(absent) it is left as it is and reported in the RV(residue). A bucket that is missing, elsewhere or
        closed to the caller is no failure then.
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
- name: Make the bucket for sources if it is missing
  epinio.aws.epinio_bucket:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: epinio-sources
    create: true

- name: Say what becomes of it when the wiring is taken back
  epinio.aws.epinio_bucket:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    name: epinio-sources
    state: absent
"""

RETURN = r"""
bucket:
  description:
    - The bucket, also in check mode.
    - With O(state=absent) it has C(name), C(arn), C(region) and C(account) only, which one call tells. Empty if there
      is none of the wiring's.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the bucket.
      type: str
      sample: epinio-sources
    arn:
      description: ARN of the bucket.
      type: str
      sample: arn:aws:s3:::epinio-sources
    region:
      description: Region of the bucket.
      type: str
      sample: us-east-1
    account:
      description: Account that owns the bucket.
      type: str
      sample: "123456789012"
    ours:
      description: Whether the bucket carries the mark of this wiring.
      type: bool
      sample: true
    tags:
      description: Tags of the bucket; empty if the caller may not read them.
      type: dict
      sample: {"epinio.aws/managed-by": "epinio.aws"}
    public_access_block:
      description: The public access block of a bucket of ours; empty for any other.
      type: dict
      sample: {"BlockPublicAcls": true}
    policy:
      description: The policy of a bucket of ours; empty for any other.
      type: dict
changes:
  description: The calls that were made, or in check mode would be.
  returned: success
  type: list
  elements: dict
  contains:
    summary:
      description: The change in words.
      type: str
      sample: create bucket epinio-sources in us-east-1
    operation:
      description: Client and method.
      type: str
      sample: s3.create_bucket
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
      sample: bucket epinio-sources
    reason:
      description: Why it stays.
      type: str
      sample: "it holds sources of apps, and this collection deletes no bucket and no object"
    advice:
      description: What a human can do.
      type: str
      sample: "If nobody needs the sources any more, empty it and delete it yourself."
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
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring, wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import reporting
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import bucket, bucket_removal
from ansible_collections.epinio.aws.plugins.module_utils.readers.s3 import find_bucket, read_bucket

SPEC = options(
    *("wiring", "tags", "state"),
    name={"type": "str", "required": True},
    create={"type": "bool", "default": False},
)


def main() -> None:
    module = aws_module(SPEC)
    with reporting(module):
        owner = wiring(module.params["wiring"])
        survey = {"present": _present, "absent": _absent}[module.params["state"]](owner, module.params)
        s3 = module.client("s3", region=owner.cluster.region)
        converge(module, "bucket", lambda: survey(s3), {"s3": s3})


def _present(owner: Wiring, given: Mapping[str, Any]) -> Callable[[Any], Plan]:
    wanted = bucket.Wanted(owner, given["name"], given["create"], given["tags"])
    return lambda s3: bucket.plan(wanted, read_bucket(s3, wanted.name, owner))


def _absent(owner: Wiring, given: Mapping[str, Any]) -> Callable[[Any], Plan]:
    unwanted = bucket_removal.Unwanted(owner, given["name"])
    return lambda s3: bucket_removal.plan(unwanted, find_bucket(s3, unwanted.name, owner))


if __name__ == "__main__":
    main()
