"""Permissions boundaries of users, which moto does not keep.

Source: botocore's IAM model of CreateUser, PutUserPermissionsBoundary and DeleteUserPermissionsBoundary.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox.aws import moto_internals
from sandbox.aws.answers import Answer
from sandbox.aws.consistency import Consistency
from sandbox.aws.iam import replies
from sandbox.aws.iam.replies import Handler
from sandbox.aws.iam.scope import Scope


def keep(scope: Scope) -> None:
    """Keeps the boundary of a user that was just made."""
    if scope.operation == "CreateUser" and "PermissionsBoundary" in scope.parameters:
        _set(scope)


def _set(scope: Scope) -> None:
    boundary = scope.parameters.get("PermissionsBoundary")
    moto_internals.set_user_boundary(scope.backend, scope.parameters["UserName"], boundary)


def _put_or_delete(scope: Scope, _: Consistency) -> Answer:
    _set(scope)
    return replies.done(scope)


HANDLERS: dict[str, Handler] = {
    "PutUserPermissionsBoundary": _put_or_delete,
    "DeleteUserPermissionsBoundary": _put_or_delete,
}
