"""What the termination message of the proof's pod means."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_answers import Reply, Said, check_caller, parsed
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_script import session
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, Undecided

ROLE = "arn:aws-cn:iam::111122223333:role/team/one/nodes"
SESSION = "arn:aws-cn:sts::111122223333:assumed-role/nodes/"
ACCOUNT = "epinio/epinio-server"


def test_a_sessions_arn_lacks_the_path_of_its_role() -> None:
    assert session(ROLE) == SESSION


def test_all_lines_are_read() -> None:
    said = parsed(f"who ok {SESSION}i-0abc\n0 ok\n1 ok versioned\n4 AccessDenied not authorized: because\nend\n")
    replies = {0: Reply(), 1: Reply("", "versioned", True), 4: Reply("AccessDenied", "not authorized: because")}
    assert said == Said(f"{SESSION}i-0abc", Reply("", f"{SESSION}i-0abc"), replies, True)


@pytest.mark.parametrize(
    ("message", "replies"),
    [("", 0), ("who ok arn\n0 ok\n1 ", 1), ("Killed\n", 0), ("who ok arn\n0 ok\nend of the line\n", 1)],
)
def test_what_was_cut_short_is_not_complete(message: str, replies: int) -> None:
    said = parsed(message)
    assert (said.complete, len(said.replies)) == (message.endswith("line\n"), replies)


def check(message: str, *, web_identity: bool = True) -> None:
    check_caller(parsed(message), SESSION, ROLE, ACCOUNT, web_identity=web_identity)


def test_the_roles_own_session_is_right() -> None:
    check(f"who ok {SESSION}i-0abc\nend")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (
            "who ok arn:aws-cn:sts::111122223333:assumed-role/nodes-2/i-1",
            "acts as arn:aws-cn:sts.*nodes-2/i-1, not with",
        ),
        ("who ok arn:aws-cn:sts::999999999999:assumed-role/nodes/i-1", "acts as arn:aws-cn:sts::999999999999"),
        ("who AccessDenied Not authorized to perform sts:AssumeRoleWithWebIdentity", "trust policy of .* must admit"),
        ("who InvalidIdentityToken Incorrect token audience", "audience"),
        ("who ExpiredTokenException Token expired", "The token in the pod has expired"),
        ("who NoToken there is no token in /var/run/token", "mounts it"),
        ("who NoCredentials Unable to locate credentials", "pod identity webhook gives them"),
    ],
)
def test_what_pods_cannot_get_disproves(message: str, reason: str) -> None:
    with pytest.raises(Disproven, match=reason) as raised:
        check(message)
    assert ACCOUNT in str(raised.value)


def test_a_node_without_credentials_names_the_metadata_service() -> None:
    with pytest.raises(Disproven, match="HttpPutResponseHopLimit must be 2 or more"):
        check("who NoCredentials Unable to locate credentials", web_identity=False)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('who Unreachable Could not connect to the endpoint URL: "https://sts"', "VPC endpoints"),
        ("who NoAwsCli the image has no command aws", "image.awscli"),
        ("who IDPCommunicationError try again", "IDPCommunicationError: try again"),
        ("who ServiceUnavailable busy", "Run it again"),
        ("who CliFailed Traceback", "Traceback"),
    ],
)
def test_what_nobody_can_tell_decides_nothing(message: str, reason: str) -> None:
    with pytest.raises(Undecided, match=reason):
        check(message)
