# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pod of the proof has said in its container's termination message, and what the way to its session shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.epinio.aws.plugins.module_utils.domain import proof_script_text as codes
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import PASSING, UNREACHABLE
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, Undecided

_NO_PATH = (
    "Look at what is between pods and AWS: NAT gateway, VPC endpoints and their security groups, network policies, DNS."
)
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
_DISPROVING = {
    "AccessDenied": "The trust policy of {role} must admit the service account {account}.",
    "InvalidIdentityToken": "Look at the cluster's OIDC provider and at its audiences.",
    "ExpiredTokenException": "The token in the pod has expired, so its node does not renew it: look at the kubelet and "
    "at the clock of the node.",
    "IDPRejectedClaim": "Look at the cluster's OIDC provider.",
    "RegionDisabledException": "Have STS enabled for the region in the account's settings.",
    codes.NO_TOKEN: "The pod identity webhook mounts it: look at what else changes pods when they are created.",
    codes.NO_CREDENTIALS: "{source}",
}
_SOURCES = {
    True: "The pod identity webhook gives them to pods of annotated accounts: look at the pod's environment.",
    False: "Pods get them from the instance metadata service of their node: its HttpPutResponseHopLimit must be 2 or "
    "more, its HttpEndpoint enabled, and no network policy may block 169.254.169.254.",
}


@dataclass(frozen=True)
class Reply:
    """The answer to one call; `code` is `""` for success."""

    code: str = ""
    reason: str = ""
    versioned: bool = False


@dataclass(frozen=True)
class Said:
    """All answers of a pod, by the index of the call. `caller` is the ARN of its session, `""` if it got none.

    `who` says why not. Only a `complete` one has said all that it had to say.
    """

    caller: str = ""
    who: Reply = field(default_factory=Reply)
    replies: Mapping[int, Reply] = field(default_factory=dict)
    complete: bool = False


def parsed(message: str) -> Said:
    """The answers in a termination message, whose lines `proof_script` describes. Other lines do not count."""
    found = {}
    for line in message.splitlines():
        subject, _space, rest = line.partition(" ")
        code, _space, reason = rest.partition(" ")
        if subject == "end" or (code and (subject == "who" or subject.isdecimal())):
            found[subject] = Reply("", reason, reason == "versioned") if code == "ok" else Reply(code, reason)
    who = found.get("who", Reply())
    replies = {int(subject): reply for subject, reply in found.items() if subject.isdecimal()}
    return Said("" if who.code else who.reason, who, replies, "end" in found)


def check_caller(said: Said, session: str, role_arn: str, account: str, *, web_identity: bool) -> None:
    """Make sure that the calls were made with a session of the role; `account` is the pod's, with its namespace.

    Raises `Disproven` if pods of this kind cannot have one, `Undecided` if nobody can tell.
    """
    if said.caller.startswith(session):
        return
    if said.caller:
        raise Disproven(
            f"A pod of service account {account} acts as {said.caller}, not with the role {role_arn}. "
            "Look at its annotation, at its EKS Pod Identity associations, and at the instance profile of the node."
        )
    who = said.who
    attempt = f"A pod of service account {account} could not act with the role {role_arn}"
    text = f"{attempt}: {f'{who.code}: {who.reason}'.rstrip(': .')}."
    if who.code in _DISPROVING:
        advice = _DISPROVING[who.code].format(role=role_arn, account=account, source=_SOURCES[web_identity])
        raise Disproven(f"{text} {advice}")
    if who.code == UNREACHABLE:
        raise Undecided(f"{text} {_NO_PATH}")
    if who.code == codes.NO_CLI:
        raise Undecided(f"{text} Set image.awscli in the release's values to an image of the AWS CLI.")
    raise Undecided(f"{text} Run it again." if who.code in PASSING else text)
