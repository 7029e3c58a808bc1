# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Buckets: the rules for their names, and what makes one that we create safe."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

# Our statement in a bucket's policy is found by this Sid.
SID = "EpinioAwsTlsOnly"
PUBLIC_ACCESS_BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+", re.ASCII)
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def check_name(name: str, variable: str = "epinio_bucket") -> None:
    """Raise `Refused` for a name that S3 does not take."""
    reserved = name.startswith(_RESERVED_PREFIXES) or name.endswith(_RESERVED_SUFFIXES)
    if not _NAME.fullmatch(name) or reserved or ".." in name or _ADDRESS.fullmatch(name):
        raise Refused(
            f"The bucket name {name!r} is malformed: set {variable} to 3 to 63 lower-case letters, digits, - and ., "
            "without S3's reserved beginnings and ends."
        )


def tls_only(partition: str, bucket: str) -> dict[str, Any]:
    """The statement that refuses whatever does not come over TLS.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    """
    arn = arns.bucket_arn(partition, bucket)
    return {
        "Sid": SID,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
