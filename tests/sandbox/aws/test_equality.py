"""The stand-in compares what the collection takes for equal in the same way."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import documents

from sandbox.aws.policies.documents import statements as read_by_the_stand_in
from sandbox.aws.policies.evaluation import Request, applies

ARN = "arn:aws:s3:::b/*"


@pytest.mark.parametrize(
    ("spelled", "condition"),
    [
        ("s3:getobject", {"StringEquals": {"aws:SourceVpc": "v"}}),
        ("S3:GetObject", {"stringequals": {"AWS:SOURCEVPC": "v"}}),
        ("s3:GET*", {}),
    ],
)
def test_the_stand_in_agrees(spelled: str, condition: dict[str, Any]) -> None:
    policy = {"Statement": {"Effect": "Allow", "Action": spelled, "Resource": ARN, "Condition": condition}}
    (statement,) = read_by_the_stand_in(documents.text(policy))
    assert applies(statement, Request("s3:GetObject", "arn:aws:s3:::b/a", {"aws:sourcevpc": ("v",)}))
    assert not applies(statement, Request("s3:GetObject", "arn:aws:s3:::B/a", {"aws:sourcevpc": ("v",)}))
