# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that talks to Kubernetes, and its client."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_client import KubernetesClient
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import read_connection
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

# `validate_certs` is an option of both sides: in a module with both it means AWS.
OF_BOTH = ("validate_certs",)


def kubernetes_module(spec: Mapping[str, Any], **settings: Any) -> Any:
    """A module with the connection options and environment of `kubernetes.core`."""
    module = AnsibleModule(argument_spec={**AUTH_ARG_SPEC, **spec}, **{"supports_check_mode": True, **settings})
    require_packages(module)
    return module


def require_packages(module: Any) -> None:
    """End the module where a Python package is missing. Both come with botocore and ansible-core as a rule."""
    for package, name in (("urllib3", "urllib3"), ("yaml", "PyYAML")):
        if importlib.util.find_spec(package) is None:
            module.fail_json(msg=missing_required_lib(name))


def kubernetes_client(module: Any) -> KubernetesClient:
    """The client for the module's connection options. It makes no call. Raises `Refused` where there is no way."""
    both = "endpoint_url" in module.params
    given = {name: module.params[name] for name in AUTH_ARG_SPEC if not (both and name in OF_BOTH)}
    # A module of amazon.aws before version 10 does not show its folder; then the system's is taken.
    return KubernetesClient(read_connection(given), getattr(module, "tmpdir", ""))
