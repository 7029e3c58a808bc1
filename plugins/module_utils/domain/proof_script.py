# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell script that makes the calls of the proof inside a pod and leaves its answers in a file.

Nothing but `sh`, `cat`, `sleep` and the AWS CLI, version 1 or 2, is assumed: Epinio's image has no more. All paths come
from the environment: `HOME`, which can be written to, and `ANSWERS`, the container's termination message. Kubernetes
keeps 4096 bytes of it (https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/).

The answers, a line each (`proof_answers` reads them):

    who ok <ARN of the session>      or: who <code> <reason>
    <index of the call> ok [versioned]      or: <index of the call> <code> <reason>
    end
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import Endpoint
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Identity, Probe
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_script_text import CALLS, FRAME


@dataclass(frozen=True)
class Script:
    """What a pod is to do.

    `session` is the beginning of the ARN that the pod's session must have: no call is made by anybody else.
    `web_identity`: it comes by a token of the service account, not from the node. `written`: the object is there.
    `patience` is how many seconds the refusals together may take to pass.
    """

    probes: tuple[Probe, ...]
    endpoints: Mapping[Identity, Endpoint]
    session: str
    region: str
    sts_url: str
    web_identity: bool
    written: bool
    patience: int

    def __str__(self) -> str:
        settings = {
            "session": self.session,
            "region": self.region,
            "sts_url": self.sts_url,
            "web_identity": _word(self.web_identity),
            "written": _word(self.written),
            "patience": str(self.patience),
        }
        given = [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
        return "\n".join((*given, FRAME, CALLS, "become", *self._asked(), "say end", ""))

    def _asked(self) -> Iterator[str]:
        for index, probe in enumerate(self.probes):
            endpoint = self.endpoints[probe.identity]
            flags = [_word(flag) for flag in (probe.allowed, probe.lenient, probe.reads)]
            where = [probe.bucket, probe.key, endpoint.url, endpoint.addressing]
            yield shlex.join(["probe", str(index), *flags, probe.call, *where])


def session(role_arn: str) -> str:
    """The beginning of the ARN of a role's sessions, which lacks the role's path.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
    """
    _arn, partition, _iam, _region, account, resource = role_arn.split(":", 5)
    return f"arn:{partition}:sts::{account}:assumed-role/{resource.rsplit('/', 1)[-1]}/"


def _word(flag: bool) -> str:
    return "yes" if flag else "no"
