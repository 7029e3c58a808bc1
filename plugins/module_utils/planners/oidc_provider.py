# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the cluster's IAM OIDC provider: it exists and takes tokens for AWS.

A provider belongs to a cluster, not to a wiring: every wiring of the cluster uses the same one, and so may others. So
the only thing that is ever changed on one that another wiring or somebody else made is the audience that is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, names, tags, trust
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import WIRING, Mark, Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan


@dataclass(frozen=True)
class Provider:
    """An OIDC provider that exists."""

    audiences: tuple[str, ...]
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """The provider as it is wanted; without `create` it must exist."""

    wiring: Wiring
    issuer: str
    create: bool = True
    tags: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        trust.check_issuer(self.issuer)
        names.check_tags(self.marked)

    @property
    def arn(self) -> str:
        return arns.provider_arn(self.wiring.cluster, self.issuer)

    @property
    def marked(self) -> dict[str, str]:
        return self.wiring.tags(self.tags)


def plan(wanted: Wanted, actual: Provider | None) -> Plan:
    """The changes that make the provider what is wanted.

    Raises `Refused` for a missing provider that must not be created.
    """
    if actual is None:
        if not wanted.create:
            raise Refused(
                f"The IAM OIDC provider {wanted.arn} does not exist: have it created, "
                "or set epinio_manage_oidc_provider to true."
            )
        return Plan({}, view(wanted.arn, wanted.issuer, {trust.AUDIENCE}, wanted.marked), (_create(wanted),))
    ours = wanted.wiring.mark(actual.tags) is Mark.OURS
    lacking = tags.missing(wanted.marked, actual.tags) if ours else {}
    return Plan(
        view(wanted.arn, wanted.issuer, set(actual.audiences), actual.tags),
        view(wanted.arn, wanted.issuer, {*actual.audiences, trust.AUDIENCE}, {**actual.tags, **lacking}),
        tuple(_changes(wanted, actual, lacking)),
        () if ours else tuple(_notices(wanted, actual)),
    )


def _changes(wanted: Wanted, actual: Provider, lacking: Mapping[str, str]) -> Iterator[Change]:
    if lacking:
        yield Change(
            f"tag OIDC provider {wanted.arn} with {', '.join(sorted(lacking))}",
            "iam.tag_open_id_connect_provider",
            {"OpenIDConnectProviderArn": wanted.arn, "Tags": tags.to_aws(lacking)},
        )
    if trust.AUDIENCE not in actual.audiences:
        yield Change(
            f"add audience {trust.AUDIENCE} to OIDC provider {wanted.arn}",
            "iam.add_client_id_to_open_id_connect_provider",
            {"OpenIDConnectProviderArn": wanted.arn, "ClientID": trust.AUDIENCE},
        )


def _notices(wanted: Wanted, actual: Provider) -> Iterator[str]:
    yield f"OIDC provider {wanted.arn} {maker(wanted.wiring, actual)}; it is used as it is."
    if trust.AUDIENCE not in actual.audiences:
        yield f"OIDC provider {wanted.arn} gets the audience {trust.AUDIENCE}, which is never taken back."


def _create(wanted: Wanted) -> Change:
    # No thumbprint: IAM finds it itself, and trusts EKS's certificate authority without one.
    return Change(
        f"create OIDC provider {wanted.arn}",
        "iam.create_open_id_connect_provider",
        {"Url": wanted.issuer, "ClientIDList": [trust.AUDIENCE], "Tags": tags.to_aws(wanted.marked)},
    )


def maker(owner: Wiring, actual: Provider) -> str:
    """Who made the provider, as the end of a sentence about it."""
    mark = owner.mark(actual.tags)
    if mark is Mark.ANOTHER_WIRING:
        return f"was made by wiring {actual.tags.get(WIRING, '(unnamed)')}"
    return "was made by this wiring" if mark is Mark.OURS else "was not made by this collection"


def view(arn: str, issuer: str, audiences: set[str], marks: Mapping[str, str]) -> dict[str, Any]:
    """The provider as the module returns it."""
    return {"arn": arn, "issuer": issuer, "audiences": sorted(audiences), "tags": dict(marks)}
