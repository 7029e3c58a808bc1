"""Which IAM action an S3 operation needs, on which resource, with which condition keys.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"; S3 User Guide,
"Required permissions for Amazon S3 API operations".
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox.aws.calls import Call

BUCKET = {
    "HeadBucket": "s3:ListBucket",
    "ListObjects": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "CreateBucket": "s3:CreateBucket",
    "DeleteBucket": "s3:DeleteBucket",
    "GetBucketLocation": "s3:GetBucketLocation",
    "GetBucketTagging": "s3:GetBucketTagging",
    "PutBucketTagging": "s3:PutBucketTagging",
    "DeleteBucketTagging": "s3:PutBucketTagging",
    "GetBucketPolicy": "s3:GetBucketPolicy",
    "PutBucketPolicy": "s3:PutBucketPolicy",
    "DeleteBucketPolicy": "s3:DeleteBucketPolicy",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "GetBucketVersioning": "s3:GetBucketVersioning",
    "PutBucketVersioning": "s3:PutBucketVersioning",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "GetBucketOwnershipControls": "s3:GetBucketOwnershipControls",
    "GetBucketAcl": "s3:GetBucketAcl",
}
OBJECT = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "ListParts": "s3:ListMultipartUploadParts",
    "GetObjectTagging": "s3:GetObjectTagging",
    "PutObjectTagging": "s3:PutObjectTagging",
}
ACCOUNT = {"ListBuckets": "s3:ListAllMyBuckets"}
# Its keys are in the body, so each is decided by itself.
MANY_OBJECTS = "DeleteObjects"
VERSIONED = {"s3:GetObject": "s3:GetObjectVersion", "s3:DeleteObject": "s3:DeleteObjectVersion"}
QUERY_KEYS = {
    "prefix": "s3:prefix",
    "delimiter": "s3:delimiter",
    "max-keys": "s3:max-keys",
    "versionId": "s3:VersionId",
}
HEADER_KEYS = {
    "x-amz-acl": "s3:x-amz-acl",
    "x-amz-server-side-encryption": "s3:x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-storage-class": "s3:x-amz-storage-class",
    "x-amz-content-sha256": "s3:x-amz-content-sha256",
}


def known(operation: str) -> bool:
    """Whether the stand-in knows what the operation needs."""
    return operation in BUCKET or operation in OBJECT or operation in ACCOUNT or operation == MANY_OBJECTS


def bucket_arn(partition: str, bucket: str) -> str:
    """A bucket's ARN."""
    return f"arn:{partition}:s3:::{bucket}"


def object_action(action: str, version: str | None) -> str:
    """The action on one object; a version of it has actions of its own."""
    return VERSIONED.get(action, action) if version else action


def needed(call: Call) -> tuple[str, str]:
    """Action and resource ARN of an operation on a bucket, on an object or on the account."""
    arrived = call.arrived
    if call.operation in ACCOUNT:
        return ACCOUNT[call.operation], bucket_arn(arrived.partition, "*")
    arn = bucket_arn(arrived.partition, arrived.bucket)
    if call.operation in OBJECT:
        return object_action(OBJECT[call.operation], arrived.query.get("versionId")), f"{arn}/{arrived.key}"
    return BUCKET[call.operation], arn


def condition_keys(call: Call) -> dict[str, str]:
    """What the request itself says."""
    query, headers = call.arrived.query, call.arrived.signed.headers
    keys = {key: query[name] for name, key in QUERY_KEYS.items() if name in query}
    keys |= {key: headers[name] for name, key in HEADER_KEYS.items() if name in headers}
    return keys | {"s3:authType": "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256"}
