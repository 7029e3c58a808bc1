"""S3: buckets with owners, regions and policies, and who may do what in them."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import Clock, allow, deny, document, keys_of, new_account, refusal, trust


@pytest.fixture
def server(aws: StandIn, iam: Any, sts: Any, account: str, bucket: str) -> Any:
    """An S3 client with the rights that Epinio's server needs, and no others."""
    arn = f"arn:aws:s3:::{bucket}"
    own = {"StringEquals": {"aws:ResourceAccount": account}}
    objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    rights = document(
        allow(["s3:ListBucket", "s3:GetBucketLocation"], arn, Condition=own),
        allow(objects, f"{arn}/*", Condition=own),
    )
    return _role_client(aws, iam, sts, account, "server", rights)


def _role_client(aws: StandIn, iam: Any, sts: Any, account: str, name: str, rights: str) -> Any:
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"AWS": account}))["Role"]["Arn"]
    policy = iam.create_policy(PolicyName=name, PolicyDocument=rights)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    keys = keys_of(sts.assume_role(RoleArn=role, RoleSessionName="pod"))
    return aws.client("s3", account, credentials=keys)


def _multipart(s3: Any, bucket: str, key: str) -> dict[str, str]:
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    return {"Bucket": bucket, "Key": key, "UploadId": upload}


def test_what_epinios_server_does(server: Any, bucket: str) -> None:
    """Least privilege is enough for all of it."""
    server.head_bucket(Bucket=bucket)
    server.get_bucket_location(Bucket=bucket)
    server.put_object(Bucket=bucket, Key="a b/ü", Body=b"content", Metadata={"app": "x"})
    assert server.get_object(Bucket=bucket, Key="a b/ü")["Body"].read() == b"content"
    assert server.head_object(Bucket=bucket, Key="a b/ü")["ContentLength"] == 7
    upload = _multipart(server, bucket, "large")
    part = server.upload_part(**upload, PartNumber=1, Body=b"x" * 100)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    server.complete_multipart_upload(**upload, MultipartUpload=parts)
    server.abort_multipart_upload(**_multipart(server, bucket, "aborted"))
    listed = server.list_objects_v2(Bucket=bucket)["Contents"]
    assert [each["Key"] for each in listed] == ["a b/ü", "large"]
    server.delete_object(Bucket=bucket, Key="large")
    assert server.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_what_epinios_server_may_not(server: Any, bucket: str, account: str) -> None:
    """S3 User Guide, "Troubleshoot access denied": user, action, resource in quotation marks, reason."""
    text = (
        f"User: arn:aws:sts::{account}:assumed-role/server/pod is not authorized to perform: s3:GetBucketTagging on "
        f'resource: "arn:aws:s3:::{bucket}" because no identity-based policy allows the s3:GetBucketTagging action'
    )
    assert refusal(server.get_bucket_tagging, Bucket=bucket) == ("AccessDenied", 403, text)
    for call, arguments in (
        (server.list_buckets, {}),
        (server.create_bucket, {"Bucket": f"{bucket}-2"}),
        (server.list_object_versions, {"Bucket": bucket}),
        (server.delete_bucket, {"Bucket": bucket}),
    ):
        assert refusal(call, **arguments)[:2] == ("AccessDenied", 403)
    assert refusal(server.head_bucket, Bucket=f"{bucket}-2")[:2] == ("403", 403)


def test_a_missing_object_is_404_only_for_who_may_list(
    aws: StandIn, iam: Any, sts: Any, account: str, bucket: str
) -> None:
    """S3 API reference, HeadObject: without s3:ListBucket a missing object is 403."""
    reader = _role_client(aws, iam, sts, account, "r", document(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")))
    assert "s3:ListBucket" in refusal(reader.get_object, Bucket=bucket, Key="none")[2]
    assert refusal(reader.head_object, Bucket=bucket, Key="none")[1] == 403
    operator = aws.client("s3", account)
    assert refusal(operator.get_object, Bucket=bucket, Key="none")[:2] == ("NoSuchKey", 404)
    assert refusal(operator.head_object, Bucket=bucket, Key="none")[1] == 404
    assert refusal(operator.head_bucket, Bucket=f"{bucket}-2")[1] == 404
    assert refusal(operator.list_objects_v2, Bucket=f"{bucket}-2")[:2] == ("NoSuchBucket", 404)


def test_the_documented_policy_cannot_abort(aws: StandIn, iam: Any, sts: Any, account: str, bucket: str) -> None:
    """Epinio's page: all it lists, on everything; AbortMultipartUpload is missing there."""
    actions = ["ListBucket", "PutObject", "GetObject", "GetBucketLocation", "ListAllMyBuckets", "CreateBucket"]
    rights = document(allow([f"s3:{each}" for each in [*actions, "DeleteObject"]]))
    client = _role_client(aws, iam, sts, account, "documented", rights)
    client.list_buckets()
    client.head_bucket(Bucket=bucket)
    client.create_bucket(Bucket=f"{bucket}-2")
    assert refusal(client.abort_multipart_upload, **_multipart(client, bucket, "k"))[0] == "AccessDenied"


def test_rights_take_effect_later(aws: StandIn, iam: Any, sts: Any, account: str, bucket: str, clock: Clock) -> None:
    rights = document(allow("s3:ListBucket"))
    client = _role_client(aws, iam, sts, account, "r", rights)
    client.list_objects_v2(Bucket=bucket)
    aws.control("delays", {"effective_after": 3})
    clock.advance(10)
    iam.detach_role_policy(RoleName="r", PolicyArn=f"arn:aws:iam::{account}:policy/r")
    assert iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"] == []
    clock.advance(2.9)
    client.list_objects_v2(Bucket=bucket)
    clock.advance(0.1)
    assert refusal(client.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"


def test_a_new_default_version_counts_later(
    aws: StandIn, iam: Any, sts: Any, account: str, bucket: str, clock: Clock
) -> None:
    client = _role_client(aws, iam, sts, account, "r", document(allow("s3:GetObject")))
    aws.control("delays", {"effective_after": 3})
    clock.advance(10)
    arn = f"arn:aws:iam::{account}:policy/r"
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("s3:ListBucket")), SetAsDefault=True)
    assert refusal(client.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
    clock.advance(3)
    client.list_objects_v2(Bucket=bucket)


def test_a_boundary_restricts_a_role(aws: StandIn, iam: Any, sts: Any, account: str, bucket: str) -> None:
    """Stock moto ignores boundaries."""
    client = _role_client(aws, iam, sts, account, "r", document(allow("s3:*")))
    boundary = iam.create_policy(PolicyName="b", PolicyDocument=document(allow("s3:GetObject")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=boundary)
    assert (
        "because no permissions boundary allows the s3:ListBucket" in refusal(client.list_objects_v2, Bucket=bucket)[2]
    )


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_tags_that_come_with_the_bucket(aws: StandIn, account: str, region: str) -> None:
    """botocore's S3 model: CreateBucketConfiguration.Tags; moto drops them."""
    s3 = aws.client("s3", account, region=region)
    configuration: dict[str, Any] = {"Tags": [{"Key": "epinio.aws/wiring", "Value": "a/b"}]}
    if region != "us-east-1":
        configuration["LocationConstraint"] = region
    s3.create_bucket(Bucket=f"tagged-{account}", CreateBucketConfiguration=configuration)
    assert s3.get_bucket_tagging(Bucket=f"tagged-{account}")["TagSet"] == configuration["Tags"]
    untagged = {"LocationConstraint": region} if region != "us-east-1" else None
    s3.create_bucket(Bucket=f"plain-{account}", **({"CreateBucketConfiguration": untagged} if untagged else {}))
    assert refusal(s3.get_bucket_tagging, Bucket=f"plain-{account}")[:2] == ("NoSuchTagSet", 404)


def test_tags_at_creation_need_a_right(aws: StandIn, iam: Any, sts: Any, account: str) -> None:
    """S3 User Guide: CreateBucket with tags needs s3:TagResource."""
    client = _role_client(aws, iam, sts, account, "r", document(allow("s3:CreateBucket")))
    configuration = {"Tags": [{"Key": "a", "Value": "b"}]}
    tagged = {"Bucket": f"tagged-{account}", "CreateBucketConfiguration": configuration}
    assert "s3:TagResource" in refusal(client.create_bucket, **tagged)[2]
    client.create_bucket(Bucket=f"plain-{account}")


@pytest.mark.parametrize("name", ["Bad_Name", "192.168.5.4", "ab", "a..b", "-a-b"])
def test_bucket_names(aws: StandIn, account: str, name: str) -> None:
    """S3 User Guide, "Bucket naming rules"."""
    url, keys = f"{aws.url}/{name}", aws.credentials(account)
    request = AWSRequest("PUT", url)
    S3SigV4Auth(Credentials(*keys.values()), "s3", "us-east-1").add_auth(request)
    with pytest.raises(OSError, match="400"):
        urlopen(Request(url, method="PUT", headers=dict(request.headers.items())), timeout=10)


def test_making_a_bucket_again(aws: StandIn, s3: Any, bucket: str, account: str) -> None:
    """S3 API reference, CreateBucket: 200 in us-east-1 only; another's bucket is BucketAlreadyExists."""
    s3.create_bucket(Bucket=bucket)
    stranger = aws.client("s3", new_account())
    assert refusal(stranger.create_bucket, Bucket=bucket)[0] == "BucketAlreadyExists"
    there = aws.client("s3", account, region="eu-west-1")
    create = {"Bucket": f"eu-{account}", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    there.create_bucket(**create)
    assert refusal(there.create_bucket, **create)[0] == "BucketAlreadyOwnedByYou"


def test_the_expected_owner(s3: Any, bucket: str, account: str) -> None:
    """S3 User Guide, "Verifying bucket ownership": 403 AccessDenied; moto ignores it."""
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
    assert refusal(s3.head_bucket, Bucket=bucket, ExpectedBucketOwner="999999999999")[1] == 403
    wrong = {"Bucket": bucket, "ExpectedBucketOwner": "999999999999"}
    assert refusal(s3.list_objects_v2, **wrong) == ("AccessDenied", 403, "Access Denied")


def _raw(aws: StandIn, account: str, method: str, path: str, region: str, host: str = "") -> tuple[int, Any, bytes]:
    """One request without boto3, which would follow redirects."""
    url, keys = f"{aws.url}{path}", aws.credentials(account)
    signed_url = f"https://{host}{path}" if host else url
    request = AWSRequest(method, signed_url)
    S3SigV4Auth(Credentials(*keys.values()), "s3", region).add_auth(request)
    headers = dict(request.headers.items()) | ({"Host": host} if host else {})
    try:
        with urlopen(Request(url, method=method, headers=headers), timeout=10) as response:
            return response.status, response.headers, response.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_another_region(aws: StandIn, bucket: str, account: str, method: str) -> None:
    """S3 API reference, HeadBucket: 301 with x-amz-bucket-region; moto answers 200."""
    status, headers, body = _raw(aws, account, method, f"/{bucket}", "eu-west-1")
    assert (status, headers["x-amz-bucket-region"]) == (301, "us-east-1")
    assert (b"<Code>PermanentRedirect</Code>" in body) is (method == "GET")
    assert _raw(aws, account, method, f"/{bucket}", "us-east-1")[0] == 200


def test_the_location_is_known_everywhere(aws: StandIn, account: str) -> None:
    """S3 API reference, GetBucketLocation."""
    there = aws.client("s3", account, region="eu-west-1")
    name = f"eu-{account}"
    there.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for region in ("us-east-1", "eu-west-1"):
        location = aws.client("s3", account, region=region).get_bucket_location(Bucket=name)
        assert location["LocationConstraint"] == "eu-west-1"


def test_virtual_host_style_and_scope(aws: StandIn, s3: Any, bucket: str, account: str) -> None:
    """S3 User Guide, "Virtual hosting of buckets"; a host's region must be the signature's."""
    s3.put_object(Bucket=bucket, Key="a b", Body=b"x")
    host = f"{bucket}.s3.dualstack.us-east-1.amazonaws.com"
    assert _raw(aws, account, "GET", "/a%20b", "us-east-1", host)[::2] == (200, b"x")
    assert aws.log.entries()[-1]["addressing"] == "virtual"
    assert aws.log.entries()[-1]["host"] == host
    assert aws.log.entries()[-1]["parameters"] == {"Bucket": bucket, "Key": "a b"}
    status, _, body = _raw(aws, account, "GET", "/a%20b", "eu-west-1", host)
    assert status == 400
    assert b"AuthorizationHeaderMalformed" in body
    assert b"<Region>us-east-1</Region>" in body
    path = f"/{bucket}/a%20b"
    assert _raw(aws, account, "GET", path, "us-east-1", "s3.us-east-1.amazonaws.com")[::2] == (200, b"x")
    assert aws.log.entries()[-1]["addressing"] == "path"


def test_a_body_in_signed_chunks(aws: StandIn, s3: Any, bucket: str, account: str) -> None:
    """IAM User Guide, "Signature calculations: multiple chunks": what Epinio's S3 client sends over plain HTTP."""
    kind, url = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", f"{aws.url}/{bucket}/chunked"

    class Signer(S3SigV4Auth):  # type: ignore[misc]
        def payload(self, request: Any) -> str:
            return kind

    headers = {"X-Amz-Decoded-Content-Length": "7", "Content-Type": "application/octet-stream"}
    request = AWSRequest("PUT", url, headers=headers)
    Signer(Credentials(*aws.credentials(account).values()), "s3", "us-east-1").add_auth(request)
    signature = "0" * 64
    body = f"7;chunk-signature={signature}\r\ncontent\r\n0;chunk-signature={signature}\r\n\r\n".encode()
    with urlopen(Request(url, body, dict(request.headers.items()), method="PUT"), timeout=10) as response:
        assert response.status == 200
    assert s3.get_object(Bucket=bucket, Key="chunked")["Body"].read() == b"content"


def test_unsigned_calls_are_refused(aws: StandIn, bucket: str) -> None:
    """Epinio 1.13.10 and later sign nothing without keys; AWS answers 403."""
    with pytest.raises(OSError, match="403"):
        urlopen(f"{aws.url}/{bucket}", timeout=10)


def test_another_accounts_bucket_needs_both_sides(aws: StandIn, s3: Any, bucket: str, iam: Any) -> None:
    """IAM User Guide, cross-account policy evaluation; S3 gives another account's caller no reason."""
    other = new_account()
    stranger = aws.client("s3", other)
    assert refusal(stranger.put_object, Bucket=bucket, Key="k", Body=b"") == ("AccessDenied", 403, "Access Denied")
    arn = f"arn:aws:s3:::{bucket}"
    s3.put_bucket_policy(Bucket=bucket, Policy=document(allow("s3:PutObject", f"{arn}/*", Principal={"AWS": other})))
    stranger.put_object(Bucket=bucket, Key="k", Body=b"")
    assert refusal(stranger.get_object, Bucket=bucket, Key="k")[0] == "AccessDenied"
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_a_bucket_policy_is_enough_in_its_account(
    aws: StandIn, s3: Any, iam: Any, sts: Any, account: str, bucket: str
) -> None:
    client = _role_client(aws, iam, sts, account, "r", document(allow("s3:ListAllMyBuckets")))
    assert refusal(client.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
    principal = {"AWS": f"arn:aws:iam::{account}:role/r"}
    text = document(allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", Principal=principal))
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    client.list_objects_v2(Bucket=bucket)
    s3.delete_bucket_policy(Bucket=bucket)
    assert refusal(client.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"


def test_a_bucket_policy_denies(s3: Any, server: Any, bucket: str) -> None:
    text = document(deny("s3:PutObject", f"arn:aws:s3:::{bucket}/*", Principal="*"))
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    expected = "with an explicit deny in a resource-based policy"
    assert refusal(server.put_object, Bucket=bucket, Key="k", Body=b"")[2].endswith(expected)
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"")[2].endswith(expected)


def _network_deny(bucket: str, operator: str, key: str, value: str) -> str:
    arn = f"arn:aws:s3:::{bucket}"
    condition = {operator: {key: value}}
    return document(deny("s3:GetObject", [arn, f"{arn}/*"], Principal="*", Condition=condition))


def test_conditions_of_the_network(aws: StandIn, s3: Any, bucket: str, account: str) -> None:
    """IAM User Guide, "Global condition keys": aws:SourceVpce is there only for calls through an endpoint."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    arguments = {"Bucket": bucket, "Key": "k"}
    s3.put_bucket_policy(Bucket=bucket, Policy=_network_deny(bucket, "StringNotEquals", "aws:SourceVpce", "vpce-1"))
    assert refusal(s3.get_object, **arguments)[0] == "AccessDenied"
    aws.control("networks", {"account": account, "source_vpce": "vpce-1", "source_vpc": "vpc-1"})
    s3.get_object(**arguments)
    aws.control("networks", {"account": account})
    s3.put_bucket_policy(Bucket=bucket, Policy=_network_deny(bucket, "IpAddress", "aws:SourceIp", "127.0.0.0/8"))
    assert refusal(s3.get_object, **arguments)[0] == "AccessDenied"
    aws.control("networks", {"account": account, "source_ip": "203.0.113.1"})
    s3.get_object(**arguments)


@pytest.mark.parametrize("plain", [False, True])
def test_loopback_counts_as_tls_unless_it_is_said_to_be_plain(account: str, plain: bool) -> None:
    with StandIn(visible_after=0, effective_after=0, plain=plain) as aws:
        s3 = aws.client("s3", account)
        bucket = f"tls-{account}"
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_policy(Bucket=bucket, Policy=_network_deny(bucket, "Bool", "aws:SecureTransport", "false"))
        call = {"Bucket": bucket, "Key": "k"}
        assert refusal(s3.get_object, **call)[0] == ("AccessDenied" if plain else "NoSuchKey")


def test_the_accounts_of_resources_and_callers(aws: StandIn, iam: Any, sts: Any, account: str) -> None:
    """IAM User Guide, "Global condition keys": aws:ResourceAccount; unknown to moto."""
    other = new_account()
    foreign = aws.client("s3", other)
    foreign.create_bucket(Bucket=f"foreign-{other}")
    text = document(allow("s3:*", f"arn:aws:s3:::foreign-{other}", Principal={"AWS": account}))
    foreign.put_bucket_policy(Bucket=f"foreign-{other}", Policy=text)
    own = {"StringEquals": {"aws:ResourceAccount": account}}
    client = _role_client(aws, iam, sts, account, "r", document(allow("s3:*", Condition=own)))
    assert refusal(client.list_objects_v2, Bucket=f"foreign-{other}")[0] == "AccessDenied"
    aws.client("s3", account).list_objects_v2(Bucket=f"foreign-{other}")


def test_conditions_of_the_call(aws: StandIn, iam: Any, sts: Any, account: str, bucket: str) -> None:
    """Service Authorization Reference for S3: s3:prefix."""
    rights = document(allow("s3:ListBucket", Condition={"StringLike": {"s3:prefix": "mine/*"}}))
    client = _role_client(aws, iam, sts, account, "r", rights)
    client.list_objects_v2(Bucket=bucket, Prefix="mine/x")
    assert refusal(client.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"


def test_settings_of_a_bucket(s3: Any, bucket: str) -> None:
    assert refusal(s3.get_public_access_block, Bucket=bucket)[:2] == ("NoSuchPublicAccessBlockConfiguration", 404)
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    blocked = dict.fromkeys(names, True)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=blocked)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == blocked
    assert refusal(s3.get_bucket_policy, Bucket=bucket)[:2] == ("NoSuchBucketPolicy", 404)
    text = document(allow("s3:*", "arn:aws:s3:::other", Principal="*"))
    assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy=text)[:2] == ("MalformedPolicy", 400)
    right = document(deny("s3:*", f"arn:aws:s3:::{bucket}/*", Principal="*"))
    s3.put_bucket_policy(Bucket=bucket, Policy=right)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == right
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert refusal(s3.get_bucket_policy, Bucket=bucket)[0] == "NoSuchBucketPolicy"


def test_versions(s3: Any, server: Any, bucket: str) -> None:
    """Service Authorization Reference for S3: a version needs s3:GetObjectVersion, s3:DeleteObjectVersion."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = server.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    server.delete_object(Bucket=bucket, Key="k")
    listed = s3.list_object_versions(Bucket=bucket)
    assert (len(listed["Versions"]), len(listed["DeleteMarkers"])) == (1, 1)
    assert "s3:GetObjectVersion" in refusal(server.get_object, Bucket=bucket, Key="k", VersionId=version)[2]
    assert "s3:DeleteObjectVersion" in refusal(server.delete_object, Bucket=bucket, Key="k", VersionId=version)[2]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=version)
    assert "Versions" not in s3.list_object_versions(Bucket=bucket)


def test_many_objects_are_decided_one_by_one(
    aws: StandIn, s3: Any, iam: Any, sts: Any, account: str, bucket: str
) -> None:
    """S3 API reference, DeleteObjects: 200 with an Error for each key that could not be deleted."""
    for key in ("mine/a", "theirs/b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    rights = document(allow("s3:DeleteObject", f"arn:aws:s3:::{bucket}/mine/*"))
    client = _role_client(aws, iam, sts, account, "r", rights)
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "mine/a"}, {"Key": "theirs/b"}]})
    assert [each["Key"] for each in answer["Deleted"]] == ["mine/a"]
    assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [("theirs/b", "AccessDenied")]
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["theirs/b"]


def test_other_calls_are_not_there(s3: Any, bucket: str) -> None:
    source = {"Bucket": bucket, "Key": "k"}
    assert refusal(s3.copy_object, Bucket=bucket, Key="l", CopySource=source)[:2] == ("StandInNotImplemented", 501)
    assert refusal(s3.get_bucket_website, Bucket=bucket)[:2] == ("StandInNotImplemented", 501)


def test_boto3_finds_the_region_by_itself(aws: StandIn, bucket: str, account: str) -> None:
    """botocore follows the 301 of a HEAD, as it does on AWS."""
    try:
        aws.client("s3", account, region="eu-west-1").head_bucket(Bucket=bucket)
    except ClientError as error:
        pytest.fail(str(error))
