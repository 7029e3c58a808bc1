"""moto's objects of IAM and S3, which it keeps for the stand-in. It is never asked who may do what.

This file, `moto_profiles.py` and `moto_requests.py` hold all that the stand-in knows of moto's inside; moto is pinned,
and `test_moto_internals.py` notices a change.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.iam.models import IAMBackend, Policy, PolicyVersion, Role, iam_backends
from moto.s3.models import FakeBucket, s3_backends

# What others need the types of comes from here too.
__all__ = ["FakeBucket", "IAMBackend", "s3_backends"]


@dataclass(frozen=True)
class Entity:
    """A role, user or group as it is: what decides about its rights. `inline` pairs names and documents."""

    kind: str
    name: str
    id: str
    arn: str
    trust: str | None
    inline: tuple[tuple[str, str], ...]
    attached: tuple[str, ...]
    boundary: str | None
    groups: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    max_session_duration: int


@dataclass(frozen=True)
class AccessKey:
    """A user's long-term key."""

    account: str
    partition: str
    user_name: str
    secret: str
    active: bool


def iam(account: str, partition: str) -> IAMBackend:
    """An account's IAM."""
    return iam_backends[account][partition]


def _tags(tags: Iterable[Mapping[str, str]] | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((tag["Key"], tag["Value"]) for tag in tags or ()))


def entity(backend: IAMBackend, kind: str, name: str) -> Entity | None:
    """The role, user or group of this name."""
    found: Any = role(backend, name) if kind == "role" else getattr(backend, f"{kind}s").get(name)
    if found is None:
        return None
    return Entity(
        kind=kind,
        name=found.name,
        id=found.id,
        arn=found.arn,
        trust=getattr(found, "assume_role_policy_document", None),
        inline=tuple(sorted(found.policies.items())),
        attached=tuple(found.managed_policies),
        boundary=getattr(found, "permissions_boundary_arn", None),
        groups=tuple(group.name for group in backend.get_groups_for_user(name)) if kind == "user" else (),
        tags=_tags(getattr(found, "tags", None)),
        max_session_duration=int(getattr(found, "max_session_duration", None) or 3600),
    )


def role(backend: IAMBackend, name: str) -> Role | None:
    """A role by its exact name."""
    return next((each for each in backend.roles.values() if each.name == name), None)


def entity_named(backend: IAMBackend, arn: str) -> Entity | None:
    """The role or user with this ARN, path included."""
    kind = arn.split(":")[5].split("/")[0]
    found = entity(backend, kind, arn.rsplit("/", 1)[1]) if kind in ("role", "user") and "/" in arn else None
    return found if found and found.arn == arn else None


def role_names(backend: IAMBackend) -> list[str]:
    """All roles."""
    return [each.name for each in backend.roles.values()]


def policy_names(backend: IAMBackend) -> list[str]:
    """All customer managed policies."""
    return [each.name for each in backend.managed_policies.values() if ":iam::aws:" not in each.arn]


def policy(backend: IAMBackend, arn: str) -> Policy | None:
    """A managed policy."""
    return backend.managed_policies.get(arn)


def policy_document(backend: IAMBackend, arn: str) -> str | None:
    """The document of a policy's default version."""
    found = policy(backend, arn)
    versions = found.versions if found else []
    return next((each.document for each in versions if found and each.version_id == found.default_version_id), None)


def policy_versions(found: Policy) -> list[PolicyVersion]:
    """The versions, oldest first."""
    return list(found.versions)


def policy_tags(backend: IAMBackend, arn: str) -> tuple[tuple[str, str], ...]:
    """A policy's tags."""
    found = policy(backend, arn)
    return _tags(found.get_tags()) if found else ()


def set_policy_tags(backend: IAMBackend, arn: str, tags: Iterable[tuple[str, str]]) -> None:
    """Replaces a policy's tags; moto's own way takes keys that differ in case for one."""
    backend.managed_policies[arn].tags = {key: {"Key": key, "Value": value} for key, value in tags}


def set_role_tags(backend: IAMBackend, name: str, tags: Iterable[tuple[str, str]]) -> None:
    """Replaces a role's tags; moto's own way takes keys that differ in case for two."""
    found = role(backend, name)
    if found is not None:
        found.tags = [{"Key": key, "Value": value} for key, value in tags]


def entities(backend: IAMBackend) -> list[Entity]:
    """All roles, users and groups."""
    names = [("role", each.name) for each in list(backend.roles.values())]
    names += [("user", each) for each in list(backend.users)] + [("group", each) for each in list(backend.groups)]
    return [found for kind, name in names if (found := entity(backend, kind, name))]


def policy_arns(backend: IAMBackend) -> list[str]:
    """All managed policies."""
    return list(backend.managed_policies)


def provider_client_ids(backend: IAMBackend, arn: str) -> tuple[str, ...] | None:
    """The audiences of an OIDC provider, or None if there is no such provider."""
    found = backend.open_id_providers.get(arn)
    return tuple(found.client_id_list) if found else None


def provider_tags(backend: IAMBackend, arn: str) -> tuple[tuple[str, str], ...]:
    """An OIDC provider's tags."""
    found = backend.open_id_providers.get(arn)
    return _tags(found.get_tags()) if found else ()


def set_provider_client_ids(backend: IAMBackend, arn: str, client_ids: Iterable[str]) -> None:
    """Replaces the audiences of an OIDC provider."""
    backend.open_id_providers[arn].client_id_list = list(client_ids)


def set_trust(backend: IAMBackend, name: str, document: str) -> None:
    """Replaces a role's trust policy; moto's own way refuses documents that IAM takes."""
    for each in backend.roles.values():
        if each.name == name:
            each.assume_role_policy_document = document


def set_user_boundary(backend: IAMBackend, name: str, arn: str | None) -> None:
    """Gives a user a permissions boundary, or takes it; moto's users have none, so it is kept where its roles' is."""
    backend.users[name].permissions_boundary_arn = arn  # type: ignore[attr-defined]  # moto keeps none


def create_administrator(backend: IAMBackend, name: str, document: str) -> tuple[str, str]:
    """A user with one inline policy; id and secret of his access key. Done twice it is the same user and key."""
    if name not in backend.users:
        backend.create_user(backend.region_name, name)
        backend.put_user_policy(name, "administrator", document)
        backend.create_access_key(name)
    key = backend.list_access_keys(name)[0]
    return key.access_key_id, key.secret_access_key


def access_key(access_key_id: str) -> AccessKey | None:
    """A user's key, whatever account it belongs to."""
    for account, backends in list(iam_backends.items()):
        for partition, backend in list(backends.items()):
            found = backend.access_keys.get(access_key_id)
            if found is not None and found.user_name is not None:
                return AccessKey(account, partition, found.user_name, found.secret_access_key, found.status == "Active")
    return None


def bucket(name: str) -> FakeBucket | None:
    """A bucket, whatever account it belongs to."""
    owner = s3_backends.bucket_accounts.get(name)
    if owner is None:
        return None
    partition, account = owner
    return s3_backends[account][partition].buckets.get(name)


def set_bucket_tags(found: FakeBucket, tags: Mapping[str, str]) -> None:
    """Replaces a bucket's tags."""
    s3_backends[found.account_id][found.partition].put_bucket_tagging(found.name, dict(tags))
