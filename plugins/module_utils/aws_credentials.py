# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The caller's credentials, which botocore gets from where the settings say, some of them again and again.

botocore asks STS and the AWS access portal by clients of its own, and containers' endpoints, the instance metadata
service and programs in other ways. Whatever comes instead of credentials ends in an error of Python's, or in a text
that shows what came. So its sessions are prepared: their own clients are watched, and each step towards credentials,
also when they are renewed in a long run, ends in an error of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.aws_answers import watch
from ansible_collections.epinio.aws.plugins.module_utils.credential_process import limited
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_settings import is_key
from ansible_collections.epinio.aws.plugins.module_utils.domain.credential_sources import Sources, shown
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed, of_sdk, told

try:
    from botocore import register_initializer, unregister_initializer
    from botocore.credentials import create_credential_resolver
    from botocore.exceptions import BotoCoreError, HTTPClientError, InvalidConfigError
    from botocore.exceptions import ConnectionError as NotConnected
except ImportError:  # AnsibleAWSModule says so
    register_initializer = unregister_initializer = create_credential_resolver = None
    BotoCoreError = NotConnected = HTTPClientError = InvalidConfigError = type("Missing", (Exception,), {})

# Nothing has answered: the settings of the credentials are not to blame.
_UNANSWERED = (NotConnected, HTTPClientError)
# What botocore lets through of an answer that it does not expect, and of files and programs.
_UNREADABLE = (LookupError, TypeError, AttributeError, ValueError, RuntimeError)


class CallersCredentials:
    """The credentials of a module's caller, which are looked for once and serve all its clients."""

    def __init__(self, sources: Sources, region: Callable[[], str | None]) -> None:
        self._sources = sources
        self._region = region
        self._found: _Credentials | None = None

    @contextmanager
    def in_new_sessions(self) -> Iterator[None]:
        """Sessions of botocore that are made in the block take these credentials, and watch their own clients."""

        def prepare(session: Any) -> None:
            watch(session)
            session.lazy_register_component("credential_provider", lambda: _Provider(partial(self._load, session)))

        register_initializer(prepare)
        try:
            yield
        finally:
            unregister_initializer(prepare)

    def check(self) -> None:
        """Raise `ServiceFailed` if they cannot be had; without keys nothing is asked here."""
        if self._found:
            self._found.get_frozen_credentials()

    def _load(self, session: Any) -> _Credentials | None:
        """In the order of botocore's sources; each says whether it is set up."""
        if self._found is None:
            for source in create_credential_resolver(session, region_name=self._region()).providers:
                asking = partial(asking_source, self._sources, source.METHOD)
                with asking():
                    found = limited(source, session).load()
                if found is not None:
                    self._found = _Credentials(found, asking)
                    break
        return self._found


class _Provider:
    """What botocore's sessions ask for credentials."""

    def __init__(self, load: Callable[[], Any]) -> None:
        self.load_credentials = load


class _Credentials:
    """botocore's credentials, which it may have to get or to renew whenever they are read."""

    def __init__(self, credentials: Any, asking: Callable[[], AbstractContextManager[None]]) -> None:
        self._credentials = credentials
        self._asking = asking

    def get_frozen_credentials(self) -> Any:
        """What a request is signed with."""
        with self._asking():
            found = self._credentials.get_frozen_credentials()
            # The HTTP client would show them in its error.
            if not all(is_key(one) for one in (found.access_key, found.secret_key, found.token or "none")):
                raise ValueError("no keys")
        return found

    def __getattr__(self, name: str) -> Any:
        with self._asking():
            return getattr(self._credentials, name)


@contextmanager
def asking_source(sources: Sources, method: str) -> Iterator[None]:
    """Turn whatever the block raises into a `ServiceFailed` that names the source.

    It has no code: readers judge by the codes of the service that they ask, and this is another one's refusal.
    """
    attempt = f"get AWS credentials from {sources.name(method)}"
    try:
        yield
    except of_sdk() as error:
        _code, reason, advice = told(error)
        if isinstance(error, BotoCoreError) and not isinstance(error, _UNANSWERED):
            advice = sources.advice(method, misconfigured=isinstance(error, InvalidConfigError))
        raise ServiceFailed(
            attempt, shown(reason) or "it gave no reason", advice=advice or sources.advice(method)
        ) from error
    except (OSError, EOFError) as error:
        raise ServiceFailed(attempt, shown(str(error)), advice=sources.advice(method)) from error
    except _UNREADABLE as error:
        # Its text may quote what came.
        reason = f"what came from there are no credentials that AWS's SDK can use ({type(error).__name__})"
        raise ServiceFailed(attempt, reason, advice=sources.advice(method)) from error
