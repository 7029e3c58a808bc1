"""Temporary credentials of assumed roles."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Callable
from dataclasses import dataclass

ALPHABET = string.ascii_uppercase + "234567"


@dataclass(frozen=True)
class Role:
    """The role that a session is of; the id tells it from a later role of the same name."""

    account: str
    partition: str
    name: str
    id: str
    arn: str


@dataclass(frozen=True)
class Session:
    """One session. Times are seconds since 1970; `policies` are documents that restrict it further."""

    access_key_id: str
    secret: str
    token: str
    role: Role
    name: str
    issued: float
    expires: float
    policies: tuple[str, ...]

    @property
    def arn(self) -> str:
        return f"arn:{self.role.partition}:sts::{self.role.account}:assumed-role/{self.role.name}/{self.name}"

    @property
    def user_id(self) -> str:
        return f"{self.role.id}:{self.name}"


class Sessions:
    """The sessions of all accounts."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def start(self, role: Role, name: str, seconds: int, policies: tuple[str, ...]) -> Session:
        """A new session that ends after so many seconds."""
        now = self._clock()
        session = Session(
            access_key_id="ASIA" + "".join(secrets.choice(ALPHABET) for _ in range(16)),
            secret=secrets.token_urlsafe(30),
            token=secrets.token_urlsafe(120),
            role=role,
            name=name,
            issued=now,
            expires=now + seconds,
            policies=policies,
        )
        with self._lock:
            self._sessions[session.access_key_id] = session
        return session

    def find(self, access_key_id: str) -> Session | None:
        """A session, expired ones included: their keys are refused in other words than unknown ones."""
        with self._lock:
            return self._sessions.get(access_key_id)
