"""S3: regions, hosts and bodies of requests."""

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


def test_boto3_finds_the_region_by_itself(aws: StandIn, bucket: str, account: str) -> None:
    """botocore follows the 301 of a HEAD, as it does on AWS."""
    try:
        aws.client("s3", account, region="eu-west-1").head_bucket(Bucket=bucket)
    except ClientError as error:
        pytest.fail(str(error))


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
