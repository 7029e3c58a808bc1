"""EC2 instances as DescribeInstances shows them.

Sources: botocore's EC2 model; for the codes of the states the EC2 API Reference, "InstanceState".
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Any

from sandbox.aws import model_check, moto_requests
from sandbox.aws.eks_objects import ClusterKey
from sandbox.aws.errors import Refused

INSTANCE_ID = re.compile(r"i-[0-9a-f]{8}(?:[0-9a-f]{9})?")
STATES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
DEFAULTS = {
    "ImageId": "ami-0a1b2c3d4e5f60718",
    "InstanceType": "m5.large",
    "Architecture": "x86_64",
    "PrivateDnsName": "",
    "PublicDnsName": "",
    "Tags": [],
}
# Of a managed node group of Amazon Linux 2023 whose launch template says nothing (EKS User Guide, "Upgrade to AL2023").
METADATA = {
    "State": "applied",
    "HttpTokens": "required",
    "HttpPutResponseHopLimit": 1,
    "HttpEndpoint": "enabled",
    "HttpProtocolIpv6": "disabled",
    "InstanceMetadataTags": "disabled",
}

Shown = dict[str, Any]
Place = tuple[str, str]


def checked(given: Mapping[str, Any]) -> None:
    """Refuses an instance that EC2 could not show."""
    found = model_check.foreign(moto_requests.shape("ec2", "Instance"), given)
    if not INSTANCE_ID.fullmatch(str(given.get("InstanceId"))):
        found.append("InstanceId: i- and 8 or 17 hexadecimal digits are wanted")
    if given.get("State", {}).get("Name", "running") not in STATES:
        found.append(f"State: one of {', '.join(STATES)} is wanted")
    if found:
        raise Refused("BadControl", f"Instance: {'; '.join(found)}")


class Instances:
    """The instances of all accounts, by account and region. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._instances: dict[Place, dict[str, tuple[ClusterKey, Shown]]] = {}

    def put(self, key: ClusterKey, given: Mapping[str, Any], now: float) -> Shown:
        """Makes an instance of a cluster's or replaces it; a terminated one stays visible.

        `Refused` if it is another cluster's.
        """
        with self._lock:
            here = self._instances.setdefault((key.account, key.region), {})
            name = given.get("State", {}).get("Name", "running")
            former = here.get(given["InstanceId"])
            if former and former[0] != key:
                raise Refused("BadControl", f"{given['InstanceId']} is an instance of {former[0].arn}")
            shown = {
                **DEFAULTS,
                "LaunchTime": former[1]["LaunchTime"] if former else now,
                "Placement": {"AvailabilityZone": f"{key.region}a", "Tenancy": "default"},
                **given,
                "State": {"Code": STATES[name], "Name": name},
                "MetadataOptions": METADATA | given.get("MetadataOptions", {}),
            }
            here[given["InstanceId"]] = (key, shown)
            return dict(shown)

    def find(self, account: str, region: str, instance_id: str) -> Shown | None:
        """The instance with this identifier."""
        with self._lock:
            found = self._instances.get((account, region), {}).get(instance_id)
            return dict(found[1]) if found else None

    def listed(self, account: str, region: str) -> list[Shown]:
        """All instances, oldest first."""
        with self._lock:
            return [shown for _, shown in self._instances.get((account, region), {}).values()]

    def delete(self, account: str, region: str, instance_id: str) -> bool:
        """Removes an instance as EC2 does about an hour after its end; whether it was there."""
        with self._lock:
            return self._instances.get((account, region), {}).pop(instance_id, None) is not None

    def forget(self, key: ClusterKey) -> None:
        """The cluster is gone, and its instances with it."""
        with self._lock:
            here = self._instances.get((key.account, key.region), {})
            for instance_id in [each for each, (owner, _) in here.items() if owner == key]:
                del here[instance_id]
