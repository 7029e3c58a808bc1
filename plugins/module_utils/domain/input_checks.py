# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is judged of the role variables before any call: the syntax of each, and what they say together.

Modules judge the same once more, for those who call them without a role.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import (
    arns,
    buckets,
    clusters,
    helm_inputs,
    names,
    tags,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection_settings import refuse_content
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

Given = Mapping[str, Any]


def _check_kubeconfig(path: str) -> None:
    refuse_content(path, "epinio_kubeconfig")
    names.check_printable("epinio_kubeconfig", path)


# By variable: raises `Refused` for what AWS, helm or the API server would refuse later.
CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "epinio_cluster_name": clusters.check_name,
    "epinio_region": clusters.checked_region,
    "epinio_account_id": clusters.check_account,
    "epinio_bucket": buckets.check_name,
    "epinio_verify_other_bucket": lambda name: buckets.check_name(name, "epinio_verify_other_bucket"),
    "epinio_domain": names.check_domain,
    "epinio_namespace": names.check_namespace,
    "epinio_release": helm_inputs.check_release,
    "epinio_chart_ref": helm_inputs.check_chart_ref,
    "epinio_chart_repo": helm_inputs.check_chart_repo,
    "epinio_chart_version": helm_inputs.check_chart_version,
    "epinio_helm_binary": helm_inputs.check_helm_binary,
    "epinio_helm_timeout": helm_inputs.check_helm_timeout,
    "epinio_iam_path": names.check_path,
    "epinio_permissions_boundary": lambda arn: arns.check_policy_arn(arn, "epinio_permissions_boundary"),
    "epinio_tags": lambda given: names.check_tags(tags.texts(given)),
    "epinio_node_role_names": names.check_node_roles,
    "epinio_server_service_account": lambda name: names.check_service_account(name, "epinio_server_service_account"),
    "epinio_staging_service_account": lambda name: names.check_service_account(name, "epinio_staging_service_account"),
    "epinio_staging_pull_secrets": names.check_pull_secrets,
    "epinio_kubeconfig": _check_kubeconfig,
    "epinio_context": lambda name: names.check_printable("epinio_context", name),
}
# Names in IAM, which end in the suffix that all of them share.
_IAM_NAMES = {
    "epinio_policy_name": "policy",
    "epinio_staging_policy_name": "policy",
    "epinio_server_role_name": "role",
    "epinio_staging_role_name": "role",
}
_DIFFERENT = (
    # The proof asks for the other bucket what only the wired one may grant.
    ("epinio_bucket", "epinio_verify_other_bucket"),
    ("epinio_server_role_name", "epinio_staging_role_name"),
    ("epinio_policy_name", "epinio_staging_policy_name"),
    ("epinio_server_service_account", "epinio_staging_service_account"),
)
_FROM_PODS = ("auto", "cluster", "none")


def faults(role: str, entry: str, given: Given) -> Iterator[str]:
    """Everything that is wrong with converted variables. `role` and `entry` say what is to be done with them."""
    for name, check in CHECKS.items():
        if name in given:
            yield from _refusal(check, given[name])
    yield from _iam_names(given)
    for one, other in _DIFFERENT:
        if one in given and str(given[one]).lower() == str(given.get(other, "")).lower():
            yield f"{one} and {other} must differ: both are '{given[one]}'."
    yield from _of_proof(role, entry, given)
    if entry == "teardown":
        yield from _of_uninstall(given)


def _iam_names(given: Given) -> Iterator[str]:
    suffix = given.get("epinio_name_suffix", "")
    for name, kind in _IAM_NAMES.items():
        if name in given:
            yield from _refusal(functools.partial(names.check_name, kind, variable=name), given[name] + suffix)


def _of_proof(role: str, entry: str, given: Given) -> Iterator[str]:
    wanted = given.get("epinio_verify", "auto")
    if role == "verify" and wanted == "none":
        yield "epinio_verify is 'none', but this playbook does nothing but prove. Leave it at auto."
    if role == "instance_profile" and entry == "main" and wanted not in _FROM_PODS:
        yield (
            f"epinio_verify is '{wanted}', but Epinio is wired with the roles of its nodes, and only a pod has the "
            "credentials of its node. Leave it at auto, which proves the access from inside the cluster, or choose "
            "playbook irsa."
        )


def _of_uninstall(given: Given) -> Iterator[str]:
    wanted, cluster = given.get("epinio_uninstall", ""), given.get("epinio_cluster_name", "")
    if wanted and wanted != cluster:
        yield (
            f"epinio_uninstall is '{wanted}' and epinio_cluster_name is '{cluster}': to remove Epinio and its "
            "namespaces from a cluster, both must name it. Nothing was changed."
        )


def _refusal(check: Callable[[Any], Any], value: Any) -> Iterator[str]:
    try:
        check(value)
    except Refused as refused:
        yield str(refused)
