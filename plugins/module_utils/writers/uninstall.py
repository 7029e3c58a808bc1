# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that remove Epinio, as plans name them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_commands
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_inputs import check_helm_timeout
from ansible_collections.epinio.aws.plugins.module_utils.domain.wording import names
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import HelmCli
from ansible_collections.epinio.aws.plugins.module_utils.readers.namespaces import read_namespace

# Seconds beyond helm's own timeout, which it grants to each of its waits.
_MARGIN = 300.0
_POLL = 1.0
_NEXT = "Remove the cause, then run this again: the next run goes on where this one has stopped."


class UninstallWriter:
    """Uninstall a release, delete namespaces, and see them go.

    `timeout` is a duration as helm takes it. `foreign` tells what in a namespace is somebody else's now.
    """

    def __init__(self, helm: HelmCli, api_client: Any, timeout: str, foreign: Callable[[str], tuple[str, ...]]) -> None:
        self._helm = helm
        self._api_client = api_client
        self._timeout = timeout
        self._foreign = foreign

    def uninstall(self, name: str, namespace: str, keep_history: bool, namespaces: list[str]) -> None:
        """Uninstall the release and see the namespaces go that belong to it.

        Raises `ServiceFailed` with helm's reason, and with what holds those namespaces.
        """
        attempt = f"uninstall release {name}"
        arguments = helm_commands.uninstall_arguments(name, namespace, self._timeout, keep_history=keep_history)
        try:
            self._helm.run(attempt, arguments, seconds=check_helm_timeout(self._timeout) + _MARGIN)
        except ServiceFailed as error:
            held = "".join(f". {text}" for one in namespaces if (text := self._held(one)))
            raise ServiceFailed(attempt, f"{error.reason.rstrip('.')}{held}", code=error.code, advice=_NEXT) from error
        for one in namespaces:
            self._see_go(one)

    def delete_namespace(self, name: str, uid: str) -> None:
        """Delete the namespace and see it go, or only the latter if somebody has deleted it.

        Raises `ServiceFailed` with code `409`, so that it is planned anew, if something foreign has come into it since,
        or if it is another namespace by now.
        """
        attempt = f"delete namespace {name}"
        found = read_namespace(self._api_client, name)
        if found is None:
            return
        if not found.terminating:
            came = self._foreign(name)
            if came:
                raise ServiceFailed(
                    attempt, f"{names(came)} came into it meanwhile", code="409", advice="Run it again."
                )
            where = rest.path("v1/namespaces", name=name)
            rest.delete(attempt, self._api_client, where, {"preconditions": {"uid": uid}})
        self._see_go(name)

    def _see_go(self, name: str) -> None:
        """Wait until the namespace, which is being deleted, is gone. Raises `ServiceFailed` with what holds it."""
        seconds = check_helm_timeout(self._timeout)
        end = time.monotonic() + seconds
        while True:
            found = read_namespace(self._api_client, name)
            if found is None or not found.terminating:
                return
            if time.monotonic() >= end:
                reason = self._held(name) or "Kubernetes does not say what holds it"
                raise ServiceFailed(
                    f"see namespace {name} go", f"it is still there after {seconds:.0f} seconds. {reason}", advice=_NEXT
                )
            time.sleep(_POLL)

    def _held(self, name: str) -> str:
        """What Kubernetes says of a namespace that does not get away, `""` if nothing."""
        found = read_namespace(self._api_client, name)
        said = found.troubles if found and found.terminating else ()
        return f"Kubernetes says of namespace {name}: {'; '.join(said)}" if said else ""
