"""Instance profiles: what IAM wants of calls about them beside what moto does.

Sources: botocore's IAM model (names unique in an account; one role; the caller must be allowed to pass it on); for the
texts DataBiosphere/toil#4836 (missing) and ine-labs/AWSGoat#49 (taken); terraform-provider-aws,
internal/service/iam/instance_profile.go (a role is missing for a while after it was made). Inferred: the role is passed
to `ec2.amazonaws.com`. Not verified: the text for a role that is not in the profile.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox.aws import moto_internals, moto_profiles
from sandbox.aws.consistency import Consistency
from sandbox.aws.errors import already_exists, no_such_entity
from sandbox.aws.iam.scope import Scope

KIND = "instance-profile"
ADD, REMOVE = "AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile"
PASSED_TO = {"iam:PassedToService": "ec2.amazonaws.com"}


def passed_role(scope: Scope) -> str | None:
    """The ARN of the role that the call hands to EC2."""
    if scope.operation != ADD:
        return None
    name = scope.parameters["RoleName"]
    found = moto_internals.role(scope.backend, name)
    return found.arn if found else scope.arn(f"role/{name}")


def check(scope: Scope, consistency: Consistency) -> None:
    """Refuses a name that is taken, and a role that is not there or not yet."""
    if scope.operation == "CreateInstanceProfile":
        name = scope.parameters["InstanceProfileName"]
        if name.casefold() in map(str.casefold, moto_profiles.instance_profile_names(scope.backend)):
            raise already_exists(f"Instance Profile {name} already exists.")
    if scope.operation not in (ADD, REMOVE):
        return
    role = scope.parameters["RoleName"]
    visible = scope.operation == REMOVE or consistency.visible(scope.key("role", role))
    if moto_internals.role(scope.backend, role) is None or not visible:
        raise no_such_entity(f"The role with name {role} cannot be found.")
    profile = moto_profiles.instance_profile(scope.backend, scope.parameters["InstanceProfileName"])
    if scope.operation == REMOVE and profile and profile.role != role:
        raise no_such_entity(f"Role {role} is not in the instance profile {profile.name}.")
