"""Whatever a planner can plan in AWS is among the actions that the README lists.

A scenario (test_rights) holds the list against runs; this finds what no run does.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.aws.s3.actions import BUCKET
from tests.meta.sources import REPOSITORY, python_files
from tests.scenarios.rights import aws_rows

OPERATION = re.compile(r'"(?P<service>iam|s3)\.(?P<method>[a-z_]+)"')
# Methods of our own writer: the calls that they make.
OWN = {"iam.replace_default_version": ("iam:createpolicyversion", "iam:setdefaultpolicyversion")}
S3 = {f"s3.{operation.lower()}": action.lower() for operation, action in BUCKET.items()}


def actions(text: str) -> set[str]:
    """The actions behind the operations that a planner names, in lower case: boto3's names tell no more."""
    found: set[str] = set()
    for match in OPERATION.finditer(text):
        service, method = match["service"], match["method"].replace("_", "")
        found.update(OWN.get(match[0].strip('"'), (S3.get(f"{service}.{method}", f"{service}:{method}"),)))
    return found


def planned(root: Path) -> set[str]:
    files = python_files(root / "plugins" / "module_utils" / "planners")
    return {action for path in files for action in actions(path.read_text(encoding="utf-8"))}


def test_readme_lists_what_planners_plan() -> None:
    listed = {action.lower() for row in aws_rows().values() for action in row}
    assert planned(REPOSITORY)
    assert planned(REPOSITORY) - listed == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"iam.create_role"', {"iam:createrole"}),
        ('"iam.replace_default_version"', {"iam:createpolicyversion", "iam:setdefaultpolicyversion"}),
        ('"s3.put_public_access_block"', {"s3:putbucketpublicaccessblock"}),
        ('"helm.upgrade"', set()),
    ],
)
def test_operations_are_told_by_their_actions(text: str, found: set[str]) -> None:
    assert actions(text) == found
