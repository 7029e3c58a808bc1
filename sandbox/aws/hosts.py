"""What a Host header says: service, region and, for S3's virtual-host style, the bucket.

Source: AWS General Reference, "Service endpoints"; S3 User Guide, "Virtual hosting of buckets".
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from dataclasses import dataclass

SUFFIX = r"\.amazonaws\.com(?P<china>\.cn)?"
REGION = r"[a-z]{2}(?:-[a-z]+)+-\d"
S3 = re.compile(rf"(?:(?P<bucket>.+)\.)?s3(?:\.dualstack)?(?:[.-](?P<region>{REGION}))?{SUFFIX}")
SERVICE = re.compile(rf"(?P<service>iam|sts|eks|ec2)(?:\.(?P<region>{REGION}|us-gov))?{SUFFIX}")
GLOBAL_REGIONS = {"us-gov": "us-gov-west-1"}


@dataclass(frozen=True)
class Target:
    """Where a request goes. `region` is what its signature must be scoped to; the bucket only in virtual-host style."""

    service: str
    region: str
    bucket: str | None = None


def target(host: str) -> Target | None:
    """What an AWS host name means, with or without port; None for any other host."""
    name = host.rsplit(":", 1)[0].lower() if ":" in host else host.lower()
    if found := S3.fullmatch(name):
        return Target("s3", _region(found), found["bucket"])
    if found := SERVICE.fullmatch(name):
        return Target(found["service"], _region(found))
    return None


def _region(found: re.Match[str]) -> str:
    """Hosts without a region are those of their partition's first region."""
    given = found["region"]
    return GLOBAL_REGIONS.get(given, given) if given else "cn-north-1" if found["china"] else "us-east-1"


def partition(region: str) -> str:
    """The partition that a region belongs to."""
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}
    return next((name for prefix, name in prefixes.items() if region.startswith(prefix)), "aws")
