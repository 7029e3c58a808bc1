# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the restart of a Deployment whose pods have other credentials than the wanted ones."""

from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import credentials
from ansible_collections.epinio.aws.plugins.module_utils.domain.credentials import Finding, Kind
from ansible_collections.epinio.aws.plugins.module_utils.domain.deployments import Deployment
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan


def plan(wanted: credentials.Wanted, namespace: str, name: str, actual: Deployment | None) -> Plan:
    """A restart exactly if a pod has another environment than the wanted one.

    Raises `Refused` for a Deployment that a restart would not help, and for one that does not exist if its pods are to
    have a role.
    """
    if actual is None:
        return _missing(wanted, Deployment(namespace, name, "", 0, {}))
    if wanted.role_arn and not actual.templates:
        raise Refused(
            f"The {actual} tells EKS to skip all its containers (annotation {credentials.SKIP} of its pods): "
            "they get no role. Take the annotation out of the chart's values."
        )
    before = _view(actual)
    if judged(wanted, actual).kind is Kind.RIGHT:
        return Plan(before, before, notices=_notices(actual))
    _refuse_futile(wanted, actual)
    purpose = f"get the role {wanted.role_arn}" if wanted.role_arn else "lose their role"
    arguments = {
        "namespace": namespace,
        "name": name,
        "role_arn": wanted.role_arn,
        "region": wanted.region,
    }
    change = Change(f"restart {actual}, so that its pods {purpose}", "rollout.restart", arguments)
    # The new pods have names that nobody knows yet.
    return Plan(before, {**before, "role_arn": wanted.role_arn, "pods": [], "restarted": True}, (change,))


def judged(wanted: credentials.Wanted, actual: Deployment) -> Finding:
    """The worst of what the pods' environments show; `text` completes "pod x: …"."""
    findings = [(pod.name, credentials.worst(wanted, pod.environments, actual.templates)) for pod in actual.pods]
    for kind in Kind:
        for name, found in findings:
            if found.kind is kind and kind is not Kind.RIGHT:
                return Finding(kind, f"pod {name}: {found.text}")
    return Finding(Kind.RIGHT)


def _missing(wanted: credentials.Wanted, missing: Deployment) -> Plan:
    """What is gone has no pods that could keep a role."""
    if wanted.role_arn:
        raise Refused(f"The {missing} does not exist: check epinio_namespace, and that Epinio is installed.")
    view = _view(missing)
    return Plan(view, view, notices=(f"The {missing} does not exist, so no pod of it has a role to lose.",))


def _refuse_futile(wanted: credentials.Wanted, actual: Deployment) -> None:
    """Raise `Refused` where new pods would be no different, or would not be made."""
    if actual.paused:
        raise Refused(
            f"The {actual} is paused, so it makes no new pods: resume it "
            f"(kubectl rollout resume deployment {actual.name} --namespace {actual.namespace})."
        )
    own = credentials.set_by_template(actual.templates)
    if wanted.role_arn and own:
        raise Refused(
            f"The {actual} itself sets {', '.join(own)}: EKS then gives these containers no role. "
            "Take the variables out of the chart's values."
        )


def _notices(actual: Deployment) -> tuple[str, ...]:
    if not actual.replicas:
        return (f"The {actual} has no replicas: its pods get their credentials when it is scaled up.",)
    if not actual.pods:
        reasons = f": {'; '.join(actual.trouble)}" if actual.trouble else ""
        return (f"The {actual} has no pods of its newest template{reasons}.",)
    return ()


def _view(actual: Deployment) -> dict[str, Any]:
    """The rollout as it is found, in the shape that the module returns."""
    roles = {
        environment.get(credentials.ROLE, "")
        for pod in actual.pods
        for container, environment in pod.environments.items()
        if container in actual.templates
    }
    return {
        "namespace": actual.namespace,
        "deployment": actual.name,
        "role_arn": ", ".join(sorted(role for role in roles if role)),
        "pods": [pod.name for pod in actual.pods],
        "restarted": False,
    }
