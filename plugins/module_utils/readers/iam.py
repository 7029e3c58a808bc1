# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What IAM holds: the only file that knows boto3's answers about policies, roles and providers.

A missing object is `None`. Objects are addressed by computed ARNs and names; nothing is listed to find one thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import documents, tags, trust
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Mark, Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, reading
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy import Policy, Use
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role_target import USUAL_SESSION, Role
from ansible_collections.epinio.aws.plugins.module_utils.planners.oidc_provider import Provider
from ansible_collections.epinio.aws.plugins.module_utils.readers.finding import check_same, read_one
from ansible_collections.epinio.aws.plugins.module_utils.readers.paging import pages

_MISSING = "NoSuchEntity"
_PERMISSIONS, _BOUNDARY = "PermissionsPolicy", "PermissionsBoundary"
_USES = {"role": "PolicyRoles", "user": "PolicyUsers", "group": "PolicyGroups"}


def read_policy(iam: Any, arn: str, expected: Mapping[str, Any], *, attachments: bool = False) -> Policy | None:
    """A managed policy in two calls; a third lists its other versions if its document is not the expected one.

    With `attachments` one more says who has it attached.
    """
    return read_one(f"read policy {arn}", _MISSING, lambda: _policy(iam, arn, expected, attachments))


def check_boundary(iam: Any, arn: str) -> None:
    """Raise `Refused` for a permissions boundary that does not exist, in one call."""
    if read_one(f"read the permissions boundary {arn}", _MISSING, lambda: _head(iam, arn)) is None:
        raise Refused(
            f"The policy {arn} does not exist: correct epinio_permissions_boundary, or make the policy first."
        )


def read_policy_to_remove(iam: Any, arn: str, wiring: Wiring, *, attachments: bool = False) -> Policy | None:
    """A managed policy in two calls; three more find the versions and the users of one with the wiring's mark.

    With `attachments` one more says who has any other attached.
    """
    return read_one(f"read policy {arn}", _MISSING, lambda: _policy_to_remove(iam, arn, wiring, attachments))


def read_policy_count(iam: Any, role: str) -> int | None:
    """How many managed policies are attached to a role, in one call; `None` if there is no such role."""
    listed = pages(iam, "list_attached_role_policies", RoleName=role)
    attempt = f"read the policies of role {role}"
    return read_one(attempt, _MISSING, lambda: sum(len(page["AttachedPolicies"]) for page in listed))


def read_role(iam: Any, name: str, wiring: Wiring) -> Role | None:
    """A role and its attachments in two calls; a third lists the inline policies of one without our mark."""
    return read_one(f"read role {name}", _MISSING, lambda: _role(iam, name, wiring))


def read_role_to_remove(iam: Any, name: str, wiring: Wiring) -> Role | None:
    """A role as `read_role` does; two more calls find what else one with the wiring's mark has and is in."""
    return read_one(f"read role {name}", _MISSING, lambda: _role_to_remove(iam, name, wiring))


def read_provider(iam: Any, arn: str) -> Provider | None:
    """An OIDC provider in one call."""
    attempt = f"read OIDC provider {arn}"
    answer = read_one(attempt, _MISSING, lambda: iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn))
    return answer and Provider(tuple(answer["ClientIDList"]), tags.from_aws(answer.get("Tags", [])))


def read_named_role(iam: Any, name: str) -> tuple[str, bool]:
    """The ARN of a role, with its path, and whether EC2 may give it to instances; `""` if there is no such role.

    It may, where IAM does not show the trust policy.
    """
    found = read_one(f"read role {name}", _MISSING, lambda: _role_itself(iam, name))
    if found is None:
        return "", False
    policy = found.get("AssumeRolePolicyDocument")
    return str(found["Arn"]), policy is None or trust.admits_ec2(policy)


def read_profile_role(iam: Any, arn: str) -> str:
    """The ARN of the role in an instance profile, in one call; `""` if the profile is gone or has none."""
    name = arn.rpartition("/")[2]
    profile = read_one(f"read instance profile {name}", _MISSING, lambda: _profile(iam, name))
    # One is the most that it takes.
    return next((str(role["Arn"]) for role in (profile or {}).get("Roles", ())), "")


def _profile(iam: Any, name: str) -> Any:
    profile = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    check_same("IAM", name, profile.get("InstanceProfileName", name), any_case=True)
    return profile


def _policy(iam: Any, arn: str, expected: Mapping[str, Any], attachments: bool) -> Policy:
    found = _default_version(iam, arn)
    versions = () if documents.equal(found.document, expected) else _other_versions(iam, arn)
    return replace(found, versions=versions, uses=_uses(iam, arn, _PERMISSIONS) if attachments else ())


def _policy_to_remove(iam: Any, arn: str, wiring: Wiring, attachments: bool) -> Policy:
    found = _default_version(iam, arn)
    if wiring.mark(found.tags) is Mark.OURS:
        return replace(found, versions=_other_versions(iam, arn), uses=_uses(iam, arn, _PERMISSIONS, _BOUNDARY))
    return replace(found, uses=_uses(iam, arn, _PERMISSIONS) if attachments else ())


def _default_version(iam: Any, arn: str) -> Policy:
    head = _head(iam, arn)
    default = iam.get_policy_version(PolicyArn=arn, VersionId=head["DefaultVersionId"])["PolicyVersion"]
    return Policy(arn, default["Document"], tags.from_aws(head.get("Tags", [])))


def _head(iam: Any, arn: str) -> Any:
    head = iam.get_policy(PolicyArn=arn)["Policy"]
    check_same("IAM", arn, head.get("Arn", arn), any_case=True)
    return head


def _uses(iam: Any, arn: str, *usages: str) -> tuple[Use, ...]:
    """Who has the policy attached, and whose permissions boundary it is: either keeps it from being deleted."""
    return tuple(use for usage in usages for use in _used(iam, arn, usage))


def _used(iam: Any, arn: str, usage: str) -> Iterator[Use]:
    for page in pages(iam, "list_entities_for_policy", PolicyArn=arn, PolicyUsageFilter=usage):
        for kind, key in _USES.items():
            for entity in page.get(key, []):
                yield Use(kind, entity[f"{kind.capitalize()}Name"], boundary=usage == _BOUNDARY)


def _other_versions(iam: Any, arn: str) -> tuple[str, ...]:
    """The versions that are not the default, oldest first. Their numbers (`v12`) are never used again."""
    listed = pages(iam, "list_policy_versions", PolicyArn=arn)
    found = [one["VersionId"] for page in listed for one in page["Versions"] if not one["IsDefaultVersion"]]
    with reading(f"order the versions of policy {arn}"):
        return tuple(sorted(found, key=lambda version: int(version.removeprefix("v").split(".")[0])))


def _role(iam: Any, name: str, wiring: Wiring) -> Role:
    head = _role_itself(iam, name)
    marks = tags.from_aws(head.get("Tags", []))
    attached = pages(iam, "list_attached_role_policies", RoleName=name)
    return Role(
        name=head["RoleName"],
        path=head["Path"],
        trust=head["AssumeRolePolicyDocument"],
        tags=marks,
        policies=tuple(sorted(one["PolicyArn"] for page in attached for one in page["AttachedPolicies"])),
        permissions_boundary=head.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        description=head.get("Description", ""),
        max_session_duration=head.get("MaxSessionDuration", USUAL_SESSION),
        inline=_inline_policies(iam, name) if wiring.mark(marks) is Mark.NONE else (),
    )


def _role_itself(iam: Any, name: str) -> Any:
    """IAM takes a name in any case, and answers with the role's own."""
    head = iam.get_role(RoleName=name)["Role"]
    check_same("IAM", name, head.get("RoleName", name), any_case=True)
    return head


def _role_to_remove(iam: Any, name: str, wiring: Wiring) -> Role:
    found = _role(iam, name, wiring)
    if wiring.mark(found.tags) is not Mark.OURS:
        return found
    listed = pages(iam, "list_instance_profiles_for_role", RoleName=found.name)
    profiles = tuple(one["InstanceProfileName"] for page in listed for one in page["InstanceProfiles"])
    return replace(found, inline=_inline_policies(iam, found.name), instance_profiles=profiles)


def _inline_policies(iam: Any, role: str) -> tuple[str, ...]:
    listed = pages(iam, "list_role_policies", RoleName=role)
    return tuple(name for page in listed for name in page["PolicyNames"])
