"""What passes by itself is tried again, anything else is raised at once."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import retries
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from botocore.exceptions import ClientError


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    naps: list[float] = []
    monkeypatch.setattr("time.sleep", naps.append)
    return naps


class _Call:
    """Refuses with each code in turn, then answers."""

    def __init__(self, *codes: str, message: str = "") -> None:
        self.left, self.message, self.count = list(codes), message, 0

    def __call__(self) -> str:
        self.count += 1
        if self.left:
            raise ClientError({"Error": {"Code": self.left.pop(0), "Message": self.message}}, "Call")
        return "done"


@pytest.mark.parametrize(
    ("operation", "code", "message", "passes"),
    [
        ("iam.anything", "ConcurrentModification", "", True),
        ("iam.create_role", "MalformedPolicyDocument", 'Invalid principal in policy: "Federated"', True),
        ("iam.create_role", "MalformedPolicyDocument", "Syntax errors in policy.", False),
        ("iam.create_role", "NoSuchEntity", "", False),
        ("iam.attach_role_policy", "NoSuchEntity", "", True),
        ("iam.attach_role_policy", "LimitExceeded", "", False),
        ("iam.put_role_permissions_boundary", "NoSuchEntity", "The role with name r cannot be found.", True),
        ("iam.put_role_permissions_boundary", "NoSuchEntity", "Scope ARN: x does not exist", False),
        ("iam.detach_role_policy", "AccessDenied", "", False),
        ("iam.delete_role", "DeleteConflict", "Cannot delete entity, must detach all policies first.", True),
        ("iam.delete_role", "UnmodifiableEntity", "", False),
        ("iam.delete_policy", "DeleteConflict", "Cannot delete a policy attached to entities.", True),
        ("iam.delete_policy", "NoSuchEntity", "", False),
        ("iam.delete_policy_version", "DeleteConflict", "", False),
        ("s3.put_bucket_policy", "NoSuchBucket", "", True),
        ("s3.create_bucket", "NoSuchBucket", "", False),
    ],
)
def test_what_passes(operation: str, code: str, message: str, passes: bool) -> None:
    assert retries.passes(operation, code, message) is passes


@pytest.mark.parametrize(
    ("operation", "code", "there", "gone", "overtaken"),
    [
        ("iam.create_role", "EntityAlreadyExists", True, False, False),
        ("s3.create_bucket", "BucketAlreadyOwnedByYou", True, False, False),
        ("s3.create_bucket", "BucketAlreadyExists", False, False, False),
        ("iam.delete_policy_version", "NoSuchEntity", False, True, False),
        ("iam.detach_role_policy", "NoSuchEntity", False, True, False),
        ("iam.delete_policy", "NoSuchEntity", False, True, False),
        ("iam.delete_role", "NoSuchEntity", False, True, False),
        ("iam.delete_role", "DeleteConflict", False, False, False),
        ("kubernetes.delete_service_account", "404", False, True, False),
        ("iam.update_assume_role_policy", "NoSuchEntity", False, False, False),
        ("iam.attach_role_policy", "NoSuchEntity", False, False, False),
        ("kubernetes.patch_service_account", "404", False, False, False),
        ("kubernetes.patch_service_account", "409", False, False, True),
        ("iam.replace_default_version", "LimitExceeded", False, False, True),
        ("iam.create_policy", "LimitExceeded", False, False, False),
        ("iam.delete_policy_version", "DeleteConflict", False, False, True),
        ("iam.create_role", "409", False, False, False),
    ],
)
def test_what_a_refusal_means(operation: str, code: str, there: bool, gone: bool, overtaken: bool) -> None:
    assert retries.there(code) is there
    assert retries.gone(operation, code) is gone
    assert retries.overtaken(operation, code) is overtaken


def test_a_refusal_that_passes_is_waited_for(slept: list[float]) -> None:
    call = _Call("NoSuchEntity", "ConcurrentModification", "NoSuchEntity")
    assert retries.patiently("iam.attach_role_policy", "attach", call) == "done"
    assert (call.count, slept) == (4, [0.5, 1.0, 2.0])


def test_any_other_is_raised_at_once(slept: list[float]) -> None:
    call = _Call("NoSuchEntity", "LimitExceeded")
    with pytest.raises(ServiceFailed, match=r"Could not attach: LimitExceeded.*quota"):
        retries.patiently("iam.attach_role_policy", "attach", call)
    assert (call.count, slept) == (2, [0.5])


def test_the_wait_is_bounded(slept: list[float]) -> None:
    with pytest.raises(ServiceFailed, match="NoSuchEntity"):
        retries.patiently("iam.attach_role_policy", "attach", _Call(*["NoSuchEntity"] * 100))
    assert sum(slept) == retries.PROPAGATION


def test_pauses_double_up_to_the_longest() -> None:
    assert list(retries.pauses(20.0, first=1.0, longest=4.0)) == [1.0, 2.0, 4.0, 4.0, 4.0, 4.0, 1.0]
    assert list(retries.pauses(0.0)) == []
    assert list(itertools.islice(retries.pauses(100.0), 2)) == [0.5, 1.0]
