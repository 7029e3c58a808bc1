# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EC2 instances behind nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import Instance, instance
from ansible_collections.epinio.aws.plugins.module_utils.errors import attempting
from ansible_collections.epinio.aws.plugins.module_utils.readers.paging import pages

# The most values that a filter takes
# (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html).
_BATCH = 200
# A terminated instance is shown for about an hour, and has no profile any more.
_GONE = ("shutting-down", "terminated")


def read_instances(ec2: Any, ids: Sequence[str]) -> dict[str, Instance]:
    """Those of the instances that exist, by id, in a call for every 200.

    They are asked for by a filter, which leaves out what it does not know: an unknown id by itself is an error.
    """
    found: dict[str, Instance] = {}
    for start in range(0, len(ids), _BATCH):
        filters = [{"Name": "instance-id", "Values": list(ids[start : start + _BATCH])}]
        with attempting("read the EC2 instances of the cluster's nodes"):
            for page in pages(ec2, "describe_instances", Filters=filters):
                listed = [one for reservation in page["Reservations"] for one in reservation["Instances"]]
                found |= {one["InstanceId"]: instance(one) for one in listed if one["State"]["Name"] not in _GONE}
    return found
