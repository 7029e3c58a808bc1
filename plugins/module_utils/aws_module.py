# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that talks to AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.epinio.aws.plugins.module_utils.aws_answers import watch


class _Module(AnsibleAWSModule):  # type: ignore[misc]  # amazon.aws has no types
    """With clients that do not take anybody's answer for AWS's."""

    def client(self, *arguments: Any, **settings: Any) -> Any:
        """A client of a service, as `amazon.aws` makes it."""
        return watch(super().client(*arguments, **settings))


def aws_module(spec: Mapping[str, Any], **settings: Any) -> Any:
    """A module with the options, environment and profiles of `amazon.aws`."""
    return _Module(argument_spec=dict(spec), **{"supports_check_mode": True, **settings})
