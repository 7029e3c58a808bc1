"""Bucket policies. They count at once, as a strongly consistent S3 answers.

Source: S3 API reference, PutBucketPolicy, GetBucketPolicy (NoSuchBucketPolicy), DeleteBucketPolicy.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox.aws.answers import JSON, Answer
from sandbox.aws.calls import Call
from sandbox.aws.errors import Refused
from sandbox.aws.moto_internals import FakeBucket
from sandbox.aws.policies import validation
from sandbox.aws.policies.documents import statements
from sandbox.aws.policies.evaluation import Statements
from sandbox.aws.s3.actions import bucket_arn
from sandbox.aws.world import World

CALLS = ("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy")
DONE = Answer(204, {}, b"")


def in_effect(world: World, bucket: FakeBucket | None) -> Statements:
    """What the bucket's policy says; a bucket that is not there says nothing."""
    document = world.bucket_policies.get(bucket.name) if bucket else None
    return statements(document) if document else ()


def answer(world: World, call: Call, bucket: FakeBucket) -> Answer:
    """What S3 answers to one of `CALLS`."""
    if call.operation == "PutBucketPolicy":
        document = call.arrived.signed.body.decode()
        validation.check_bucket_policy(document, bucket_arn(bucket.partition, bucket.name))
        world.bucket_policies[bucket.name] = document
        return DONE
    if call.operation == "DeleteBucketPolicy":
        world.bucket_policies.pop(bucket.name, None)
        return DONE
    if bucket.name not in world.bucket_policies:
        raise Refused("NoSuchBucketPolicy", "The bucket policy does not exist", 404, {"BucketName": bucket.name})
    return Answer(200, {"Content-Type": JSON}, world.bucket_policies[bucket.name].encode())
