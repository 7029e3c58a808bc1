# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer proves. Three answers are possible: proven, disproven, and not decided."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import documents
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Answer, Place, Probe

UNREACHABLE = "Unreachable"
DENIED = ("AccessDenied", "403")
# S3 names the kind of the policy that denies
# (https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html).
_EXPLICIT = re.compile(r"with an explicit deny in an? (?P<kind>[\w -]+)")
_OF_BUCKET = "resource-based policy"
# They deny the machine that runs Ansible and not the pods, or the other way round.
_NETWORK = frozenset(
    (
        *("aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce"),
        *("aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"),
    )
)
# They say what a statement does not hold for: whether one matches is for AWS to decide.
_NEGATED = ("NotPrincipal", "NotAction", "NotResource")
# Of the service, or of credentials that are not known everywhere yet.
PASSING = frozenset(
    ("SlowDown", "InternalError", "ServiceUnavailable", "503", "500", "InvalidAccessKeyId", "InvalidToken")
)
_GONE = ("404", "NoSuchKey")
_OTHER_KIND = re.compile(r"because no (?P<kind>(?!identity-based)[\w -]+?) allows")
_ACTION = re.compile(r"not authorized to perform: (?P<action>[\w:]+)")
_KEY = re.compile(r'not authorized to perform: (?P<action>kms:\w+)(?: on resource: "?(?P<key>[^\s"]+)"?)?')
_TLS = "aws:securetransport"
_FROM = {Place.CONTROLLER: "here", Place.CLUSTER: "a pod of the cluster"}
_UNREACHED = {
    Place.CONTROLLER: "If only the cluster reaches this host, prove it from there.",
    # A network policy may admit Epinio's own pods and not the proof's: nothing is disproven.
    Place.CLUSTER: "Look at what is between pods and AWS: NAT gateway, VPC endpoints and their security groups, "
    "network policies, DNS.",
}


class Verdict(Enum):
    """The answer of a proof. The worst finding decides: disproven, then inconclusive."""

    PROVEN = "proven"
    INCONCLUSIVE = "inconclusive"
    DISPROVEN = "disproven"
    # Worth a word, decides nothing.
    NOTED = "noted"


@dataclass(frozen=True)
class Finding:
    """What was found wrong or undecided, and what to do about it."""

    verdict: Verdict
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.remedy}".strip()


def overall(findings: Iterable[Finding]) -> Verdict:
    """The verdict that all findings together give."""
    verdicts = {finding.verdict for finding in findings}
    for verdict in (Verdict.DISPROVEN, Verdict.INCONCLUSIVE):
        if verdict in verdicts:
            return verdict
    return Verdict.PROVEN


def judge(probe: Probe, answer: Answer, role_arn: str, bucket_policy: Mapping[str, Any] | None) -> Finding | None:
    """What the answer to a probe shows, None if it is as it should be.

    `bucket_policy` is the bucket's policy as the operator reads it, empty if there is none, None if it cannot be read.
    """
    if answer.code == UNREACHABLE:
        text = f"{probe} at {answer.host} got no answer from {_FROM[answer.place]}: {answer.message}."
        return Finding(Verdict.INCONCLUSIVE, text, _UNREACHED[answer.place])
    if probe.allowed:
        return None if answer.ok else _failed(probe, answer, role_arn, bucket_policy)
    if answer.ok:
        return _too_much(probe, role_arn)
    if answer.code in DENIED:
        return None
    text = f"{probe} should be refused, but the answer decides nothing: {answer.code}: {answer.message}."
    return Finding(Verdict.INCONCLUSIVE, text)


def may_pass(probe: Probe, answer: Answer) -> bool:
    """Whether the answer may become the expected one while a change of policies spreads."""
    if answer.code in PASSING:
        return True
    if answer.code == UNREACHABLE or answer.ok == probe.allowed:
        return False
    return answer.ok or (answer.code in DENIED and not _EXPLICIT.search(answer.message))


def _failed(probe: Probe, answer: Answer, role_arn: str, bucket_policy: Mapping[str, Any] | None) -> Finding:
    text = f"{probe}, which Epinio needs ({probe.purpose}), was refused: {answer.code}: {answer.message}."
    if probe.lenient:
        return Finding(Verdict.NOTED, text)
    if answer.code in PASSING:
        return Finding(Verdict.INCONCLUSIVE, text, "Run it again.")
    if answer.code in _GONE and probe.key:
        again = "Somebody removed the probe object, perhaps another run at the same time: run it again."
        return Finding(Verdict.INCONCLUSIVE, text, again)
    if answer.code not in DENIED:
        return Finding(Verdict.DISPROVEN, text, "Look at the bucket: epinio_bucket names it.")
    return _denied(probe, answer, role_arn, bucket_policy, text)


def _denied(probe: Probe, answer: Answer, role_arn: str, bucket_policy: Mapping[str, Any] | None, text: str) -> Finding:
    kind = _EXPLICIT.search(answer.message) or _OTHER_KIND.search(answer.message)
    # S3 asks KMS for the key of the bucket's encryption, in the caller's name.
    if key := _KEY.search(answer.message):
        return _denied_key(key, answer, role_arn, text)
    if kind is None:
        action = _ACTION.search(answer.message)
        needed = action["action"] if action else probe.action
        return Finding(
            Verdict.DISPROVEN, text, f"The role {role_arn} needs {needed}: look at its policies and boundary."
        )
    if answer.place is Place.CLUSTER:
        # Epinio's pods ask from the same network.
        return Finding(Verdict.DISPROVEN, text, f"A {kind['kind'].strip()} forbids it to a pod: ask its owner.")
    if kind["kind"].strip() != _OF_BUCKET or bucket_policy is None:
        return Finding(
            Verdict.INCONCLUSIVE, text, f"A {kind['kind'].strip()} forbids it, perhaps only from here: ask its owner."
        )
    if _denied_by(bucket_policy, probe, role_arn) is Verdict.DISPROVEN:
        remedy = f"A Deny statement of the bucket's policy forbids it: the owner of the bucket must except {role_arn}."
        return Finding(Verdict.DISPROVEN, text, remedy)
    remedy = (
        "A Deny statement of the bucket's policy forbids it under a condition that may hold here and not for the pods."
    )
    return Finding(Verdict.INCONCLUSIVE, text, remedy)


def _denied_key(found: re.Match[str], answer: Answer, role_arn: str, text: str) -> Finding:
    """Whose policy refuses the use of a key: the role's, or the key's own, which cannot be read here."""
    action, key = found["action"], found["key"] or "the bucket's key"
    explicit, other = _EXPLICIT.search(answer.message), _OTHER_KIND.search(answer.message)
    kind = (explicit or other or {"kind": ""})["kind"].strip()
    if not kind:
        return Finding(Verdict.DISPROVEN, text, f"The role {role_arn} needs {action} on {key}.")
    if kind == _OF_BUCKET and not explicit:
        remedy = f"The key policy of {key} must allow {action} to {role_arn}: ask the owner of the key."
        return Finding(Verdict.DISPROVEN, text, remedy)
    whose = f"The key policy of {key}" if kind == _OF_BUCKET else f"A policy ({kind})"
    verdict = Verdict.DISPROVEN if answer.place is Place.CLUSTER else Verdict.INCONCLUSIVE
    return Finding(verdict, text, f"{whose} forbids {action} on {key}, perhaps only from there: ask its owner.")


def _too_much(probe: Probe, role_arn: str) -> Finding:
    text = f"{probe} is allowed and must not be: {probe.purpose}."
    remedy = (
        f"Something besides this collection's policies gives {probe.action} to {role_arn}: "
        "look at its attachments and at the bucket's policy."
    )
    return Finding(Verdict.NOTED if probe.lenient else Verdict.DISPROVEN, text, "" if probe.lenient else remedy)


def _denied_by(policy: Mapping[str, Any], probe: Probe, role_arn: str) -> Verdict:
    """Whether the policy's own text explains the denial, or a condition on the network leaves it open."""
    denying = [one for one in documents.statements(policy) if one.get("Effect") == "Deny"]
    vague = [one for one in denying if any(key in one for key in _NEGATED)]
    found = [_condition_keys(one) for one in denying if one not in vague and _may_deny(one, probe, role_arn)]
    # A Deny without TLS is not what denied a request over TLS.
    found = [keys for keys in found if keys != {_TLS}]
    if any(not keys for keys in found):
        return Verdict.DISPROVEN
    if not found or vague or any(keys & _NETWORK for keys in found):
        return Verdict.INCONCLUSIVE
    return Verdict.DISPROVEN


def _condition_keys(statement: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(key.lower() for keys in statement.get("Condition", {}).values() for key in keys)


def _may_deny(statement: Mapping[str, Any], probe: Probe, role_arn: str) -> bool:
    arn = f":s3:::{probe.bucket}/{probe.key}" if probe.key else f":s3:::{probe.bucket}"
    actions = documents.values(statement.get("Action", "*"))
    resources = documents.values(statement.get("Resource", "*"))
    return (
        any(fnmatch.fnmatchcase(probe.action.lower(), action.lower()) for action in actions)
        and any(
            fnmatch.fnmatchcase(f"arn:aws{arn}", re.sub("^arn:[^:]*", "arn:aws", resource)) for resource in resources
        )
        and _names(statement.get("Principal", "*"), role_arn)
    )


def _names(principal: Any, role_arn: str) -> bool:
    """Whether a principal is everybody, the role, or the role's account."""
    names = documents.values(principal.get("AWS", []) if isinstance(principal, Mapping) else principal)
    account = role_arn.split(":")[4]
    return any(name in ("*", role_arn, account) or name.endswith(f"::{account}:root") for name in names)
