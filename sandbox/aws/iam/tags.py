"""Tags of roles and policies, which IAM checks and merges otherwise than moto.

Source: IAM User Guide, "Tags for AWS Identity and Access Management resources": at most 50; keys of roles and users
"are not case sensitive, but case is preserved", those of other resources are; none begins with `aws:`. The codes are
those of botocore's IAM model. The text about `aws:` is the one that several services of AWS have; that of the quota is
not verified, nor is which spelling of a role's key stays.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Iterable

from sandbox.aws import moto_internals
from sandbox.aws.answers import Answer
from sandbox.aws.consistency import Consistency
from sandbox.aws.errors import Refused, quota_exceeded
from sandbox.aws.iam import replies
from sandbox.aws.iam.replies import Handler
from sandbox.aws.iam.scope import Scope

MOST = 50
RESERVED = "aws:"

Pairs = Iterable[tuple[str, str]]


def check(scope: Scope) -> None:
    """Refuses keys that only AWS sets and takes away."""
    keys = [tag["Key"] for tag in scope.parameters.get("Tags", [])] + list(scope.parameters.get("TagKeys", []))
    if any(key.lower().startswith(RESERVED) for key in keys):
        raise Refused("InvalidInput", "aws: prefixed tag key names are not allowed for external use.")


def _merged(scope: Scope, present: Pairs, folded: Callable[[str], str]) -> list[tuple[str, str]]:
    """The tags after the call; `folded` makes keys that IAM takes for one equal."""
    sent = [(tag["Key"], tag["Value"]) for tag in scope.parameters.get("Tags", [])]
    changed = [folded(key) for key, _ in sent]
    if len(set(changed)) < len(changed):
        raise Refused("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    dropped = {*changed, *map(folded, scope.parameters.get("TagKeys", []))}
    merged = [(key, value) for key, value in present if folded(key) not in dropped] + sent
    if len([key for key, _ in merged if not key.lower().startswith(RESERVED)]) > MOST:
        raise quota_exceeded(f"TagsPer{scope.operation.removeprefix('Tag')}", MOST)
    return merged


def _role(scope: Scope, _: Consistency) -> Answer | None:
    name = scope.parameters["RoleName"]
    found = moto_internals.entity(scope.backend, "role", name)
    if found is None:
        return None
    moto_internals.set_role_tags(scope.backend, name, _merged(scope, found.tags, str.lower))
    return replies.done(scope)


def _policy(scope: Scope, _: Consistency) -> Answer:
    arn = scope.parameters["PolicyArn"]
    replies.existing_policy(scope)
    present = moto_internals.policy_tags(scope.backend, arn)
    moto_internals.set_policy_tags(scope.backend, arn, _merged(scope, present, str))
    return replies.done(scope)


HANDLERS: dict[str, Handler] = {
    "TagRole": _role,
    "UntagRole": _role,
    "TagPolicy": _policy,
    "UntagPolicy": _policy,
}
