# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator may read of a bucket: its policy, and the name of some object in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed, attempting
from ansible_collections.epinio.aws.plugins.module_utils.readers.finding import read_one


def read_bucket_policy(s3: Any, bucket: str) -> dict[str, Any] | None:
    """The bucket's policy, empty if it has none; `None` if the caller may not read it."""
    try:
        return read_policy_of(s3, {"Bucket": bucket}) or {}
    except ServiceFailed as error:
        if error.code == "AccessDenied":
            return None
        raise


def read_policy_of(s3: Any, bucket: Mapping[str, str]) -> dict[str, Any] | None:
    """The policy of the bucket that these arguments name; `None` if it has none."""
    attempt = f"read the policy of bucket {bucket['Bucket']}"
    found = read_one(attempt, "NoSuchBucketPolicy", lambda: s3.get_bucket_policy(**bucket))
    return found and dict(json.loads(found["Policy"]))


def read_any_key(s3: Any, bucket: str) -> str | None:
    """The key of some object in the bucket; `None` if it is empty, or if the caller may not list it."""
    try:
        with attempting(f"list bucket {bucket}"):
            found = s3.list_objects_v2(Bucket=bucket, MaxKeys=1).get("Contents", [])
    except ServiceFailed as error:
        if error.code in ("AccessDenied", "NoSuchBucket"):
            return None
        raise
    return str(found[0]["Key"]) if found else None
