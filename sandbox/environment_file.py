"""The environment in which tools talk to the sandbox and to nothing else: variables, and `env` for shells."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import fnmatch
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from sandbox import build
from sandbox.settings import Settings
from sandbox.stand_in import Keys
from tools import environments
from tools.cache import REPOSITORY

FILE = "env"
CONFIG_FILES = ("aws-config", "aws-credentials")
# Anything of these would send calls elsewhere, or as somebody else.
UNSET = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CA_BUNDLE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_ENDPOINT_URL_*",
    "AWS_CONTAINER_*",
    "K8S_AUTH_*",
    "HELM_KUBE*",
    "HELM_NAMESPACE",
    "HELM_DRIVER",
)
LOOPBACK = "127.0.0.1,localhost"


def variables(folder: Path, settings: Settings, keys: Keys) -> dict[str, str]:
    """Every variable but `PATH`, by name."""
    config, credentials = (str(folder / name) for name in CONFIG_FILES)
    return {
        "KUBECONFIG": str(folder / "kubeconfig"),
        "AWS_ENDPOINT_URL": settings.aws_endpoint,
        "AWS_URL": settings.aws_endpoint,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
        "AWS_CONFIG_FILE": config,
        "AWS_SHARED_CREDENTIALS_FILE": credentials,
        "AWS_EC2_METADATA_DISABLED": "true",
        "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
        "EPINIO_CHART_REPO": settings.chart_repository,
        # helm would leave an index of this repository in the user's cache, one for every port.
        **{f"HELM_{kind}_HOME": str(folder / "helm" / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")},
        # A proxy has no way to this machine's loopback.
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
    }


def shell_text(exported: Mapping[str, str], programs: Path) -> str:
    """Lines for `. env`, in any POSIX shell, also under `set -eu`, also twice."""
    plain = [name for name in UNSET if "*" not in name]
    patterns = [f"-e 's/^\\({name[:-1]}[A-Za-z0-9_]*\\)=.*/\\1/p'" for name in UNSET if "*" in name]
    path = shlex.quote(str(programs))
    return "\n".join(
        [
            "# Source this file: . env",
            f"unset {' '.join(plain)}",
            f'for _name in $(env | sed -n {" ".join(patterns)}); do unset "$_name"; done',
            "unset _name",
            *(f"export {name}={shlex.quote(value)}" for name, value in exported.items()),
            f'case ":$PATH:" in *:{path}:*) ;; *) export PATH={path}:"$PATH" ;; esac',
            "",
        ]
    )


def applied(base: Mapping[str, str], exported: Mapping[str, str], programs: Path) -> dict[str, str]:
    """The environment that a shell would have after sourcing the file."""
    kept = {name: value for name, value in base.items() if not any(fnmatch.fnmatchcase(name, unset) for unset in UNSET)}
    return {**kept, **exported, "PATH": f"{programs}{os.pathsep}{base['PATH']}"}


def prepare(folder: Path, helm: int) -> None:
    """Makes what the variables point to: empty AWS files, `bin` with the tools, `collections` with the three."""
    for name in CONFIG_FILES:
        (folder / name).write_text("", encoding="ascii")
    tools = sorted((environments.environment("dev") / "bin").glob("ansible*"))
    built = build.programs()
    _links(folder / "bin", [*tools, built / "kubectl", built / f"helm{helm}" / "helm"])
    theirs = environments.collections()
    tree = folder / "collections" / "ansible_collections"
    _links(tree, [theirs / "amazon", theirs / "kubernetes"])
    (tree / "epinio").mkdir(exist_ok=True)
    _link(tree / "epinio" / "aws", REPOSITORY)


def _links(folder: Path, targets: list[Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for target in targets:
        _link(folder / target.name, target)


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)
