# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the installed botocore can make the calls of a plan, asked of its own descriptions of AWS's services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, sentence
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change

try:
    import botocore
    from botocore.validate import ParamValidator
except ImportError:  # AnsibleAWSModule says so
    botocore = ParamValidator = None

# With this one and all newer ones every call of the collection can be made: an OIDC provider needs no thumbprint since
# 1.34.83, and a bucket can be tagged while it is created since 1.39.2.
BOTO3 = "1.39.2"


def refuse_unsupported(changes: Iterable[Change], clients: Mapping[str, Any]) -> None:
    """Raise `Refused` for a change that the installed botocore cannot make, before anything is sent.

    Clients that are none of botocore's, and what a writer adds to one, know nothing of service models.
    """
    for change in changes:
        name, method = change.operation.split(".")
        meta: Any = getattr(clients.get(name), "meta", None)
        model = getattr(meta, "service_model", None)
        if model is None or method in vars(type(clients[name])):
            continue
        operation = meta.method_to_api_mapping.get(method)
        if operation is None:
            raise _too_old(change, f"it has no call {change.operation}")
        shape = model.operation_model(operation).input_shape
        report = ParamValidator().validate(dict(change.arguments), shape)
        if report.has_errors():
            raise _too_old(change, " ".join(report.generate_report().split()))


def _too_old(change: Change, reason: str) -> Refused:
    installed = botocore.__version__
    advice = f"Install a newer one: pip install 'boto3>={BOTO3}'." if _number(installed) < _number(BOTO3) else ""
    return Refused(sentence(change.summary, f"botocore {installed} does not take the call: {reason}", advice))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
