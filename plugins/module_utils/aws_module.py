# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that talks to AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule


def aws_module(spec: Mapping[str, Any], **settings: Any) -> Any:
    """A module with the options, environment and profiles of `amazon.aws`."""
    return AnsibleAWSModule(argument_spec=dict(spec), **{"supports_check_mode": True, **settings})
