# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the annotation that gives a service account's pods a role, and the staging account that carries it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, names
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import (
    EKSCTL,
    HELM,
    ROLE_ARN,
    ServiceAccount,
    eksctl_command,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import (
    COLLECTION,
    MANAGED_BY,
    WIRING,
    Mark,
    Wiring,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan


@dataclass(frozen=True)
class Wanted:
    """The account as it is wanted.

    `create` says that the account itself is ours to make; else only the annotation is. `pull_secrets` are the names of
    Secrets, `None` to leave them as they are; an account made here then copies those of account `pull_secrets_from`.
    """

    wiring: Wiring
    name: str
    role_arn: str
    create: bool = False
    pull_secrets: tuple[str, ...] | None = None
    pull_secrets_from: str = ""

    def __post_init__(self) -> None:
        names.check_service_account(self.name, self.variable)
        names.check_pull_secrets(self.pull_secrets or ())
        if not self.create and (self.pull_secrets is not None or self.pull_secrets_from):
            raise Refused("Pull secrets are for an account that is ours to make: set create as well.")
        if not arns.is_role_arn(self.role_arn):
            raise Refused(
                f"{self.role_arn!r} is not the ARN of an IAM role: STS would refuse it, "
                "and the pods would get no credentials."
            )

    def __str__(self) -> str:
        return f"service account {self.wiring.namespace}/{self.name}"

    @property
    def variable(self) -> str:
        return f"epinio_{self._side}_service_account"

    @property
    def role_variable(self) -> str:
        return f"epinio_{self._side}_role_name"

    @property
    def _side(self) -> str:
        return "staging" if self.create else "server"


def plan(wanted: Wanted, actual: ServiceAccount | None, copied: tuple[str, ...] = ()) -> Plan:
    """The changes that give the account its role. `copied` are the pull secrets of a new account if none are wanted.

    Raises `Refused` for a missing account that is not ours to make, for another wiring's, for a foreign value of the
    annotation, and for an unmarked account in the place of ours that is not what is wanted.
    """
    if actual is None:
        return _creation(wanted, copied if wanted.pull_secrets is None else wanted.pull_secrets)
    mark = actual.mark(wanted.wiring)
    if mark is Mark.ANOTHER_WIRING:
        _refuse_another(wanted, actual)
    after = _changed(wanted, actual, whole=wanted.create and mark is Mark.OURS)
    body = _difference(actual, after)
    if not body:
        return Plan(actual.view(), actual.view(), notices=_found(wanted, mark))
    if mark is Mark.NONE:
        _refuse_foreign(wanted, actual)
    arguments = {"namespace": actual.namespace, "name": actual.name, "body": body, "former": actual.view()}
    summary = f"{_words(wanted, actual, body)} of {wanted}"
    return Plan(actual.view(), after.view(), (Change(summary, "kubernetes.patch_service_account", arguments),))


def _creation(wanted: Wanted, pull_secrets: tuple[str, ...]) -> Plan:
    if not wanted.create:
        raise Refused(
            f"The {wanted} does not exist: check {wanted.variable} and epinio_namespace, and that Epinio is installed."
        )
    account = ServiceAccount(
        wanted.wiring.namespace,
        wanted.name,
        labels={MANAGED_BY: COLLECTION},
        annotations={WIRING: str(wanted.wiring), ROLE_ARN: wanted.role_arn},
        pull_secrets=pull_secrets,
        # Staging runs users' code and never calls the API; the webhook's own token does not depend on this.
        automount_token=False,
    )
    manifest = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": account.name, "labels": account.labels, "annotations": account.annotations},
        "automountServiceAccountToken": account.automount_token,
        "imagePullSecrets": [{"name": name} for name in account.pull_secrets],
    }
    arguments = {"namespace": account.namespace, "manifest": manifest}
    return Plan({}, account.view(), (Change(f"create {wanted}", "kubernetes.create_service_account", arguments),))


def _changed(wanted: Wanted, actual: ServiceAccount, *, whole: bool) -> ServiceAccount:
    """The account as it is to be; `whole` if all of it is ours. Pull secrets that others added are kept."""
    lacking = [name for name in wanted.pull_secrets or () if name not in actual.pull_secrets]
    return replace(
        actual,
        annotations={**actual.annotations, ROLE_ARN: wanted.role_arn},
        pull_secrets=(*actual.pull_secrets, *lacking),
        automount_token=False if whole else actual.automount_token,
    )


def _difference(actual: ServiceAccount, after: ServiceAccount) -> dict[str, Any]:
    """The patch between the two, as a merge or a strategic merge patch: it means the same as either."""
    body: dict[str, Any] = {}
    if actual.role_arn != after.role_arn:
        body["metadata"] = {"annotations": {ROLE_ARN: after.role_arn}}
    if actual.automount_token != after.automount_token:
        body["automountServiceAccountToken"] = after.automount_token
    if actual.pull_secrets != after.pull_secrets:
        body["imagePullSecrets"] = [{"name": name} for name in after.pull_secrets]
    return body


def _words(wanted: Wanted, actual: ServiceAccount, body: dict[str, Any]) -> str:
    said = {
        "metadata": f"set the role {wanted.role_arn}",
        "automountServiceAccountToken": "turn off the API token",
        "imagePullSecrets": "complete the pull secrets",
    }
    words = [said[key] for key in said if key in body]
    if "metadata" in body and actual.role_arn:
        words[0] += f" instead of {actual.role_arn}"
    return " and ".join(words)


def _found(wanted: Wanted, mark: Mark) -> tuple[str, ...]:
    if not wanted.create or mark is Mark.OURS:
        return ()
    return (f"The {wanted} was not made by this collection; it has the role that is wanted and is used as it is.",)


def _refuse_another(wanted: Wanted, actual: ServiceAccount) -> None:
    owner = actual.annotations.get(WIRING, "which it does not name")
    raise Refused(
        f"The {wanted} belongs to another wiring, {owner}: set {wanted.variable} to another name, "
        "or delete it if that wiring is gone."
    )


def _refuse_foreign(wanted: Wanted, actual: ServiceAccount) -> None:
    """Raise `Refused` if an unmarked account must not be changed: its annotation, or all of it, is somebody's."""
    if actual.role_is_ours or (not wanted.create and not actual.role_arn and actual.maker != EKSCTL):
        return
    found = f"was not made by this collection and {' and '.join(_lacking(wanted, actual))}"
    owner = f"{actual.owner[0].upper()}{actual.owner[1:]}"
    raise Refused(f"The {wanted} {found}. {owner}. It is left as it is. {_remedy(wanted, actual)}")


def _lacking(wanted: Wanted, actual: ServiceAccount) -> list[str]:
    """What keeps an unmarked account from being used as it is. Its API token is its maker's business."""
    said = []
    if not actual.role_arn:
        said.append(f"lacks the annotation {ROLE_ARN}: {wanted.role_arn}")
    elif actual.role_arn != wanted.role_arn:
        said.append(f"has the role {actual.role_arn} and not {wanted.role_arn} (annotation {ROLE_ARN})")
    if secrets := [name for name in wanted.pull_secrets or () if name not in actual.pull_secrets]:
        said.append(f"lacks the pull secrets {', '.join(secrets)} (imagePullSecrets)")
    return said


def _remedy(wanted: Wanted, actual: ServiceAccount) -> str:
    if actual.maker == EKSCTL:
        then = (
            f"or set {wanted.variable} to another name"
            if wanted.create
            else "then upgrade Epinio's release, which makes the account anew"
        )
        return f"Let eksctl take away account and role ({eksctl_command(wanted.wiring.cluster, actual)}), {then}."
    if actual.maker == HELM and not wanted.create:
        return "Take the annotation out of the chart's values (serviceAccount.annotations), or of whatever set it."
    if wanted.create:
        return (
            f"To have an account made, set {wanted.variable} to another name, or delete this one if nobody needs it. "
            "To have this one used as it is, give it what it lacks."
        )
    return f"Remove the annotation {ROLE_ARN} if nobody needs it."
