"""What the pod identity webhook adds to a pod. Pure.

After Amazon's amazon-eks-pod-identity-webhook (pkg/handler/handler.go, pkg/cache/cache.go), web identity only:
associations of EKS Pod Identity are not known here.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import csv
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.rest import Json

DOMAIN = "eks.amazonaws.com"
# Go's `$` is the end of the text, Python's is also before a last newline.
ROLE_ARN = re.compile(r"^arn:aws[a-z0-9-]*:iam::\d{12}:role/[\w\-/.@+=,]+\Z", re.ASCII)
VOLUME = "aws-iam-token"
MOUNT_PATH = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
TOKEN = "token"
DEFAULT_AUDIENCE = "sts.amazonaws.com"
DEFAULT_EXPIRATION, MINIMUM_EXPIRATION, MAXIMUM_EXPIRATION = 86400, 600, 86400
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identity:
    """What an annotated service account asks for. `expiration` in seconds."""

    role_arn: str
    audience: str = DEFAULT_AUDIENCE
    regional_sts: bool = True
    expiration: int = DEFAULT_EXPIRATION


def identity(account: Json) -> Identity | None:
    """The identity that a service account's annotations ask for; None without a (well-formed) role."""
    annotations: Mapping[str, str] = account["metadata"].get("annotations") or {}
    arn = annotations.get(f"{DOMAIN}/role-arn")
    if not arn:
        return None
    if not ROLE_ARN.match(arn):
        name = f"{account['metadata']['namespace']}/{account['metadata']['name']}"
        LOG.warning("%s: %s/role-arn is no role's ARN, ignored: %r", name, DOMAIN, arn)
        return None
    return Identity(
        arn,
        annotations.get(f"{DOMAIN}/audience") or DEFAULT_AUDIENCE,
        _boolean(annotations.get(f"{DOMAIN}/sts-regional-endpoints"), True),
        _expiration(annotations.get(f"{DOMAIN}/token-expiration"), DEFAULT_EXPIRATION),
    )


def patch(pod: Json, wanted: Identity, region: str) -> list[Json]:
    """The JSON patch (RFC 6902) that gives the pod that identity: environment, mounts, the projected token."""
    spec = pod["spec"]
    skipped = _skipped(pod)
    operations = [] if VOLUME in _names(spec.get("volumes")) else [_add_volume(spec, _volume(pod, wanted))]
    for kind in ("containers", "initContainers"):
        if spec.get(kind):
            containers = [
                container if container["name"] in skipped else _with_identity(container, wanted, region)
                for container in spec[kind]
            ]
            operations.append({"op": "add", "path": f"/spec/{kind}", "value": containers})
    return operations


def _with_identity(container: Json, wanted: Identity, region: str) -> Json:
    """Each group of variables is added as a whole, unless the container already sets one of the group."""
    groups = (
        {"AWS_STS_REGIONAL_ENDPOINTS": "regional"} if wanted.regional_sts else {},
        {"AWS_DEFAULT_REGION": region, "AWS_REGION": region},
        {"AWS_ROLE_ARN": wanted.role_arn, "AWS_WEB_IDENTITY_TOKEN_FILE": f"{MOUNT_PATH}/{TOKEN}"},
    )
    environment = container.get("env") or []
    present = _names(environment)
    # Amazon's looks at the regional endpoints' variable even where it would not add it.
    if all(present & group.keys() for group in ({"AWS_STS_REGIONAL_ENDPOINTS": ""}, *groups[1:])):
        return container
    added = [
        {"name": name, "value": value}
        for group in groups
        if not present & group.keys()
        for name, value in group.items()
    ]
    mounts = container.get("volumeMounts") or []
    if VOLUME not in _names(mounts):
        mounts = [*mounts, {"name": VOLUME, "readOnly": True, "mountPath": MOUNT_PATH}]
    return {**container, "env": [*environment, *added], "volumeMounts": mounts}


def _volume(pod: Json, wanted: Identity) -> Json:
    annotations = pod["metadata"].get("annotations") or {}
    seconds = _expiration(annotations.get(f"{DOMAIN}/token-expiration"), wanted.expiration)
    token = {"audience": wanted.audience, "expirationSeconds": seconds, "path": TOKEN}
    return {"name": VOLUME, "projected": {"sources": [{"serviceAccountToken": token}]}}


def _add_volume(spec: Json, volume: Json) -> Json:
    if spec.get("volumes"):
        return {"op": "add", "path": "/spec/volumes/0", "value": volume}
    return {"op": "add", "path": "/spec/volumes", "value": [volume]}


def _skipped(pod: Json) -> set[str]:
    listed = (pod["metadata"].get("annotations") or {}).get(f"{DOMAIN}/skip-containers", "")
    return set(next(csv.reader([listed]), []))


def _names(items: list[Json] | None) -> set[str]:
    return {item["name"] for item in items or []}


def _expiration(text: str | None, default: int) -> int:
    """An invalid number means the default; AWS accepts tokens of ten minutes to one day."""
    if text is None:
        return default
    try:
        return min(max(int(text), MINIMUM_EXPIRATION), MAXIMUM_EXPIRATION)
    except ValueError:
        LOG.warning("token-expiration is no number, %d s instead: %r", default, text)
        return default


def _boolean(text: str | None, default: bool) -> bool:
    """As Go's strconv.ParseBool; anything else means the default."""
    known = dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True)
    known.update(dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False))
    return known.get(text or "", default)
