# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan what becomes of the bucket for sources when a wiring is taken back: it stays with all its objects."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, buckets
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan, Residue


@dataclass(frozen=True)
class Whereabouts:
    """What HeadBucket says. `region` is `""` for a bucket that does not exist, or is `closed` to the caller."""

    region: str = ""
    closed: bool = False


@dataclass(frozen=True)
class Unwanted:
    """The bucket that is no longer needed, in the region and the account of the wiring's cluster."""

    wiring: Wiring
    name: str

    def __post_init__(self) -> None:
        buckets.check_name(self.name)


def plan(unwanted: Unwanted, actual: Whereabouts) -> Plan:
    """No changes; what stays. A bucket that cannot be the wiring's is a notice, and never a failure."""
    name, cluster = unwanted.name, unwanted.wiring.cluster
    if actual.closed:
        notice = (
            f"Bucket {name}: S3 does not say whether it is there. Either it belongs to another account than "
            f"{cluster.account}, or the caller may not look into it (s3:ListBucket)."
        )
        return Plan({}, {}, notices=(notice,))
    if not actual.region:
        return Plan({}, {})
    if actual.region != cluster.region:
        notice = f"Bucket {name} is in {actual.region}, the cluster in {cluster.region}: it is not the wiring's bucket."
        return Plan({}, {}, notices=(notice,))
    arn = arns.bucket_arn(cluster.partition, name)
    shown = {"name": name, "arn": arn, "region": actual.region, "account": cluster.account}
    residue = Residue(
        f"bucket {name}",
        "it holds sources of apps, and this collection deletes no bucket and no object",
        "If nobody needs the sources any more, empty it and delete it yourself.",
    )
    return Plan(shown, shown, residue=(residue,))
