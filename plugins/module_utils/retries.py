# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which refusals pass by themselves, and which mean that the world has changed since it was read.

AWS is eventually consistent: an object that was just created, attached or trusted may not be seen yet
(https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency).
botocore retries throttling and server errors itself; it knows nothing of these.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed, attempting

T = TypeVar("T")

# Seconds. Terraform's AWS provider waits up to two minutes for IAM to propagate.
PROPAGATION = 120.0

# operation ("" = any) -> {code: text that the message must contain}
_PASSING: dict[str, dict[str, str]] = {
    "": {"ConcurrentModification": "", "EntityTemporarilyUnmodifiable": "", "ServiceFailure": ""},
    "iam.create_role": {"MalformedPolicyDocument": "Invalid principal in policy"},
    "iam.update_assume_role_policy": {
        "MalformedPolicyDocument": "Invalid principal in policy",
        "NoSuchEntity": "",
    },
    "iam.attach_role_policy": {"NoSuchEntity": ""},
    # What was detached a moment ago may still count.
    "iam.delete_policy": {"DeleteConflict": ""},
    "iam.delete_role": {"DeleteConflict": ""},
    # Not for a boundary that does not exist.
    "iam.put_role_permissions_boundary": {"NoSuchEntity": "role with name"},
    "iam.update_role": {"NoSuchEntity": ""},
    "iam.add_client_id_to_open_id_connect_provider": {"NoSuchEntity": ""},
    "iam.set_default_policy_version": {"NoSuchEntity": ""},
    "iam.tag_open_id_connect_provider": {"NoSuchEntity": ""},
    "iam.tag_policy": {"NoSuchEntity": ""},
    "iam.tag_role": {"NoSuchEntity": ""},
    "s3.create_bucket": {"OperationAborted": ""},
    "s3.put_bucket_policy": {"NoSuchBucket": "", "OperationAborted": ""},
    "s3.put_bucket_tagging": {"NoSuchBucket": "", "OperationAborted": ""},
    "s3.put_public_access_block": {"NoSuchBucket": "", "OperationAborted": ""},
}

# What a creation wanted is there already, from another run or from this one, whose answer was lost.
_THERE = {"EntityAlreadyExists", "BucketAlreadyOwnedByYou"}
# What a removal wanted is gone already.
_GONE = {"NoSuchEntity", "404"}
_REMOVALS = ("delete_", "detach_", "remove_")
# Somebody else was faster: nothing of the change has happened, it is planned anew.
_OVERTAKEN = {
    "iam.replace_default_version": {"LimitExceeded"},
    "iam.delete_policy_version": {"DeleteConflict"},
    "kubernetes": {"409"},
    "helm": {"busy"},
    "upkeep": {"409"},
    "record": {"409"},
}


def passes(operation: str, code: str, message: str) -> bool:
    """Whether the same call may succeed a little later."""
    for table in (_PASSING[""], _PASSING.get(operation, {})):
        if code in table and table[code] in message:
            return True
    return False


def there(code: str) -> bool:
    """Whether a creation was refused because its object exists: it has happened, what still differs is planned anew."""
    return code in _THERE


def gone(operation: str, code: str) -> bool:
    """Whether a removal was refused because nothing is left to remove: it has happened."""
    return operation.split(".")[-1].startswith(_REMOVALS) and code in _GONE


def overtaken(operation: str, code: str) -> bool:
    """Whether somebody changed the object since it was read: nothing has happened, everything is planned anew."""
    client = operation.split(".")[0]
    return code in _OVERTAKEN.get(operation, set()) or code in _OVERTAKEN.get(client, set())


def patiently(operation: str, attempt: str, call: Callable[[], T]) -> T:
    """The call's answer; while the service's refusal is one that passes by itself, it is called again.

    Raises `ServiceFailed` ("could not <attempt>: …") for any other refusal, or when the wait was in vain.
    """
    waits = pauses(PROPAGATION)
    while True:
        try:
            with attempting(attempt):
                return call()
        except ServiceFailed as error:
            if not passes(operation, error.code, error.reason):
                raise
            pause = next(waits, None)
            if pause is None:
                raise
            time.sleep(pause)


def pauses(total: float, first: float = 0.5, longest: float = 8.0) -> Iterator[float]:
    """Seconds to wait between tries: doubling from `first` up to `longest`, `total` in all."""
    spent, pause = 0.0, first
    while spent < total:
        step = min(pause, longest, total - spent)
        yield step
        spent += step
        pause *= 2
