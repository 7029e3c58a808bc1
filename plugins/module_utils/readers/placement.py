# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Epinio's pods ask of the nodes that they run on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.scheduling import Pods, pods
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import SERVER
from ansible_collections.epinio.aws.plugins.module_utils.readers.epinio import read_server_deployment
from ansible_collections.epinio.aws.plugins.module_utils.readers.stage_scripts import read_staging_values


@dataclass(frozen=True)
class Placement:
    """The kinds of pods that Epinio has, and what to say about those that could not be read."""

    pods: tuple[Pods, ...]
    notices: tuple[str, ...] = ()


def read_placement(api_client: Any, namespace: str) -> Placement:
    """Epinio's server and its staging jobs, in two calls. A server that is not there may come to any node."""
    found = read_server_deployment(api_client, namespace)
    wanted = [pods(found["spec"]["template"]["spec"]) if found else Pods()]
    notices = [] if found else [f"There is no Deployment {SERVER} in namespace {namespace}: its pods may run anywhere."]
    for name, values in read_staging_values(api_client, namespace).items():
        try:
            if values is None:
                raise ValueError("it is no JSON object")
            wanted.append(pods(values))
        except ValueError as error:
            notices.append(
                f"The staging-values.json of ConfigMap {name} cannot be read ({error}), by Epinio neither: "
                "no job of it runs, and none is counted with."
            )
    return Placement(tuple({repr(one): one for one in wanted}.values()), tuple(notices))
