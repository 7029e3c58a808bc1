# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a connection and the environment behind them, as kubernetes.core reads them.

Its plugins/module_utils/k8s/client.py and args_common.py say which names there are, and in which order they count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import (
    ENVIRONMENT,
    IN_CLUSTER,
    OPTIONS,
    Source,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

# Each is an option, and K8S_AUTH_<name>; these have a second name in both.
_OTHER_NAMES = {
    "validate_certs": "verify_ssl",
    "ca_cert": "ssl_ca_cert",
    "client_cert": "cert_file",
    "client_key": "key_file",
}
_SUFFICIENT = (("username", "password"), ("api_key",), ("client_cert", "client_key"))
_PROXY_HEADERS = ("proxy_basic_auth", "basic_auth", "user_agent")
_NO = ("0", "false", "no")
# What no path has: lookup('file', …), or the output of cat.
_CONTENT = re.compile(r"[\r\n]|^\s*\{|\bapiVersion:")
# PATH_MAX of Linux, with room for several paths.
_LONGEST_PATH = 16_384


@dataclass(frozen=True)
class Settings:
    """Options first, then the environment. What is blank is not set."""

    options: Mapping[str, Any] = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)

    def value(self, name: str) -> Any:
        given = self.options.get(name)
        if given is not None and given != "":
            return given
        return next((self.environ[key] for key in variables(name) if self.environ.get(key)), None)

    def text(self, name: str) -> str:
        value = self.value(name)
        return "" if value is None else str(value)

    def origin(self, name: str) -> str:
        """The option or variable that sets it."""
        if self.options.get(name) not in (None, ""):
            return name
        return next((key for key in variables(name) if self.environ.get(key)), name)

    def verify(self) -> bool | None:
        value = self.value("validate_certs")
        return value.lower() not in _NO if isinstance(value, str) else value

    def groups(self) -> tuple[str, ...]:
        value = self.value("impersonate_groups") or ()
        return tuple(filter(None, map(str.strip, value.split(",") if isinstance(value, str) else value)))

    def proxy_headers(self) -> dict[str, str]:
        given = self.options.get("proxy_headers")
        if given is None:
            given = {name: self.environ.get(f"K8S_AUTH_PROXY_HEADERS_{name.upper()}") for name in _PROXY_HEADERS}
        return {name: str(value) for name, value in given.items() if value}

    def host(self) -> str:
        return self.text("host").rstrip("/")

    def source(self, *, in_cluster: bool) -> Source:
        """Where the connection comes from: a host with credentials, a kubeconfig or context, the pod, the default.

        `in_cluster` is for a pod that KUBECONFIG leads nowhere else. Raises `Refused` for the content of a kubeconfig
        where its path is meant.
        """
        kubeconfig, context = self.value("kubeconfig"), self.text("context")
        if self.host_suffices():
            return Source(OPTIONS if self.options.get("host") else ENVIRONMENT)
        if isinstance(kubeconfig, Mapping):
            return Source(OPTIONS, context or str(kubeconfig.get("current-context") or ""))
        if in_cluster and not (kubeconfig or context):
            return Source(IN_CLUSTER)
        path = str(kubeconfig or self.environ.get("KUBECONFIG") or "~/.kube/config")
        refuse_content(path, self.named_by())
        return Source(path, context, is_file=True)

    def host_suffices(self) -> bool:
        """Whether host and credentials are given, so that nothing else is asked."""
        return bool(self.host()) and any(all(self.value(name) for name in names) for names in _SUFFICIENT)

    def named_by(self) -> str:
        """What names the kubeconfig: an option, a variable, or nothing."""
        if self.value("kubeconfig"):
            given = self.origin("kubeconfig")
            # The roles hand epinio_kubeconfig on in the environment.
            return f"epinio_kubeconfig or {given}" if given == "K8S_AUTH_KUBECONFIG" else given
        return "KUBECONFIG" if self.environ.get("KUBECONFIG") else "the default"


def refuse_content(path: str, named_by: str) -> None:
    """Raise `Refused` for the content of a kubeconfig where its path is meant, without a word of it."""
    if _CONTENT.search(path) or len(path) > _LONGEST_PATH:
        raise Refused(
            f"A kubeconfig's content is given where its path is meant ({named_by}): write it to a file that only its "
            "user can read, and give the path of that."
        )


def variables(name: str) -> list[str]:
    """The environment variables of an option, that of its second name last."""
    names = [name, *([_OTHER_NAMES[name]] if name in _OTHER_NAMES else [])]
    return [f"K8S_AUTH_{one.upper()}" for one in names]
