# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that talks to Kubernetes, and its client."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import source
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, sentence
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC
from ansible_collections.kubernetes.core.plugins.module_utils.k8s import client as core_client

try:
    import kubernetes
    from kubernetes.config import ConfigException
except ImportError:
    kubernetes = None
    ConfigException = type("Missing", (Exception,), {})

# `validate_certs` is an option of both sides: in a module with both it means AWS.
OF_BOTH = ("validate_certs",)


def kubernetes_module(spec: Mapping[str, Any], **settings: Any) -> Any:
    """A module with the connection options and environment of `kubernetes.core`."""
    module = AnsibleModule(argument_spec={**AUTH_ARG_SPEC, **spec}, **{"supports_check_mode": True, **settings})
    require_kubernetes(module)
    return module


def require_kubernetes(module: Any) -> None:
    """End the module where the Python package is missing."""
    if kubernetes is None:
        module.fail_json(msg=missing_required_lib("kubernetes"))


def kubernetes_client(module: Any) -> Any:
    """A `kubernetes.client.ApiClient` for the module's connection options, with the configuration of `kubernetes.core`.

    It makes no call: the dynamic client of `kubernetes.core` would ask for every API that the server has. Raises
    `Refused` when no kubeconfig or context is found.
    """
    both = "endpoint_url" in module.params
    given = {name: module.params[name] for name in AUTH_ARG_SPEC if not (both and name in OF_BOTH)}
    try:
        configuration = core_client._create_configuration(core_client._create_auth_spec(**given))
    except ConfigException as error:
        where = source(given, os.environ, in_cluster=False).kubeconfig
        raise Refused(
            sentence(
                f"find the Kubernetes cluster with kubeconfig {where}",
                str(error),
                "Set epinio_kubeconfig and epinio_context, or KUBECONFIG, to a kubeconfig of the cluster.",
            )
        ) from error
    api = kubernetes.client.ApiClient(configuration)
    for name, value in core_client._create_headers(**given).items():
        core_client._set_header(api, name, value)
    return api
