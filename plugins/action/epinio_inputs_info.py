# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert and judge a role's variables, before anything else of a play: no call is made, and no SDK is loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader
from ansible_collections.epinio.aws.plugins.module_utils.domain import input_checks, inputs
from ansible_collections.epinio.aws.plugins.module_utils.domain.near_misses import near_misses
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.modules.epinio_inputs_info import SPEC
from ansible_collections.epinio.aws.plugins.plugin_utils import role_specs
from ansible_collections.epinio.aws.plugins.plugin_utils.resolved import plain

try:
    from ansible.errors import AnsibleValueOmittedError as Omitted
except ImportError:  # ansible-core before 2.19 has a text for it

    class Omitted(Exception):  # type: ignore[no-redef]
        """Nobody raises it."""


# Where the playbooks run is decided before any role, so it is no role's variable.
_HOSTS = "epinio_hosts"
# Weaker than options, so a user's module_defaults win.
_ENVIRONMENT = {
    "epinio_region": "AWS_REGION",
    "epinio_kubeconfig": "K8S_AUTH_KUBECONFIG",
    "epinio_context": "K8S_AUTH_CONTEXT",
}
# What tells one cluster, account and Epinio from another.
_WHERE = tuple(
    f"epinio_{name}"
    for name in ("account_id", "bucket", "cluster_name", "context", "kubeconfig", "namespace", "region", "release")
)
# Set by the playbooks of this collection.
_OUR_PLAYBOOK = "__epinio_playbook"


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible has no types
    """The action of epinio_inputs_info."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The variables as they are meant. Fails with all that is wrong with them."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _own, asked = self.validate_argument_spec(argument_spec=SPEC)
        variables = task_vars or {}
        try:
            given, faults = self._given(asked["role"], asked["entry"], variables)
        except Refused as refused:
            return {**result, "failed": True, "msg": str(refused)}
        if faults:
            return {**result, "failed": True, "msg": "\n".join(faults)}
        shown = {name: value for name, value in given.items() if name not in role_specs.SECRET}
        found = {"changed": False, "variables": shown, "environment": _environment(shown)}
        # A secret that stands in another variable by mistake is refused only later. ansible-core 2.17 takes the task's
        # own no_log only, which would hide what is refused; its default callback obeys the other mark.
        return {**result, **found, "_ansible_no_log": True, "_ansible_verbose_override": True}

    def _given(self, role: str, entry: str, variables: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        given: dict[str, Any] = {}
        required = role_specs.required(role, entry)
        faults = [*(self._of_hosts(variables) if variables.get(_OUR_PLAYBOOK) else ()), *_of_names(variables)]
        for name, option in role_specs.options().items():
            try:
                value = inputs.converted(name, option, self._value(name, option, variables), role_specs.parse)
            except Refused as refused:
                faults.append(str(refused))
                continue
            if value is not inputs.NOT_GIVEN:
                given[name] = value
            elif name in role_specs.defaults():
                given[name] = role_specs.defaults()[name]
            elif name in required:
                faults.append(f"{name} is not given: it is required.")
        return given, [*faults, *input_checks.faults(role, entry, given)]

    def _value(self, name: str, option: inputs.Option, variables: Mapping[str, Any]) -> Any:
        """What a variable holds once its templates are resolved; null for one that nobody has set."""
        if name not in variables:
            return None
        try:
            found = plain(self._templar.template(variables[name]))
        except Omitted:
            return None
        except AnsibleError as error:
            reason = "" if option.hidden else f": {error}"
            raise Refused(f"{name} holds a template that cannot be resolved{reason}") from error
        return None if found == variables.get("omit") else found

    def _of_hosts(self, variables: Mapping[str, Any]) -> Iterator[str]:
        """Whether the play runs where its user wants it to."""
        here = variables["inventory_hostname"]
        wanted = self._templar.template(variables.get(_HOSTS))
        if wanted:
            lookup = lookup_loader.get(
                "ansible.builtin.inventory_hostnames", loader=self._loader, templar=self._templar
            )
            patterns = wanted if isinstance(wanted, list) else [wanted]
            if here not in patterns and here not in lookup.run(patterns, variables=variables):
                yield (
                    f"{_HOSTS} is set to '{wanted}', which does not choose {here}. Ansible reads the hosts of a play "
                    f"before the inventory's variables: give {_HOSTS} on the command line (-e {_HOSTS}=…), not in the "
                    "inventory."
                )
        elif "ansible_limit" not in variables:
            yield from _of_inventory(here, variables)


def _of_inventory(here: str, variables: Mapping[str, Any]) -> Iterator[str]:
    """Other hosts that describe clusters of their own, where nobody says which are meant."""
    ours = _described(variables, here)
    others = [
        name
        for name in variables["groups"]["all"]
        if name != here and _described(variables, name).items() - ours.items()
    ]
    if others:
        yield (
            f"This run is about {here} only, and the inventory has hosts with clusters of their own "
            f"({', '.join(others[:10])}{' and more' if len(others) > 10 else ''}). Say which are meant: "
            f"-e {_HOSTS}=all for all of them, -e {_HOSTS}={here} for {here}, or --limit."
        )


def _described(variables: Mapping[str, Any], host: str) -> dict[str, Any]:
    """Which cluster and Epinio a host's variables are about; templates, which can differ for each host, resolved.

    A template that cannot be resolved says nothing: it may be in the variables of all hosts, and meant for another.
    """
    raw, found = variables["hostvars"].raw_get(host), {}
    for name in _WHERE:
        value = raw.get(name)
        if isinstance(value, str) and "{{" in value:
            try:
                value = variables["hostvars"][host][name]
            except (AnsibleError, KeyError):
                continue
        if value not in (None, ""):
            found[name] = str(plain(value)).strip()
    return found


def _of_names(variables: Mapping[str, Any]) -> Iterator[str]:
    known = {name: option.type for name, option in role_specs.options().items()}
    for name, meant in near_misses(variables, {_HOSTS: "list", **known}):
        yield f"{name} is no variable of this collection: {meant} is. Correct its name, or give it one of your own."


def _environment(given: Mapping[str, Any]) -> dict[str, str]:
    """How the modules of a role reach AWS and the cluster, as environment variables."""
    found = {variable: given[name] for name, variable in _ENVIRONMENT.items() if name in given}
    if "K8S_AUTH_KUBECONFIG" in found:
        parts = os.path.expandvars(found["K8S_AUTH_KUBECONFIG"]).split(os.pathsep)
        found["K8S_AUTH_KUBECONFIG"] = os.pathsep.join(map(os.path.expanduser, parts))
    return found
