# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner that acts from where Ansible runs: token by TokenRequest, role by STS, calls by boto3."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.claims import refusals
from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import Endpoint
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Answer, Identity, Probe
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, ServiceFailed, Undecided, attempting
from ansible_collections.epinio.aws.plugins.module_utils.probing import calls, sessions
from ansible_collections.epinio.aws.plugins.module_utils.probing.asking import one_by_one

_REFUSED = ("AccessDenied", "InvalidIdentityToken")
# Nothing came back, or STS could not ask the cluster's issuer.
_NO_ANSWER = ("", "IDPCommunicationError")


@dataclass(frozen=True)
class Subject:
    """A service account under test, the role that it should get, and where its program sends S3 requests."""

    account: str
    role_arn: str
    endpoint: Endpoint


@dataclass
class Controller:
    """A `Runner`. `s3_client` makes a boto3 client for a session and an endpoint."""

    api: Any
    iam: Any
    sts: Any
    namespace: str
    provider_arn: str
    subjects: Mapping[Identity, Subject]
    s3_client: Callable[[sessions.Session, Endpoint], Any]
    _clients: dict[Identity, tuple[Any, str]] = field(default_factory=dict)

    def become(self, identity: Identity, waits: Iterator[float]) -> None:
        """Assume the identity's role; a refusal is waited for while the trust that is read back admits the token.

        Raises `Disproven` if it does not, or if the wait was in vain, `Undecided` if STS gave no answer.
        """
        subject = self.subjects[identity]
        token = sessions.web_identity_token(self.api, self.namespace, subject.account)
        while True:
            try:
                session = self._assume(subject, token)
                break
            except ServiceFailed as error:
                if error.code not in _REFUSED:
                    raise
                seen = self._check_trust(subject, token, error)
                pause = next(waits, None)
                if pause is None:
                    raise Disproven(f"{error} It stayed so to the end of the wait, although {seen}.") from error
                time.sleep(pause)
        self._clients[identity] = (self.s3_client(session, subject.endpoint), session.arn)

    def admits(self, account: str, identity: Identity) -> bool:
        """Whether STS gives the identity's role to another service account of the namespace."""
        token = sessions.web_identity_token(self.api, self.namespace, account)
        try:
            self._assume(self.subjects[identity], token)
        except ServiceFailed as error:
            if error.code == "AccessDenied":
                return False
            raise
        return True

    def _assume(self, subject: Subject, token: str) -> sessions.Session:
        try:
            return sessions.assume(self.sts, subject.role_arn, token)
        except ServiceFailed as error:
            if error.code in _NO_ANSWER:
                raise Undecided(str(error)) from error
            raise

    def ask(self, probes: Iterable[Probe], written: bool, waits: Iterator[float]) -> Iterator[tuple[Probe, Answer]]:
        """Make the calls, each with its identity's own session."""
        return one_by_one(self._make, probes, written, waits)

    def remove(self, probe: Probe, _left: bool, /) -> Answer:
        """Remove the object, whatever the answers say: a call whose answer was lost may have written it."""
        return self._make(probe)

    def _make(self, probe: Probe) -> Answer:
        client, caller = self._clients[probe.identity]
        return replace(calls.make(client, self.subjects[probe.identity].endpoint, probe), caller=caller)

    def _check_trust(self, subject: Subject, token: str, error: ServiceFailed) -> str:
        """What speaks for waiting. Raises `Disproven` if the trust that is read back does not admit the token."""
        name = subject.role_arn.rsplit("/", 1)[-1]
        try:
            with attempting(f"read the trust policy of role {name}"):
                trust = self.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        except ServiceFailed as missing:
            if missing.code != "NoSuchEntity":
                raise
            return "a role that was just made would be seen by now"
        reasons = refusals(trust, self.provider_arn, sessions.claims(token))
        if reasons:
            account = f"{self.namespace}/{subject.account}"
            raise Disproven(
                f"The role {subject.role_arn} does not admit service account {account}: {'; '.join(reasons)}."
            ) from error
        return "the role's trust policy admits the token"
