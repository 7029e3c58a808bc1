"""Canary: what the stand-in takes from moto's inside is still there and still does the same."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

from moto.iam.models import IAMBackend, OpenIDConnectProvider, PolicyVersion, Role
from moto.s3.models import FakeBucket

import sandbox
from sandbox.aws import moto_internals, moto_requests
from tests.sandbox.aws.fixtures import allow, document, new_account, trust

PINNED = "5.2.5"
IMPORT_OF_MOTO = re.compile(r"^\s*(?:from|import) moto\b", re.MULTILINE)


def test_moto_is_the_one_that_was_read() -> None:
    assert version("moto") == PINNED


def test_nothing_else_of_the_sandbox_knows_moto() -> None:
    files = Path(sandbox.__path__[0]).rglob("*.py")
    knowing = {path.name for path in files if IMPORT_OF_MOTO.search(path.read_text(encoding="utf-8"))}
    assert knowing == {"moto_internals.py", "moto_profiles.py", "moto_requests.py"}


def test_objects_have_what_is_read_of_them() -> None:
    account = new_account()
    backend = moto_internals.iam(account, "aws")
    assert isinstance(backend, IAMBackend)
    key_id, secret = moto_internals.create_administrator(backend, "operator", document(allow("*")))
    key = moto_internals.access_key(key_id)
    assert key == moto_internals.AccessKey(account, "aws", "operator", secret, active=True)
    policy = backend.create_policy("", "/", document(allow("s3:*")), "p", [{"Key": "a", "Value": "b"}])
    role = backend.create_role("r", trust({"AWS": account}), "/x/", None, "", [], None)
    assert isinstance(role, Role)
    backend.attach_role_policy(policy.arn, "r")
    found = moto_internals.entity(backend, "role", "r")
    assert found is not None
    assert (found.arn, found.attached) == (f"arn:aws:iam::{account}:role/x/r", (policy.arn,))
    assert (found.max_session_duration, found.boundary, found.inline) == (3600, None, ())
    assert moto_internals.entity_named(backend, found.arn) == found
    assert moto_internals.policy_document(backend, policy.arn) == document(allow("s3:*"))
    assert moto_internals.policy_tags(backend, policy.arn) == (("a", "b"),)
    assert all(isinstance(each, PolicyVersion) for each in moto_internals.policy_versions(policy))
    provider = backend.create_open_id_connect_provider("https://o.example.com/1", [], ["a"], [])
    assert isinstance(provider, OpenIDConnectProvider)
    assert moto_internals.provider_client_ids(backend, provider.arn) == ("a",)


def test_calls_that_moto_has_are_told_from_others() -> None:
    for name in ("GetRole", "CreateOpenIDConnectProvider", "ListOpenIDConnectProviders", "PutRolePermissionsBoundary"):
        assert moto_requests.implements_iam(name), name
    for name in ("SimulatePrincipalPolicy", "AddClientIDToOpenIDConnectProvider", "GetOrganizationsAccessReport"):
        assert not moto_requests.implements_iam(name), name


def test_an_answer_is_serialized_by_awss_model() -> None:
    body = moto_requests.serialized("sts", "GetCallerIdentity", {"Account": "1", "Arn": "a", "UserId": "u"})
    assert b"<GetCallerIdentityResult>" in body
    assert b"<Account>1</Account>" in body


def test_buckets_know_owner_and_region() -> None:
    account = new_account()
    name = f"canary-{account}"
    moto_internals.s3_backends[account]["aws"].create_bucket(name, "eu-west-1")
    found = moto_internals.bucket(name)
    assert isinstance(found, FakeBucket)
    assert (found.account_id, found.partition, found.region_name, found.policy) == (account, "aws", "eu-west-1", None)
