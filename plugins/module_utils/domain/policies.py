# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Epinio's server and its staging jobs need of S3, as policy documents.

The actions follow the calls that Epinio really makes: HEAD bucket before every upload (`s3:ListBucket`), GET location
(`s3:GetBucketLocation`), PUT, HEAD, GET and DELETE of blobs at the bucket's root, multipart uploads above 16 MiB.
A staging job only downloads. `documented` is the one policy of Epinio's page "AWS IAM integration".
"""

from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, buckets, documents
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

PROFILES = ("server", "staging", "documented")

_BUCKET_ACTIONS = ["s3:GetBucketLocation", "s3:ListBucket"]
_SERVER_ACTIONS = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
_STAGING_ACTIONS = ["s3:GetObject"]
_DOCUMENTED_ACTIONS = [
    "s3:CreateBucket",
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
    "s3:PutObject",
    "sts:AssumeRole",
]


def profile_document(profile: str, wiring: Wiring, bucket: str) -> dict[str, Any]:
    """The document of a profile (`server`, `staging`) for one bucket of the wiring's account; `documented` is for all.

    Raises `Refused` for a bucket name that S3 does not take, and for any but `""` beside `documented`.
    """
    if profile == "documented":
        if bucket:
            raise Refused("The policy of Epinio's page is for every bucket: with access documented leave bucket out.")
        return documents.document(
            {"Sid": "EpinioDocumented", "Effect": "Allow", "Action": _DOCUMENTED_ACTIONS, "Resource": "*"}
        )
    buckets.check_name(bucket)
    arn = arns.bucket_arn(wiring.cluster.partition, bucket)
    account = wiring.cluster.account
    if profile == "staging":
        return documents.document(_allow("EpinioReadSources", _STAGING_ACTIONS, f"{arn}/*", account))
    return documents.document(
        _allow("EpinioFindBucket", _BUCKET_ACTIONS, arn, account),
        _allow("EpinioKeepSources", _SERVER_ACTIONS, f"{arn}/*", account),
    )


def _allow(sid: str, actions: list[str], resource: str, account: str) -> dict[str, Any]:
    # The account of the bucket: should the name pass to somebody else, nothing is written there.
    condition = {"StringEquals": {"aws:ResourceAccount": account}}
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource, "Condition": condition}
