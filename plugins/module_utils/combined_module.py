# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that talks to AWS and to Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.aws_module import aws_module
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import OF_BOTH, require_packages
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC


def aws_and_kubernetes_module(spec: Mapping[str, Any], **settings: Any) -> Any:
    """A module with both kinds of options; `validate_certs` is AWS's."""
    cluster = {name: option for name, option in AUTH_ARG_SPEC.items() if name not in OF_BOTH}
    module = aws_module({**cluster, **spec}, **settings)
    require_packages(module)
    return module
