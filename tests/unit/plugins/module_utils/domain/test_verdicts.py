"""What an answer proves."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Answer, Identity, Probe
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import (
    UNREACHABLE,
    Finding,
    Verdict,
    judge,
    may_pass,
    overall,
)

ROLE = "arn:aws:iam::111122223333:role/epinio-server-role"
PUT = Probe(Identity.SERVER, "PutObject", "sources", "key", True, "upload", "s3:PutObject")
DENY: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::sources/*"}
EXCEPTING = {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "s3:*", "Resource": "*"}
TLS_ONLY = {**DENY, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}


def refused(reason: str) -> Answer:
    text = f'User: x is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::sources/key" {reason}'
    return Answer("host", "AccessDenied", text)


IMPLICIT = refused("because no identity-based policy allows the s3:PutObject action")
BY_BUCKET = refused("with an explicit deny in a resource-based policy")
BY_SCP = refused("with an explicit deny in a service control policy")
OK = Answer("host")


def verdict(answer: Answer, policy: dict[str, Any] | None = None, probe: Probe = PUT) -> Verdict | None:
    finding = judge(probe, answer, ROLE, policy)
    return finding.verdict if finding else None


@pytest.mark.parametrize(
    ("answer", "statements", "expected"),
    [
        (OK, [], None),
        (IMPLICIT, [], Verdict.DISPROVEN),
        (Answer("host", "NoSuchBucket", "gone"), [], Verdict.DISPROVEN),
        (Answer("host", UNREACHABLE, "timed out"), [], Verdict.INCONCLUSIVE),
        (BY_BUCKET, [DENY], Verdict.DISPROVEN),
        (BY_BUCKET, [{**DENY, "Principal": {"AWS": ROLE}}], Verdict.DISPROVEN),
        (BY_BUCKET, [{**DENY, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}], Verdict.DISPROVEN),
        (BY_BUCKET, [DENY, TLS_ONLY], Verdict.DISPROVEN),
        (BY_BUCKET, [{**DENY, "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}], Verdict.DISPROVEN),
        (BY_BUCKET, [{**DENY, "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}], Verdict.INCONCLUSIVE),
        (
            BY_BUCKET,
            [{**DENY, "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, TLS_ONLY],
            Verdict.INCONCLUSIVE,
        ),
        (BY_BUCKET, [TLS_ONLY], Verdict.INCONCLUSIVE),
        (BY_BUCKET, [{**DENY, "Resource": "arn:aws:s3:::other/*"}], Verdict.INCONCLUSIVE),
        (BY_BUCKET, [{**DENY, "Action": ["s3:GetObject"]}], Verdict.INCONCLUSIVE),
        (BY_BUCKET, [{**DENY, "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}], Verdict.INCONCLUSIVE),
        (BY_SCP, [DENY], Verdict.INCONCLUSIVE),
        (refused("because no VPC endpoint policy allows the s3:PutObject action"), [], Verdict.INCONCLUSIVE),
        (Answer("host", "SlowDown", "busy"), [], Verdict.INCONCLUSIVE),
        (Answer("host", "404", "Not Found"), [], Verdict.INCONCLUSIVE),
        (BY_BUCKET, [{**DENY, "Condition": {"StringNotEquals": {"aws:VpceAccount": "1"}}}], Verdict.INCONCLUSIVE),
        # A Deny that excepts somebody may be the one, or not.
        (
            BY_BUCKET,
            [EXCEPTING, {**DENY, "Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}}}],
            Verdict.INCONCLUSIVE,
        ),
        (BY_BUCKET, [EXCEPTING, DENY], Verdict.DISPROVEN),
    ],
)
def test_what_must_work(answer: Answer, statements: list[dict[str, Any]], expected: Verdict | None) -> None:
    assert verdict(answer, {"Statement": statements}) is expected


def test_a_policy_that_cannot_be_read_decides_nothing() -> None:
    assert verdict(BY_BUCKET, None) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (OK, Verdict.DISPROVEN),
        (IMPLICIT, None),
        (BY_BUCKET, None),
        (Answer("host", "403", ""), None),
        (Answer("host", "NoSuchBucket", "gone"), Verdict.INCONCLUSIVE),
        (Answer("host", UNREACHABLE, "timed out"), Verdict.INCONCLUSIVE),
    ],
)
def test_what_must_not_work(answer: Answer, expected: Verdict | None) -> None:
    assert verdict(answer, {}, replace(PUT, allowed=False)) is expected


@pytest.mark.parametrize("allowed", [True, False])
def test_a_lenient_probe_is_only_noted(allowed: bool) -> None:
    probe = replace(PUT, allowed=allowed, lenient=True)
    assert verdict(IMPLICIT if allowed else OK, {}, probe) is Verdict.NOTED


@pytest.mark.parametrize(
    ("allowed", "answer", "expected"),
    [
        (True, IMPLICIT, True),
        (True, BY_BUCKET, False),
        (True, OK, False),
        (True, Answer("host", "NoSuchBucket"), False),
        (True, Answer("host", UNREACHABLE), False),
        (True, Answer("host", "SlowDown"), True),
        (False, Answer("host", "InternalError"), True),
        (False, OK, True),
        (False, IMPLICIT, False),
    ],
)
def test_what_is_worth_waiting_for(allowed: bool, answer: Answer, expected: bool) -> None:
    assert may_pass(replace(PUT, allowed=allowed), answer) is expected


def test_the_worst_finding_decides() -> None:
    noted, open_, wrong = (Finding(v, "") for v in (Verdict.NOTED, Verdict.INCONCLUSIVE, Verdict.DISPROVEN))
    assert overall([]) is overall([noted]) is Verdict.PROVEN
    assert overall([noted, open_]) is Verdict.INCONCLUSIVE
    assert overall([open_, wrong, noted]) is Verdict.DISPROVEN


def test_a_finding_names_role_action_and_object() -> None:
    text = str(judge(PUT, IMPLICIT, ROLE, {}))
    assert all(part in text for part in (ROLE, "s3:PutObject", "s3://sources/key", "upload"))


def test_a_refusal_of_another_service_names_its_own_action() -> None:
    text = "User: x is not authorized to perform: kms:GenerateDataKey because no identity-based policy allows it"
    assert "needs kms:GenerateDataKey" in str(judge(PUT, Answer("host", "AccessDenied", text), ROLE, {}))


KEY = "arn:aws:kms:us-east-1:111122223333:key/a"
OF_KEY = f"User: x is not authorized to perform: kms:GenerateDataKey on resource: {KEY} "


@pytest.mark.parametrize("policy", [{}, None, {"Statement": [DENY]}])
@pytest.mark.parametrize(
    ("reason", "expected", "words"),
    [
        ("because no resource-based policy allows the kms:GenerateDataKey action", Verdict.DISPROVEN, "The key policy"),
        ("because no identity-based policy allows the kms:GenerateDataKey action", Verdict.DISPROVEN, f"{ROLE} needs"),
        ("because the key is disabled", Verdict.DISPROVEN, f"{ROLE} needs"),
        ("with an explicit deny in a resource-based policy", Verdict.INCONCLUSIVE, "The key policy"),
        ("with an explicit deny in a service control policy", Verdict.INCONCLUSIVE, "(service control policy)"),
    ],
)
def test_the_named_action_and_resource_decide_whose_policy_refuses(
    policy: dict[str, Any] | None, reason: str, expected: Verdict, words: str
) -> None:
    finding = judge(PUT, Answer("host", "AccessDenied", OF_KEY + reason), ROLE, policy)
    assert finding is not None
    assert finding.verdict is expected
    assert words in finding.remedy
    assert KEY in finding.remedy
    assert "bucket" not in finding.remedy
