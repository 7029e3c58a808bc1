"""moto's instance profiles, and roles that are planted with them; see `moto_internals.py`."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy

from sandbox.aws import moto_internals
from sandbox.aws.moto_internals import IAMBackend


@dataclass(frozen=True)
class InstanceProfile:
    """An instance profile, and the name of its role: it has one or none."""

    name: str
    id: str
    arn: str
    role: str | None


def instance_profile(backend: IAMBackend, name: str) -> InstanceProfile | None:
    """An instance profile by its exact name."""
    found = backend.instance_profiles.get(name)
    if found is None:
        return None
    role = found.roles[0].name if found.roles else None
    return InstanceProfile(found.name, found.id, found.arn, role)


def instance_profile_names(backend: IAMBackend) -> list[str]:
    """All instance profiles."""
    return list(backend.instance_profiles)


def plant_role(backend: IAMBackend, name: str, path: str, trust: str, policies: Iterable[str]) -> None:
    """A role with policies of AWS's own attached, if there is no role of this name.

    KeyError for a name that is no policy of AWS's.
    """
    if moto_internals.role(backend, name) is not None:
        return
    arns = [_aws_policy(backend, each) for each in policies]
    backend.create_role(name, trust, path, None, "", [], None)
    for arn in arns:
        backend.attach_role_policy(arn, name)


def plant_instance_profile(backend: IAMBackend, name: str, path: str, role: str) -> None:
    """An instance profile with that role, which exists; one of this name is left as it is."""
    if name not in backend.instance_profiles:
        backend.create_instance_profile(name, path, [role])


def _aws_policy(backend: IAMBackend, name: str) -> str:
    """The ARN of AWS's policy of this name, which the account knows from now on."""
    policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, _data(name))
    backend.managed_policies.setdefault(policy.arn, policy)
    return policy.arn


def _data(name: str) -> dict[str, Any]:
    """moto's data of one policy: to read all of them, five megabytes, would delay every sandbox."""
    _, found, rest = aws_managed_policies_data.partition(f'\n "{name}":')
    if not found:
        raise KeyError(name)
    policy: dict[str, Any] = json.JSONDecoder().raw_decode(rest)[0]
    return policy
