"""What a container of a pod is as a process. Pure."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox import pod_environment, pod_paths
from sandbox.pod_environment import Read
from sandbox.pod_process import Command
from sandbox.rest import Json

# As in an image that says nothing else.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Nothing can be made below it, whoever this process is: as below `/` for a user that the image does not know.
UNWRITABLE_HOME = "/dev/null"


def command(
    pod: Json, container: Json, folder: Path, read: Read, programs: Path, way_out: Mapping[str, str]
) -> Command:
    """The process of a container.

    - `folder`: the pod's
    - `programs`: folder of the programs that this machine may not have
    - `way_out`: variables that lead to the proxy

    The home folder is a mount of the pod's or unwritable: no pod writes anywhere else on this machine for the AWS CLI.
    """
    given = pod_environment.environment(pod, container, read)
    known = pod_paths.places(container, folder)
    variables = {
        "PATH": f"{programs}:{PATH}",
        "HOSTNAME": pod["metadata"]["name"],
        **{name: pod_paths.rewritten(value, known) for name, value in given.items()},
        **way_out,
    }
    if not Path(variables.get("HOME", UNWRITABLE_HOME)).is_relative_to(folder):
        variables["HOME"] = UNWRITABLE_HOME
    asked = Path(pod_paths.rewritten(container.get("workingDir", ""), known))
    return Command(
        [pod_paths.rewritten(word, known) for word in pod_environment.command(container, given)],
        variables,
        asked if asked.is_relative_to(folder) else pod_paths.work_folder(folder, container["name"]),
        pod_paths.log_file(folder, container["name"]),
    )
