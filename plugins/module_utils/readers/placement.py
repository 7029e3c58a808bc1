# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Epinio's pods ask of the nodes that they run on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.scheduling import Pods, pods
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import SERVER
from ansible_collections.epinio.aws.plugins.module_utils.readers.epinio import read_server_deployment
from ansible_collections.epinio.aws.plugins.module_utils.readers.stage_scripts import read_staging_values

# internal/api/v1/application/stage.go of Epinio, newJobRun.
_OF_EACH_JOB = (
    "app.kubernetes.io/name",
    "app.kubernetes.io/part-of",
    "epinio.io/stage-id",
    "epinio.io/previous-stage-id",
    "epinio.io/blob-uid",
)
_STAGING = {
    "app.kubernetes.io/managed-by": "epinio",
    "app.kubernetes.io/component": "staging",
    **dict.fromkeys(_OF_EACH_JOB),
}


@dataclass(frozen=True)
class Placement:
    """The kinds of pods that Epinio has, and what to say about those that could not be read."""

    pods: tuple[Pods, ...]
    notices: tuple[str, ...] = ()


def read_placement(api_client: Any, namespace: str) -> Placement:
    """Epinio's server and its staging jobs, in two calls. A server that is not there may come to any node."""
    found = read_server_deployment(api_client, namespace)
    template = found["spec"]["template"] if found else {"spec": {}}
    labels = (template.get("metadata") or {}).get("labels") or {}
    wanted = [replace(pods(template["spec"]), kind="server", namespace=namespace, labels=labels)]
    notices = [] if found else [f"There is no Deployment {SERVER} in namespace {namespace}: its pods may run anywhere."]
    for name, values in read_staging_values(api_client, namespace).items():
        try:
            if values is None:
                raise ValueError("it is no JSON object")
            wanted.append(replace(pods(values), kind="staging jobs", namespace=namespace, labels=_STAGING))
        except ValueError as error:
            notices.append(
                f"The staging-values.json of ConfigMap {name} cannot be read ({error}), by Epinio neither: "
                "no job of it runs, and none is counted with."
            )
    return Placement(tuple({repr(one): one for one in wanted}.values()), tuple(notices))
