# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan what becomes of the cluster's OIDC provider when a wiring is taken back: it stays, and is reported.

It belongs to the cluster: the roles of other wirings and of other tools may trust it, and IAM does not say which do.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, trust
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import WIRING, Mark, Wiring
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan, Residue
from ansible_collections.epinio.aws.plugins.module_utils.planners.oidc_provider import Provider, maker, view


@dataclass(frozen=True)
class Unwanted:
    """The provider of an issuer that is no longer needed; without an `issuer` (`""`) nobody knows which it is."""

    wiring: Wiring
    issuer: str = ""

    def __post_init__(self) -> None:
        if self.issuer:
            trust.check_issuer(self.issuer)

    @property
    def arn(self) -> str:
        return arns.provider_arn(self.wiring.cluster, self.issuer)


def plan(unwanted: Unwanted, actual: Provider | None) -> Plan:
    """No changes; what stays of the provider, and how to find one whose issuer nobody knows any more."""
    if not unwanted.issuer:
        return Plan({}, {}, notices=(_unknown(unwanted.wiring),))
    if actual is None:
        return Plan({}, {})
    shown = view(unwanted.arn, unwanted.issuer, set(actual.audiences), actual.tags)
    other = unwanted.wiring.mark(actual.tags) is Mark.ANOTHER_WIRING
    residue = Residue(
        f"OIDC provider {unwanted.arn}",
        f"it {maker(unwanted.wiring, actual)} and is the cluster's; any role of the account may trust it",
        trust.provider_deletion(unwanted.arn),
        actual.tags.get(WIRING, "") if other else "",
    )
    return Plan(shown, shown, residue=(residue,))


def _unknown(owner: Wiring) -> str:
    # Only the cluster knew its issuer, and IAM finds no provider by its tags.
    return (
        f"The issuer of cluster {owner.cluster.name} is not known, so its IAM OIDC provider was not looked for. One "
        f"that this collection made has the tag {WIRING}={owner}: aws iam list-open-id-connect-providers lists those "
        "of the account, aws iam list-open-id-connect-provider-tags shows the tags of one."
    )
