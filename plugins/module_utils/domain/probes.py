# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the proof: which identity makes which call, and what must come of it.

The calls are those of Epinio itself: the server heads the bucket before each upload, puts, heads, gets and deletes
objects and uploads in parts above 16 MiB; a staging job heads and gets. The table is data, so that another runner can
make the same calls from another place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum


class Identity(Enum):
    """Who makes a call: the service account of Epinio's server, or that of its staging jobs."""

    SERVER = "server"
    STAGING = "staging"


class Place(Enum):
    """From where a call is made: where Ansible runs, or a pod of the cluster."""

    CONTROLLER = "controller"
    CLUSTER = "cluster"


@dataclass(frozen=True)
class Probe:
    """One call on `bucket` and `key`. `allowed` is what must come of it, `purpose` why.

    A `lenient` probe is no more than noted when it comes out otherwise. One that `reads` needs the object that an
    earlier `PutObject` wrote. `role` names the role that makes the call where it is not the identity's own.
    """

    identity: Identity
    call: str
    bucket: str
    key: str
    allowed: bool
    purpose: str
    action: str
    lenient: bool = False
    reads: bool = False
    role: str = ""

    def __str__(self) -> str:
        where = f"s3://{self.bucket}/{self.key}" if self.key else f"bucket {self.bucket}"
        return f"{self.call} of the {self.role or f'{self.identity.value} role'} on {where}"


@dataclass(frozen=True)
class Answer:
    """What came of a call. `code` is the service's error code, `Unreachable` where no answer came, `""` for success.

    `caller` is the ARN of the session that made it, `""` if nobody has said.
    """

    host: str
    code: str = ""
    message: str = ""
    # The bucket keeps versions: what is deleted stays as an old one.
    versioned: bool = False
    place: Place = Place.CONTROLLER
    caller: str = ""

    @property
    def ok(self) -> bool:
        return not self.code


def wrote(probe: Probe, answer: Answer) -> bool:
    """Whether the call wrote the object that others read."""
    return probe.call == "PutObject" and probe.allowed and answer.ok


def is_left(answers: Iterable[tuple[Probe, Answer]]) -> bool:
    """Whether the probe object is there, as far as these answers, in their order, tell."""
    left = ""
    for probe, answer in answers:
        if answer.ok and probe.call in ("PutObject", "MultipartUpload"):
            left = probe.key
        if answer.ok and probe.call == "DeleteObject" and probe.key == left:
            left = ""
    return bool(left)


def probe_key(wiring: str) -> str:
    """The object that the proof writes and removes: one for each wiring, under a name that no blob of Epinio's has."""
    return f".epinio-aws-probe/{hashlib.sha256(wiring.encode()).hexdigest()[:32]}"


def positive(bucket: str, key: str, *, documented: bool) -> tuple[Probe, ...]:
    """What both identities must be able to do, in this order. The staging identity reads what the server wrote.

    The policy of Epinio's page lacks `s3:AbortMultipartUpload`, so with `documented` no upload is broken off.
    """
    server, staging = Identity.SERVER, Identity.STAGING
    return (
        Probe(server, "HeadBucket", bucket, "", True, "before every upload", "s3:ListBucket"),
        Probe(server, "PutObject", bucket, key, True, "upload of sources", "s3:PutObject"),
        Probe(server, "HeadObject", bucket, key, True, "staging looks for the sources", "s3:GetObject", reads=True),
        Probe(staging, "HeadObject", bucket, key, True, "download of sources", "s3:GetObject", reads=True),
        Probe(staging, "GetObject", bucket, key, True, "download of sources", "s3:GetObject", reads=True),
        Probe(server, "MultipartUpload", bucket, key, True, "upload of large sources", "s3:PutObject"),
        *(() if documented else (_break_off(bucket, key),)),
        Probe(server, "DeleteObject", bucket, key, True, "removal of an application", "s3:DeleteObject"),
    )


def _break_off(bucket: str, key: str) -> Probe:
    purpose = "clean-up after a broken upload"
    return Probe(Identity.SERVER, "AbortMultipartUpload", bucket, key, True, purpose, "s3:AbortMultipartUpload")


def negative(bucket: str, key: str, *, documented: bool) -> tuple[Probe, ...]:
    """What must be refused on Epinio's own bucket. With the `documented` policy staging may write: that is noted."""
    return tuple(_negative(bucket, key, documented))


def elsewhere(bucket: str, key: str | None, *, documented: bool) -> tuple[Probe, ...]:
    """What must be refused on another bucket: listing it, and reading an object that is known to be in it."""
    purpose = "the bucket of epinio_verify_other_bucket is not Epinio's"
    calls = [("ListObjectsV2", "", "s3:ListBucket"), *([("GetObject", key, "s3:GetObject")] if key else [])]
    return tuple(
        Probe(identity, call, bucket, name, False, purpose, action, documented)
        for identity in Identity
        for call, name, action in calls
    )


def _negative(bucket: str, key: str, documented: bool) -> Iterator[Probe]:
    staging = Identity.STAGING
    reason = "a staging job runs the build of a user, who must not change sources"
    yield Probe(staging, "PutObject", bucket, key, False, reason, "s3:PutObject", documented)
    yield Probe(staging, "DeleteObject", bucket, key, False, reason, "s3:DeleteObject", documented)
    for identity in Identity:
        yield Probe(identity, "GetBucketTagging", bucket, "", False, "Epinio never asks for it", "s3:GetBucketTagging")
