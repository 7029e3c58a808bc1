"""The script of the proof, run by the shells that there are."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Identity, negative
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_answers import Reply
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_script import session
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_script_text import (
    CALLS as TEXT_OF_CALLS,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_script_text import FRAME, NO_CLI, NO_TOKEN

from tests.unit.plugins.module_utils.domain.fake_aws import CALLER, PROBES, FakeAws, denied, error

# What `sh` is differs from image to image; Amazon's has bash.
SHELLS = ["sh", *(["bash"] if shutil.which("bash") else [])]
CALLS = [probe.call for probe in PROBES]
NEGATIVE = negative("sources", ".probe/key", documented=False)
PUT, TAGGING = CALLS.index("PutObject"), NEGATIVE[2]
FORBIDDEN = "\nAn error occurred (403) when calling the HeadObject operation: Forbidden\n"


@pytest.fixture(params=SHELLS)
def aws(tmp_path: Path, request: pytest.FixtureRequest) -> FakeAws:
    return FakeAws.made(tmp_path, request.param)


def test_every_call_of_the_table_is_known_and_every_word_filled_in() -> None:
    assert all(f"\n{probe.call}() {{" in TEXT_OF_CALLS for probe in (*PROBES, *NEGATIVE))
    assert not re.search("@[A-Z_]+@", FRAME)


def test_all_calls_on_the_hosts_of_epinios_clients(aws: FakeAws) -> None:
    said = aws.run()
    assert (said.caller, said.complete) == (CALLER, True)
    assert said.replies == dict.fromkeys(range(len(PROBES)), Reply())
    identity, *calls = aws.log
    assert "sts get-caller-identity" in identity
    assert "--endpoint-url https://sts.us-east-1.amazonaws.com" in identity
    assert all("--region us-east-1" in call and "--cli-connect-timeout 5" in call for call in aws.log)
    virtual = [call for call in calls if call.startswith("virtual ")]
    path = [call for call in calls if call.startswith("path ")]
    assert all("--endpoint-url https://s3.dualstack.us-east-1.amazonaws.com" in call for call in virtual)
    assert all("--endpoint-url https://s3.us-east-1.amazonaws.com" in call for call in path)
    assert [call.split()[2] for call in path] == ["head-object", "get-object"]
    assert len(virtual) + len(path) == len(calls)
    # The part's tag without the quotes that the CLI prints.
    assert '{"Parts":[{"ETag":"tag-1","PartNumber":1}]}' in next(call for call in calls if "complete-" in call)


def test_a_bucket_that_keeps_versions(aws: FakeAws) -> None:
    said = aws.run(environment={"VERSION": "v1.a"})
    assert [index for index, reply in said.replies.items() if reply.versioned] == [PUT]


def test_what_was_not_written_is_not_read(aws: FakeAws) -> None:
    aws.fails("put-object", denied("PutObject"))
    said = aws.run()
    assert said.complete
    assert [CALLS[index] for index in said.replies] == [
        call for call in CALLS if call not in ("HeadObject", "GetObject")
    ]
    assert said.replies[PUT].code == "AccessDenied"
    assert said.replies[PUT].reason == (
        "not authorized to perform: s3:PutObject because no identity-based policy allows the s3:Some action"
    )


def test_what_another_has_written_is_read(aws: FakeAws) -> None:
    reading = tuple(probe for probe in PROBES if probe.identity is Identity.STAGING)
    assert len(aws.run(reading, written=True).replies) == len(reading)


def test_a_refused_head_is_asked_again_for_the_reason(aws: FakeAws) -> None:
    aws.fails("head-object", FORBIDDEN)
    aws.fails("get-object", denied("GetObject", "with an explicit deny in a resource-based policy"), 1)
    aws.fails("head-bucket", FORBIDDEN.replace("HeadObject", "HeadBucket"))
    said = aws.run()
    first, second = (said.replies[index] for index, call in enumerate(CALLS) if call == "HeadObject")
    assert (first.code, first.reason[-48:]) == ("AccessDenied", "with an explicit deny in a resource-based policy")
    # Where the GET succeeds the HEAD's own answer stays.
    assert (second.code, second.reason) == ("403", "Forbidden")
    assert said.replies[0] == Reply("403", "Forbidden")


def test_a_broken_upload_is_broken_off_and_its_first_refusal_told(aws: FakeAws) -> None:
    aws.fails("upload-part", denied("UploadPart"))
    said = aws.run()
    upload = CALLS.index("MultipartUpload")
    assert "s3:UploadPart" in said.replies[upload].reason
    # Once for this upload, once for the one that is there to be broken off.
    assert aws.operations.count("abort-multipart-upload") == 2


def test_the_answers_fit_into_a_termination_message(aws: FakeAws) -> None:
    long = denied("X", "with an explicit deny in a resource-based policy " + "x" * 900)
    for operation in ("head-bucket", "create-multipart-upload", "delete-object", "get-bucket-tagging"):
        aws.fails(operation, long)
    aws.fails("head-object", error("HeadObject", "Weird", "y" * 900))
    aws.fails("get-object", long)
    many = (*PROBES, *NEGATIVE, *(replace(TAGGING, bucket=f"other-{n}") for n in range(3)))
    said = aws.run(many)
    assert (said.complete, set(said.replies)) == (True, set(range(len(many))))
    assert len(aws.message.encode()) <= 4096


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('\nCould not connect to the endpoint URL: "https://sts.us-east-1.amazonaws.com/"\n', "Unreachable"),
        ('\nConnect timeout on endpoint URL: "https://sts.us-east-1.amazonaws.com/"\n', "Unreachable"),
        ("\nSSL validation failed for https://sts.us-east-1.amazonaws.com/ certificate verify failed\n", "Unreachable"),
        ('\nFailed to connect to proxy URL: "http://proxy"\n', "Unreachable"),
        ('\nUnable to locate credentials. You can configure credentials by running "aws login".\n', "NoCredentials"),
        (error("AssumeRoleWithWebIdentity", "AccessDenied", "Not authorized"), "AccessDenied"),
        (error("AssumeRoleWithWebIdentity", "ExpiredTokenException", "Token expired: 1"), "ExpiredTokenException"),
        ("Traceback\n  boom\n", "CliFailed"),
    ],
)
def test_without_a_session_nothing_is_asked(aws: FakeAws, text: str, code: str) -> None:
    aws.fails("get-caller-identity", text)
    said = aws.run()
    assert (said.who.code, said.caller, said.complete, dict(said.replies)) == (code, "", True, {})
    assert aws.operations == ["get-caller-identity"]


def test_nothing_is_asked_with_a_session_of_somebody_else(aws: FakeAws) -> None:
    said = aws.run(session=session("arn:aws:iam::111122223333:role/epinio-server"))
    assert (said.caller, said.complete, dict(said.replies)) == (CALLER, True, {})
    assert aws.operations == ["get-caller-identity"]


@pytest.mark.parametrize("there", [True, False])
def test_a_token_that_is_not_there_is_told_before_anybody_is_asked(aws: FakeAws, there: bool) -> None:
    token = aws.folder / "token"
    token.write_text("t" if there else "", encoding="utf-8")
    said = aws.run(environment={"AWS_WEB_IDENTITY_TOKEN_FILE": str(token)}, web_identity=True)
    assert (said.who.code, bool(aws.log)) == ("" if there else NO_TOKEN, there)


def test_an_image_without_the_cli_is_told(aws: FakeAws) -> None:
    (aws.folder / "bin" / "aws").unlink()
    tools = aws.folder / "bin"
    for name in ("cat", "sleep"):
        (tools / name).symlink_to(str(shutil.which(name)))
    aws = replace(aws, shell=str(shutil.which(aws.shell)))
    assert aws.run(environment={"PATH": str(tools)}).who.code == NO_CLI


def test_a_refusal_is_waited_for_inside(aws: FakeAws) -> None:
    aws.fails("get-caller-identity", error("AssumeRoleWithWebIdentity", "AccessDenied", "Not authorized"), 1)
    aws.fails("put-object", denied("PutObject"), 1)
    said = aws.run(patience=4)
    assert all(not reply.code for reply in said.replies.values())
    assert (aws.operations.count("get-caller-identity"), aws.operations.count("put-object")) == (2, 2)


def test_the_wait_is_one_for_all_calls(aws: FakeAws) -> None:
    for operation in ("put-object", "create-multipart-upload"):
        aws.fails(operation, denied(operation))
    aws.run(patience=2)
    counts = [aws.operations.count(operation) for operation in ("put-object", "create-multipart-upload")]
    assert counts == [3, 2]


@pytest.mark.parametrize("why", ["with an explicit deny in a service control policy", "NoSuchBucket"])
def test_what_does_not_pass_is_not_waited_for(aws: FakeAws, why: str) -> None:
    text = error("PutObject", why, "gone") if " " not in why else denied("PutObject", why)
    aws.fails("put-object", text)
    aws.run(patience=30)
    assert aws.operations.count("put-object") == 1


def test_what_must_be_refused(aws: FakeAws) -> None:
    aws.fails("put-object", denied("PutObject"))
    aws.fails("get-bucket-tagging", error("GetBucketTagging", "NoSuchTagSet", "The TagSet does not exist"))
    said = aws.run(NEGATIVE)
    assert [reply.code for reply in said.replies.values()] == ["AccessDenied", "", "", ""]


def test_a_permission_that_may_be_going_is_waited_for(aws: FakeAws) -> None:
    aws.fails("get-bucket-tagging", denied("GetBucketTagging"), 2)
    assert aws.run((TAGGING,), patience=2).replies[0].code == "AccessDenied"


def test_told_to_end_it_removes_its_object(aws: FakeAws) -> None:
    aws.fails("create-multipart-upload", denied("CreateMultipartUpload"))
    with aws.start(patience=60) as started:
        while aws.operations.count("create-multipart-upload") < 2:
            time.sleep(0.05)
        started.send_signal(signal.SIGTERM)
        assert started.wait(20) == 128 + signal.SIGTERM
    assert aws.operations[-1] == "delete-object"
    assert "end" not in aws.message.splitlines()
