"""The pure parts: hosts, signatures, models, tokens, bodies, masks, time."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import botocore.session
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.aws import hosts, model_check, signatures, web_identity, wire_log
from sandbox.aws.consistency import Consistency, Delays
from sandbox.aws.errors import Refused
from sandbox.aws.hosts import Target
from sandbox.aws.s3 import bodies
from sandbox.aws.s3.bodies import Doomed, NewBucket
from sandbox.aws.signatures import SignedRequest
from tests.sandbox.aws.fixtures import Clock, key_set, token

SECRET = "a-secret-that-is-long-enough"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("iam.amazonaws.com", Target("iam", "us-east-1")),
        ("iam.cn-north-1.amazonaws.com.cn", Target("iam", "cn-north-1")),
        ("iam.us-gov.amazonaws.com", Target("iam", "us-gov-west-1")),
        ("sts.eu-west-1.amazonaws.com", Target("sts", "eu-west-1")),
        ("sts.amazonaws.com:443", Target("sts", "us-east-1")),
        ("eks.us-east-2.amazonaws.com", Target("eks", "us-east-2")),
        ("ec2.eu-west-1.amazonaws.com", Target("ec2", "eu-west-1")),
        ("s3.amazonaws.com", Target("s3", "us-east-1")),
        ("s3.eu-west-1.amazonaws.com", Target("s3", "eu-west-1")),
        ("sources.s3.eu-west-1.amazonaws.com", Target("s3", "eu-west-1", "sources")),
        ("sources.s3.dualstack.eu-west-1.amazonaws.com", Target("s3", "eu-west-1", "sources")),
        ("s3.dualstack.us-east-1.amazonaws.com", Target("s3", "us-east-1")),
        ("my.sources.s3.amazonaws.com", Target("s3", "us-east-1", "my.sources")),
        ("sources.s3.cn-north-1.amazonaws.com.cn", Target("s3", "cn-north-1", "sources")),
        ("127.0.0.1:4566", None),
        ("rds.us-east-1.amazonaws.com", None),
        ("s3.example.com", None),
    ],
)
def test_hosts(host: str, expected: Target | None) -> None:
    """Source: AWS General Reference, "Service endpoints"; S3 User Guide, "Virtual hosting of buckets"."""
    assert hosts.target(host) == expected


@pytest.mark.parametrize(
    ("service", "method", "url", "body"),
    [
        ("iam", "POST", "https://iam.amazonaws.com/", b"Action=GetRole&RoleName=r"),
        ("eks", "GET", "https://eks.us-east-1.amazonaws.com/clusters/a%20b?x=1&a=%2F", b""),
        ("s3", "PUT", "https://s3.us-east-1.amazonaws.com/bucket/a%20b/%C3%BC?partNumber=1&uploadId=x", b"content"),
        ("s3", "GET", "https://bucket.s3.us-east-1.amazonaws.com/?list-type=2&prefix=a%2Fb", b""),
    ],
)
def test_signatures_agree_with_botocores(service: str, method: str, url: str, body: bytes) -> None:
    request = AWSRequest(method, url, data=body)
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials("AKIAKEY", SECRET), service, "us-east-1")
    signer.add_auth(request)
    host, _, rest = url.removeprefix("https://").partition("/")
    path, _, query = rest.partition("?")
    headers = {name.lower(): value for name, value in request.headers.items()} | {"host": host}
    authorization = signatures.parsed(headers["authorization"])
    assert authorization is not None
    seen = SignedRequest(method, f"/{path}", query, headers, body)
    assert signatures.valid(seen, authorization, SECRET)
    assert not signatures.valid(seen, authorization, f"{SECRET}!")
    other = SignedRequest(method, f"/{path}x", query, headers, body)
    assert not signatures.valid(other, authorization, SECRET)


@pytest.mark.parametrize("header", ["", "Basic abc", "AWS KEY:signature", "AWS4-HMAC-SHA256 Credential=a/b"])
def test_other_schemes_are_no_signatures(header: str) -> None:
    assert signatures.parsed(header) is None


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"RoleName": "epinio-server", "AssumeRolePolicyDocument": "{}"}, ""),
        ({"AssumeRolePolicyDocument": "{}"}, "Value null at 'roleName' failed to satisfy constraint: Member must not"),
        ({"RoleName": "x" * 65, "AssumeRolePolicyDocument": "{}"}, "Member must have length less than or equal to 64"),
        ({"RoleName": "a b", "AssumeRolePolicyDocument": "{}"}, r"regular expression pattern: [\w+=,.@-]+"),
        ({"RoleName": "grün", "AssumeRolePolicyDocument": "{}"}, r"regular expression pattern: [\w+=,.@-]+"),
        ({"RoleName": "r", "AssumeRolePolicyDocument": "{}", "Path": "foo"}, "'path' failed"),
        (
            {"RoleName": "r", "AssumeRolePolicyDocument": "{}", "MaxSessionDuration": 60},
            "greater than or equal to 3600",
        ),
        ({"RoleName": "r", "AssumeRolePolicyDocument": "{}", "Tags": [{"Key": "ключ", "Value": "1 2"}]}, ""),
        (
            {"RoleName": "r", "AssumeRolePolicyDocument": "{}", "Tags": [{"Key": "a", "Value": "<"}]},
            "'tags.1.member.val",
        ),
    ],
)
def test_parameters_are_held_against_the_model(parameters: dict[str, object], expected: str) -> None:
    """Source: botocore's model of CreateRole and AWS's wording of ValidationError."""
    shape = botocore.session.get_session().get_service_model("iam").operation_model("CreateRole").input_shape
    found = "; ".join(model_check.problems(shape, parameters, ""))
    assert expected in found
    assert bool(expected) == bool(found)


def test_every_pattern_of_the_models_is_understood() -> None:
    session = botocore.session.get_session()
    for service in ("iam", "sts", "eks"):
        model = session.get_service_model(service)
        shapes = map(model.shape_for, model.shape_names)
        for pattern in {shape.metadata["pattern"] for shape in shapes if "pattern" in shape.metadata}:
            assert "\\p" not in model_check.compiled(pattern).pattern, pattern


def _token_refusal(text: str, name: str = "cluster") -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        web_identity.check_signature(web_identity.parsed(text), key_set(name))
    return caught.value.code, caught.value.message


def test_a_token_of_its_issuer_is_believed() -> None:
    parsed = web_identity.parsed(token(expires=1000))
    web_identity.check_signature(parsed, key_set())
    web_identity.check_time(parsed, 999)
    assert parsed.audiences == ("sts.amazonaws.com",)


def test_tokens_that_sts_refuses() -> None:
    """Source: botocore's STS model for the codes; awslabs/aws-sdk-rust#827 for the missing key's text."""
    assert _token_refusal("not.a.token")[0] == "InvalidIdentityToken"
    assert _token_refusal("garbage")[0] == "InvalidIdentityToken"
    assert _token_refusal(token(expires=1, key="another"))[0] == "InvalidIdentityToken"
    changed = token(expires=1000).split(".")
    changed[1] = token("system:serviceaccount:kube-system:default", expires=1000).split(".")[1]
    assert "signature" in _token_refusal(".".join(changed))[1]
    with pytest.raises(Refused, match="Couldn't retrieve verification key"):
        web_identity.check_signature(web_identity.parsed(token(expires=1)), None)


def test_an_expired_token() -> None:
    """Source: awslabs/aws-orbit-workbench#771, text and missing blank included."""
    with pytest.raises(Refused) as caught:
        web_identity.check_time(web_identity.parsed(token(expires=1000)), 1000)
    assert caught.value.code == "ExpiredTokenException"
    assert caught.value.message == ("Token expired: current date/time 1000 must be before the expiration date/time1000")


def test_new_objects_become_visible_later() -> None:
    clock = Clock(0)
    consistency = Consistency(clock, Delays(visible_after=2, effective_after=3))
    assert consistency.visible("old")
    consistency.born("new")
    assert not consistency.visible("new")
    clock.advance(1.9)
    assert not consistency.visible("new")
    clock.advance(0.1)
    assert consistency.visible("new")


def test_values_take_effect_later_and_in_order() -> None:
    clock = Clock(0)
    consistency = Consistency(clock, Delays(visible_after=2, effective_after=3))
    consistency.record("key", "first", at_once=True)
    assert consistency.effective("key") == "first"
    consistency.record("key", "second")
    clock.advance(2)
    consistency.record("key", None)
    assert consistency.effective("key") == "first"
    clock.advance(1)
    assert consistency.effective("key") == "second"
    clock.advance(2)
    assert consistency.effective("key") is None


def test_a_changed_delay_counts_from_now() -> None:
    clock = Clock(0)
    consistency = Consistency(clock, Delays(effective_after=3))
    consistency.record("key", "value")
    assert consistency.effective("key") is None
    consistency.delays = Delays(0, 0)
    assert consistency.effective("key") == "value"


def test_s3_bodies() -> None:
    body = (
        b'<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>eu-west-1'
        b"</LocationConstraint><Tags><Tag><Key>a</Key><Value>1</Value></Tag></Tags></CreateBucketConfiguration>"
    )
    assert bodies.new_bucket(body) == NewBucket("eu-west-1", (("a", "1"),))
    assert bodies.new_bucket(b"") == NewBucket(None, ())
    assert bodies.new_bucket(bodies.bucket_configuration("eu-west-1")) == NewBucket("eu-west-1", ())
    objects = [Doomed("a & b", None), Doomed("c", "version")]
    assert bodies.doomed(bodies.deletion(objects)) == objects
    with pytest.raises(Refused, match="MalformedXML"):
        bodies.doomed(b"<Delete>")


def test_the_log_masks_secrets_and_keeps_documents() -> None:
    shown = wire_log.masked(
        {"WebIdentityToken": "t", "Policy": "session", "PolicyDocument": "{}", "Tags": [{"Key": "a", "Value": "b"}]}
    )
    assert shown == {
        "WebIdentityToken": "***",
        "Policy": "***",
        "PolicyDocument": "{}",
        "Tags": [{"Key": "a", "Value": "b"}],
    }
