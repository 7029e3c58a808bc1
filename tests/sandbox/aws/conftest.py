"""A stand-in for each test, with its own clock and account.

Tests of an answer name the gap of moto, and where AWS's answer is known from.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import Clock, allow, document, new_account
from tests.sandbox.aws.iam_objects import role_client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws(clock: Clock, tmp_path: Path) -> Iterator[StandIn]:
    """Consistent at once; what delays do has tests of its own."""
    with StandIn(tmp_path / "aws.jsonl", visible_after=0, effective_after=0, clock=clock) as stand_in:
        yield stand_in


@pytest.fixture
def account() -> str:
    return new_account()


@pytest.fixture
def iam(aws: StandIn, account: str) -> Any:
    return aws.client("iam", account)


@pytest.fixture
def sts(aws: StandIn, account: str) -> Any:
    return aws.client("sts", account)


@pytest.fixture
def s3(aws: StandIn, account: str) -> Any:
    return aws.client("s3", account)


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    """A bucket of the account in us-east-1, empty."""
    name = f"sources-{account}"
    s3.create_bucket(Bucket=name)
    return name


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
    return role_client(aws, iam, sts, account, "server", rights)
