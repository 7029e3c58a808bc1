"""An S3 call from the bucket's whereabouts to the answer.

Sources: S3 User Guide, "Verifying bucket ownership with bucket owner condition" (403 AccessDenied), "Methods for
accessing a bucket" and the error responses page (301 PermanentRedirect with `x-amz-bucket-region`), "Bucket naming
rules"; a missing object is 404 only for who may list (API reference, HeadObject).
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.aws import calls, moto_internals, moto_requests
from sandbox.aws.answers import Answer
from sandbox.aws.authorization import decide, tag_keys
from sandbox.aws.authorization import refused as access_refused
from sandbox.aws.callers import Caller
from sandbox.aws.calls import Call
from sandbox.aws.errors import Refused, not_implemented
from sandbox.aws.moto_internals import FakeBucket
from sandbox.aws.s3 import actions, bodies, bucket_policy
from sandbox.aws.world import World

NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
CODE = re.compile(rb"<Code>([^<]+)</Code>")
READ_OBJECT = ("GetObject", "HeadObject")


def answer(world: World, call: Call, caller: Caller, environ: dict[str, Any]) -> Answer:
    """What S3 answers."""
    if not actions.known(call.operation):
        raise not_implemented(f"s3:{call.operation}")
    if call.operation == "ListBuckets":
        _authorize(world, call, caller, None)
        return _from_moto(call, environ, caller.account, call.arrived.region)
    if call.operation == "CreateBucket":
        return _create_bucket(world, call, caller, environ)
    bucket = _reachable(call, caller)
    if call.operation == actions.MANY_OBJECTS:
        return _delete_objects(world, call, caller, bucket, environ)
    _authorize(world, call, caller, bucket)
    if bucket is None:
        raise _missing(call.arrived.bucket)
    return _allowed(world, call, caller, bucket, environ)


def _allowed(world: World, call: Call, caller: Caller, bucket: FakeBucket, environ: dict[str, Any]) -> Answer:
    """The answer of a bucket to a caller who may ask."""
    if call.operation in bucket_policy.CALLS:
        return bucket_policy.answer(world, call, bucket)
    with world.lock(bucket.account_id):
        result = _from_moto(call, environ, bucket.account_id, bucket.region_name)
    if result.status == 404 and call.operation in READ_OBJECT:
        listing = ("s3:ListBucket", actions.bucket_arn(bucket.partition, bucket.name))
        _authorize(world, call, caller, bucket, wanted=listing)
    if result.status == 204 and call.operation == "DeleteBucket":
        world.bucket_policies.pop(bucket.name, None)
    return result


def _missing(name: str) -> Refused:
    return Refused("NoSuchBucket", "The specified bucket does not exist", 404, {"BucketName": name})


def _reachable(call: Call, caller: Caller) -> FakeBucket | None:
    """The bucket, or None if there is none; refused if it is elsewhere or somebody else's than expected."""
    bucket = moto_internals.bucket(call.arrived.bucket)
    if bucket is None or bucket.partition != caller.partition:
        return None
    if bucket.region_name != call.arrived.region and call.operation != "GetBucketLocation":
        raise Refused(
            "PermanentRedirect",
            "The bucket you are attempting to access must be addressed using the specified endpoint. "
            "Please send all future requests to this endpoint.",
            301,
            {"Endpoint": f"{bucket.name}.s3.{bucket.region_name}.amazonaws.com", "Bucket": bucket.name},
            {"x-amz-bucket-region": bucket.region_name},
        )
    if call.header("x-amz-expected-bucket-owner", bucket.account_id) != bucket.account_id:
        raise Refused("AccessDenied", "Access Denied", 403)
    return bucket


def _denial(
    world: World,
    call: Call,
    caller: Caller,
    bucket: FakeBucket | None,
    wanted: tuple[str, str],
    keys: Mapping[str, Any],
) -> Refused | None:
    """The refusal; another account's caller is not told why."""
    owner = bucket.account_id if bucket else caller.account
    known = {**actions.condition_keys(call), "s3:ResourceAccount": owner, **keys}
    denied = decide(world, call.arrived, caller, wanted, known, owner, bucket_policy.in_effect(world, bucket))
    if denied is None:
        return None
    if owner != caller.account:
        return Refused("AccessDenied", "Access Denied", 403)
    return access_refused("s3", caller, wanted, denied, f'"{wanted[1]}"')


def _authorize(
    world: World,
    call: Call,
    caller: Caller,
    bucket: FakeBucket | None,
    wanted: tuple[str, str] | None = None,
    keys: Mapping[str, Any] | None = None,
) -> None:
    refusal = _denial(world, call, caller, bucket, wanted or actions.needed(call), keys or {})
    if refusal:
        raise refusal


def _from_moto(call: Call, environ: dict[str, Any], account: str, region: str, body: bytes | None = None) -> Answer:
    arrived = call.arrived
    seen = calls.moto_environ(arrived, environ, account, region, arrived.signed.body if body is None else body)
    status, headers, content = moto_requests.answer("s3", seen)
    return Answer(status, dict(headers), content, _error_code(content, status) if status >= 400 else "")


def _error_code(content: bytes, status: int) -> str:
    """S3's code; an answer to HEAD has none but its status."""
    found = CODE.search(content)
    return found.group(1).decode() if found else str(status)


def _create_bucket(world: World, call: Call, caller: Caller, environ: dict[str, Any]) -> Answer:
    """Tags that come with the bucket need a right of their own: `s3:TagResource`."""
    name, new = call.arrived.bucket, bodies.new_bucket(call.arrived.signed.body)
    keys: dict[str, Any] = tag_keys("aws:RequestTag", new.tags)
    if new.tags:
        keys["aws:TagKeys"] = [key for key, _ in new.tags]
    if new.region:
        keys["s3:LocationConstraint"] = new.region
    _authorize(world, call, caller, None, keys=keys)
    if new.tags:
        arn = actions.bucket_arn(caller.partition, name)
        _authorize(world, call, caller, None, ("s3:TagResource", arn), keys)
    if not NAME.fullmatch(name):
        raise Refused("InvalidBucketName", "The specified bucket is not valid.", 400, {"BucketName": name})
    with world.lock(caller.account):
        existed = moto_internals.bucket(name) is not None
        configuration = bodies.bucket_configuration(new.region)
        result = _from_moto(call, environ, caller.account, call.arrived.region, configuration)
        bucket = moto_internals.bucket(name)
        if result.status == 200 and bucket and not existed:
            moto_internals.set_bucket_tags(bucket, dict(new.tags))
    return result


def _delete_objects(
    world: World, call: Call, caller: Caller, bucket: FakeBucket | None, environ: dict[str, Any]
) -> Answer:
    """Deletes what may be deleted; the rest is named in the answer, which is 200 all the same."""
    if bucket is None:
        raise _missing(call.arrived.bucket)
    allowed, denials = [], []
    for each in bodies.doomed(call.arrived.signed.body):
        action = actions.object_action("s3:DeleteObject", each.version)
        wanted = (action, f"{actions.bucket_arn(bucket.partition, bucket.name)}/{each.key}")
        refusal = _denial(world, call, caller, bucket, wanted, {})
        if refusal:
            denials.append((each, refusal.message))
        else:
            allowed.append(each)
    with world.lock(bucket.account_id):
        result = _from_moto(call, environ, bucket.account_id, bucket.region_name, bodies.deletion(allowed))
    return Answer(result.status, result.headers, bodies.with_denials(result.body, denials), result.error)
