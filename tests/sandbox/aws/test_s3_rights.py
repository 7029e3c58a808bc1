"""S3: what a role may do in a bucket of its account, and from when on."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import Clock, allow, document, refusal
from tests.sandbox.aws.iam_objects import role_client


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
    reader = role_client(aws, iam, sts, account, "r", document(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")))
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
    client = role_client(aws, iam, sts, account, "documented", rights)
    client.list_buckets()
    client.head_bucket(Bucket=bucket)
    client.create_bucket(Bucket=f"{bucket}-2")
    assert refusal(client.abort_multipart_upload, **_multipart(client, bucket, "k"))[0] == "AccessDenied"


def test_rights_take_effect_later(aws: StandIn, iam: Any, sts: Any, account: str, bucket: str, clock: Clock) -> None:
    rights = document(allow("s3:ListBucket"))
    client = role_client(aws, iam, sts, account, "r", rights)
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
    client = role_client(aws, iam, sts, account, "r", document(allow("s3:GetObject")))
    aws.control("delays", {"effective_after": 3})
    clock.advance(10)
    arn = f"arn:aws:iam::{account}:policy/r"
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("s3:ListBucket")), SetAsDefault=True)
    assert refusal(client.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
    clock.advance(3)
    client.list_objects_v2(Bucket=bucket)


def test_a_boundary_restricts_a_role(aws: StandIn, iam: Any, sts: Any, account: str, bucket: str) -> None:
    """Stock moto ignores boundaries."""
    client = role_client(aws, iam, sts, account, "r", document(allow("s3:*")))
    boundary = iam.create_policy(PolicyName="b", PolicyDocument=document(allow("s3:GetObject")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=boundary)
    assert (
        "because no permissions boundary allows the s3:ListBucket" in refusal(client.list_objects_v2, Bucket=bucket)[2]
    )


def test_conditions_of_the_call(aws: StandIn, iam: Any, sts: Any, account: str, bucket: str) -> None:
    """Service Authorization Reference for S3: s3:prefix."""
    rights = document(allow("s3:ListBucket", Condition={"StringLike": {"s3:prefix": "mine/*"}}))
    client = role_client(aws, iam, sts, account, "r", rights)
    client.list_objects_v2(Bucket=bucket, Prefix="mine/x")
    assert refusal(client.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"


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
    client = role_client(aws, iam, sts, account, "r", rights)
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "mine/a"}, {"Key": "theirs/b"}]})
    assert [each["Key"] for each in answer["Deleted"]] == ["mine/a"]
    assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [("theirs/b", "AccessDenied")]
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["theirs/b"]
