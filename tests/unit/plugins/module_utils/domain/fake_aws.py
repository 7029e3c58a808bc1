"""The proof's script, run by a real shell with a command `aws` that answers from a table."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import Endpoint
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Identity, Probe, positive
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_answers import Said, parsed
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_script import Script, session

ROLE = "arn:aws:iam::111122223333:role/team/epinio-server-role"
CALLER = "arn:aws:sts::111122223333:assumed-role/epinio-server-role/botocore-session-1"
ENDPOINTS = {
    Identity.SERVER: Endpoint("https://s3.dualstack.us-east-1.amazonaws.com", "virtual"),
    Identity.STAGING: Endpoint("https://s3.us-east-1.amazonaws.com", "path"),
}
PROBES = positive("sources", ".probe/key", documented=False)
# Each call is a line in the log. What is in `<operation>.<n>` is the failure of its n-th call, in `<operation>` of all.
FAKE = r"""#!/bin/sh
style=-
if [ -n "$AWS_CONFIG_FILE" ]; then
  while read -r name _ value; do [ "$name" != addressing_style ] || style=$value; done < "$AWS_CONFIG_FILE"
fi
printf '%s %s\n' "$style" "$*" >> "$FAKE/log"
count=1
while [ -e "$FAKE/$2.count.$count" ]; do count=$((count + 1)); done
: > "$FAKE/$2.count.$count"
for failure in "$FAKE/$2.$count" "$FAKE/$2"; do
  if [ -e "$failure" ]; then cat "$failure" >&2; exit 254; fi
done
[ ! -e "$FAKE/$2.slow" ] || sleep 2
case $2 in
  get-caller-identity) echo "$CALLER" ;;
  put-object) echo "${VERSION:-None}" ;;
  create-multipart-upload) echo upload-1 ;;
  upload-part) echo '"tag-1"' ;;
esac
"""


def denied(operation: str, why: str = "because no identity-based policy allows the s3:Some action") -> str:
    """As the AWS CLI says it, in full length."""
    resource = f"arn:aws:s3:::{'b' * 63}/.epinio-aws-probe/{'0' * 32}"
    return (
        f"\nAn error occurred (AccessDenied) when calling the {operation} operation: User: {CALLER} is not authorized "
        f'to perform: s3:{operation} on resource: "{resource}" {why}\n'
    )


def error(operation: str, code: str, reason: str) -> str:
    return f"\naws: [ERROR]: An error occurred ({code}) when calling the {operation} operation: {reason}\n"


@dataclass(frozen=True)
class FakeAws:
    """A folder with the command, its log, and the home of the script."""

    folder: Path
    shell: str

    @classmethod
    def made(cls, folder: Path, shell: str) -> FakeAws:
        for name in ("bin", "home"):
            (folder / name).mkdir()
        command = folder / "bin" / "aws"
        command.write_text(FAKE, encoding="utf-8")
        command.chmod(0o755)
        return cls(folder, shell)

    def fails(self, operation: str, text: str, *calls: int) -> None:
        """The operation fails with this text on standard error: the n-th calls, or all."""
        for name in [f"{operation}.{call}" for call in calls] or [operation]:
            (self.folder / name).write_text(text, encoding="utf-8")

    def start(
        self, probes: tuple[Probe, ...] = PROBES, environment: Mapping[str, str] | None = None, **settings: object
    ) -> subprocess.Popen[bytes]:
        given = {
            "session": session(ROLE),
            "region": "us-east-1",
            "sts_url": "https://sts.us-east-1.amazonaws.com",
            "web_identity": False,
            "written": False,
            "patience": 0,
            **settings,
        }
        script = Script(probes=probes, endpoints=ENDPOINTS, **given)  # type: ignore[arg-type]  # named above
        variables = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "ANSWERS": str(self.folder / "answers"),
            "FAKE": str(self.folder),
            "CALLER": CALLER,
            **(environment or {}),
        }
        return subprocess.Popen([self.shell, "-c", str(script)], env=variables, cwd=self.folder)

    def run(
        self, probes: tuple[Probe, ...] = PROBES, environment: Mapping[str, str] | None = None, **settings: object
    ) -> Said:
        """What the script said when it had ended well."""
        with self.start(probes, environment, **settings) as started:
            assert started.wait(60) == 0
        return parsed(self.message)

    @property
    def message(self) -> str:
        return (self.folder / "answers").read_text(encoding="utf-8")

    @property
    def log(self) -> list[str]:
        """Addressing style and arguments of each call."""
        path = self.folder / "log"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    @property
    def operations(self) -> list[str]:
        return [line.split()[2] for line in self.log]
