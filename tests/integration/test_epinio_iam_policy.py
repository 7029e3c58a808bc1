"""A managed policy, made and changed in the stand-in and read back with boto3."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.aws_site import Site

MODULE = "epinio_iam_policy"
ARGS = {"name": "EpinioStagingPolicy", "path": "/team/", "access": "staging", "bucket": "sources"}


def _arn(site: Site) -> str:
    return f"arn:aws:iam::{site.account}:policy/team/EpinioStagingPolicy"


def _document(site: Site) -> dict[str, Any]:
    iam = site.client("iam")
    version = iam.get_policy(PolicyArn=_arn(site))["Policy"]["DefaultVersionId"]
    document: dict[str, Any] = iam.get_policy_version(PolicyArn=_arn(site), VersionId=version)["PolicyVersion"][
        "Document"
    ]
    return document


def _actions(document: dict[str, Any]) -> set[str]:
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    listed = [statement["Action"] for statement in statements]
    return {action for actions in listed for action in ([actions] if isinstance(actions, str) else actions)}


def test_made_once(site: Site) -> None:
    made = site.applied(MODULE, ARGS)
    assert made["policy"]["arn"] == _arn(site)
    assert _actions(_document(site)) == {"s3:GetObject"}
    assert site.unchanged(MODULE, ARGS) == ["iam:GetPolicy", "iam:GetPolicyVersion"]


def test_an_edited_document_is_put_right_and_versions_make_room(site: Site) -> None:
    site.run(MODULE, ARGS)
    iam = site.client("iam")
    for number in range(4):
        statement = {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::b{number}"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_policy_version(PolicyArn=_arn(site), PolicyDocument=document, SetAsDefault=True)
    made = site.applied(MODULE, ARGS)
    assert [change["operation"] for change in made["changes"]] == [
        "iam.delete_policy_version",
        "iam.replace_default_version",
    ]
    assert made["changes"][0]["arguments"]["VersionId"] == "v1"
    assert _actions(_document(site)) == {"s3:GetObject"}
    assert len(site.unchanged(MODULE, ARGS)) == 2


def test_profiles_follow_one_another(site: Site) -> None:
    site.run(MODULE, ARGS)
    documented = {key: value for key, value in ARGS.items() if key != "bucket"} | {"access": "documented"}
    site.applied(MODULE, documented)
    assert "s3:CreateBucket" in _actions(_document(site))


def test_a_document_of_the_users(site: Site) -> None:
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"]}
    own = {"name": "Own", "document": {"Version": "2012-10-17", "Statement": [statement]}}
    site.applied(MODULE, own)
    assert len(site.unchanged(MODULE, own)) == 2
    assert "Statement" in site.refused(MODULE, {"name": "Empty", "document": {}})


@pytest.mark.parametrize(
    ("args", "word"),
    [
        ({"access": "server"}, "missing: bucket"),
        ({"access": "staging"}, "missing: bucket"),
        ({"access": "documented", "bucket": "sources"}, "leave bucket out"),
        ({"document": {}, "bucket": "sources"}, "mutually exclusive: bucket|document"),
    ],
)
def test_a_bucket_is_given_exactly_where_it_counts(site: Site, args: dict[str, Any], word: str) -> None:
    assert word in site.refused(MODULE, {"name": "p", **args})


def test_what_is_not_ours_is_refused(site: Site) -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    site.client("iam").create_policy(PolicyName=ARGS["name"], Path="/team/", PolicyDocument=document)
    assert "epinio_name_suffix" in site.refused(MODULE, ARGS)
    assert _actions(_document(site)) == {"s3:*"}
    mine = {**ARGS, "name": "Mine"}
    site.run(MODULE, mine)
    assert "cluster/one/epinio" in site.refused(MODULE, {**mine, "wiring": site.wiring("two")})
