"""The instance metadata service of every node at once.

Source: EC2 User Guide, "Use the Instance Metadata Service to access instance metadata" (versions, tokens, hop limit,
response codes), "Instance metadata categories" and "Retrieve security credentials from instance metadata".
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sandbox.rest import Json

ADDRESS = "169.254.169.254"
TOKEN_PATH = "/latest/api/token"
DATA = "/latest/meta-data/"
ROLES = "iam/security-credentials"
TOKEN, TTL = "x-aws-ec2-metadata-token", "x-aws-ec2-metadata-token-ttl-seconds"
LONGEST_TTL = 21600
# A container without the host's network is one hop further from the service than its node.
HOPS_OF_A_POD = 2


@dataclass(frozen=True)
class Guest:
    """A pod, and the instance that its node is, if it is one."""

    name: str
    instance_id: str | None
    zone: str
    host_network: bool


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    text: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class NoService(Exception):
    """Nobody listens at the address: the connection is refused."""


class NoAnswer(Exception):
    """The answer is lost on its way: the connection hangs."""


class Source(Protocol):
    """What EC2 knows of instances, and gives them."""

    def instance(self, instance_id: str) -> Json | None:
        """As DescribeInstances shows it, or None if there is none."""

    def credentials(self, instance_id: str) -> Mapping[str, str] | None:
        """`role_name`, `access_key_id`, `secret_access_key`, `session_token`, `expiration`, `last_updated`, or None."""


class InstanceMetadata:
    """Answers pods' requests. `clock`: any seconds. Safe to use from many threads."""

    def __init__(self, source: Source, clock: Callable[[], float]) -> None:
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        # For each token its instance and its end.
        self._tokens: dict[str, tuple[str, float]] = {}

    def answer(self, guest: Guest, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        """Answers one request; names of `headers` are in lower case. Raises NoService and NoAnswer."""
        instance = self._source.instance(guest.instance_id) if guest.instance_id else None
        if instance is None or instance["State"]["Name"] != "running":
            raise NoService
        options = instance["MetadataOptions"]
        if options["HttpEndpoint"] != "enabled":
            return Answer(403)
        if (method, path) == ("PUT", TOKEN_PATH):
            given = self._token(instance["InstanceId"], headers.get(TTL, ""))
            if not guest.host_network and options["HttpPutResponseHopLimit"] < HOPS_OF_A_POD:
                raise NoAnswer
            return given
        if method not in ("GET", "HEAD"):
            return Answer(405)
        if not self._allowed(instance, headers.get(TOKEN)):
            return Answer(401)
        text = self._data(guest, instance, path.removeprefix(DATA)) if path.startswith(DATA) else None
        return Answer(404) if text is None else Answer(200, text)

    def _token(self, instance_id: str, ttl: str) -> Answer:
        if not ttl.isdecimal() or not 0 < int(ttl) <= LONGEST_TTL:
            return Answer(400)
        token = secrets.token_urlsafe(40)
        with self._lock:
            self._tokens[token] = (instance_id, self._clock() + int(ttl))
        return Answer(200, token, ((TTL, ttl),))

    def _allowed(self, instance: Json, token: str | None) -> bool:
        if token is None:
            return bool(instance["MetadataOptions"]["HttpTokens"] == "optional")
        with self._lock:
            owner, end = self._tokens.get(token, ("", 0.0))
        return owner == instance["InstanceId"] and self._clock() < end

    def _data(self, guest: Guest, instance: Json, path: str) -> str | None:
        known = {
            "instance-id": instance["InstanceId"],
            "placement/availability-zone": guest.zone,
            # A zone is its region and a letter.
            "placement/region": guest.zone[:-1],
        }
        if path in known:
            return str(known[path])
        profile = instance.get("IamInstanceProfile")
        if path == "iam/info" and profile:
            shown = {"Code": "Success", "InstanceProfileArn": profile["Arn"], "InstanceProfileId": profile["Id"]}
            return json.dumps(shown)
        place, _, role = path.rpartition("/")
        if ROLES in (path, place):
            return self._roles(instance["InstanceId"], role if place == ROLES else "")
        return None

    def _roles(self, instance_id: str, role: str) -> str | None:
        """The name of the instance's role, or the credentials of the one that is asked for."""
        found = self._source.credentials(instance_id)
        if found is None or role not in ("", found["role_name"]):
            return None
        if not role:
            return found["role_name"]
        shown = {
            "Code": "Success",
            "LastUpdated": found["last_updated"],
            "Type": "AWS-HMAC",
            "AccessKeyId": found["access_key_id"],
            "SecretAccessKey": found["secret_access_key"],
            "Token": found["session_token"],
            "Expiration": found["expiration"],
        }
        return json.dumps(shown)
