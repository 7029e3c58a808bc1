# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the calls of the proof's table with boto3."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import Endpoint
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Answer, Probe
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import UNREACHABLE
from ansible_collections.epinio.aws.plugins.module_utils.errors import FOREIGN, ForeignAnswer

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:  # AnsibleAWSModule says so itself

    class ClientError(Exception):  # type: ignore[no-redef]  # stands in for it
        """Never raised."""

    class BotoCoreError(Exception):  # type: ignore[no-redef]  # stands in for it
        """Never raised."""


_BODY = b"written by epinio.aws to prove that Epinio can keep sources here; can be deleted\n"
# A refused HEAD has no body, so no reason: the same question as a GET has one.
_WITH_REASON = {"HeadBucket": "ListObjectsV2", "HeadObject": "GetObject"}


# Said only to somebody who may ask.
_ADMITTED = ("NoSuchTagSet",)


def make(s3: Any, endpoint: Endpoint, probe: Probe) -> Answer:
    """What comes of a probe with this client."""
    answer = _ask(s3, endpoint, probe, probe.call)
    if answer.code == "403" and probe.call in _WITH_REASON:
        explained = _ask(s3, endpoint, probe, _WITH_REASON[probe.call])
        return answer if explained.ok else explained
    return answer


def _ask(s3: Any, endpoint: Endpoint, probe: Probe, call: str) -> Answer:
    host = endpoint.host(probe.bucket)
    try:
        made = _CALLS[call](s3, probe.bucket, probe.key)
    except ClientError as error:
        answer = error.response.get("Error", {})
        if answer.get("Code") in _ADMITTED:
            return Answer(host)
        code = str(answer.get("Code", "")) or "Unknown"
        # Who has answered in S3's place says nothing of its policies.
        return Answer(host, UNREACHABLE if code == FOREIGN else code, str(answer.get("Message", "")))
    except (BotoCoreError, ForeignAnswer) as error:
        return Answer(host, UNREACHABLE, str(error))
    return Answer(host, versioned=isinstance(made, dict) and "VersionId" in made)


def _upload_in_parts(s3: Any, bucket: str, key: str) -> None:
    upload = {"Bucket": bucket, "Key": key, "UploadId": s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]}
    try:
        part = s3.upload_part(**upload, PartNumber=1, Body=_BODY)
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]})
    except (ClientError, ForeignAnswer):
        # The reason is the first refusal; that the upload cannot be broken off either comes out in its own probe.
        with suppress(ClientError, ForeignAnswer):
            s3.abort_multipart_upload(**upload)
        raise


def _break_off_upload(s3: Any, bucket: str, key: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)


_CALLS: dict[str, Callable[[Any, str, str], Any]] = {
    "HeadBucket": lambda s3, bucket, _key: s3.head_bucket(Bucket=bucket),
    "ListObjectsV2": lambda s3, bucket, _key: s3.list_objects_v2(Bucket=bucket, MaxKeys=1),
    "GetBucketTagging": lambda s3, bucket, _key: s3.get_bucket_tagging(Bucket=bucket),
    "PutObject": lambda s3, bucket, key: s3.put_object(Bucket=bucket, Key=key, Body=_BODY),
    "HeadObject": lambda s3, bucket, key: s3.head_object(Bucket=bucket, Key=key),
    "GetObject": lambda s3, bucket, key: s3.get_object(Bucket=bucket, Key=key)["Body"].read(),
    "DeleteObject": lambda s3, bucket, key: s3.delete_object(Bucket=bucket, Key=key),
    "MultipartUpload": _upload_in_parts,
    "AbortMultipartUpload": _break_off_upload,
}
