"""What the pod identity webhook adds to a pod. Pure.

After Amazon's amazon-eks-pod-identity-webhook (pkg/handler/handler.go, pkg/cache/cache.go, main.go). Left out: it
shortens the default expiration of Pod Identity tokens by a random part, up to two hours.
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
DEFAULT_AUDIENCE = "sts.amazonaws.com"
DEFAULT_EXPIRATION, MINIMUM_EXPIRATION, MAXIMUM_EXPIRATION = 86400, 600, 86400
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identity:
    """What a service account's annotations ask for; without a role it is empty. `expiration` in seconds."""

    role_arn: str = ""
    audience: str = DEFAULT_AUDIENCE
    regional_sts: bool = True
    expiration: int = DEFAULT_EXPIRATION


@dataclass(frozen=True)
class Credentials:
    """How containers come by credentials: variables, and a token for `audience` in a volume.

    `labels` are the pod's; `expiration` in seconds.
    """

    variables: Mapping[str, str]
    volume: str
    mount_path: str
    token: str
    audience: str
    regional_sts: bool
    expiration: int
    labels: Mapping[str, str]


def identity(account: Json) -> Identity:
    """What a service account's annotations ask for. A malformed role is taken as it is, with a warning."""
    annotations: Mapping[str, str] = account["metadata"].get("annotations") or {}
    arn = annotations.get(f"{DOMAIN}/role-arn") or ""
    if arn and not ROLE_ARN.match(arn):
        name = f"{account['metadata']['namespace']}/{account['metadata']['name']}"
        LOG.warning("%s: %s/role-arn is no role's ARN: %r", name, DOMAIN, arn)
    return Identity(
        arn,
        annotations.get(f"{DOMAIN}/audience") or DEFAULT_AUDIENCE,
        _boolean(annotations.get(f"{DOMAIN}/sts-regional-endpoints"), True),
        _expiration(annotations.get(f"{DOMAIN}/token-expiration"), DEFAULT_EXPIRATION),
    )


def credentials(known: Identity | None, *, associated: bool) -> Credentials | None:
    """What pods of an account get, None if nothing: an association's role, in preference to that of the annotation.

    `known` is None for an account that the webhook has not heard of yet.
    """
    if associated:
        return container_credentials(known or Identity(regional_sts=False))
    return web_identity(known) if known and known.role_arn else None


def web_identity(wanted: Identity) -> Credentials:
    """The role of the annotation, by a token for STS."""
    mount_path, token = "/var/run/secrets/eks.amazonaws.com/serviceaccount", "token"
    return Credentials(
        {"AWS_ROLE_ARN": wanted.role_arn, "AWS_WEB_IDENTITY_TOKEN_FILE": f"{mount_path}/{token}"},
        volume="aws-iam-token",
        mount_path=mount_path,
        token=token,
        audience=wanted.audience,
        regional_sts=wanted.regional_sts,
        expiration=wanted.expiration,
        labels={},
    )


def container_credentials(wanted: Identity) -> Credentials:
    """The role of an association, by a token for the agent on the node; of the annotations two are still heeded."""
    mount_path, token = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount", "eks-pod-identity-token"
    return Credentials(
        {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": f"{mount_path}/{token}",
        },
        volume=token,
        mount_path=mount_path,
        token=token,
        audience="pods.eks.amazonaws.com",
        regional_sts=wanted.regional_sts,
        expiration=wanted.expiration,
        labels={f"{DOMAIN}/pod-identity": "enabled"},
    )


def patch(pod: Json, wanted: Credentials, region: str) -> list[Json]:
    """The JSON patch (RFC 6902) that gives the pod those credentials: environment, mounts, the projected token."""
    spec = pod["spec"]
    skipped = _skipped(pod)
    operations = [_add_labels(pod, wanted.labels)] if wanted.labels else []
    if wanted.volume not in _names(spec.get("volumes")):
        operations.append(_add_volume(spec, _volume(pod, wanted)))
    for kind in ("containers", "initContainers"):
        if spec.get(kind):
            containers = [
                container if container["name"] in skipped else _with_credentials(container, wanted, region)
                for container in spec[kind]
            ]
            operations.append({"op": "add", "path": f"/spec/{kind}", "value": containers})
    return operations


def _with_credentials(container: Json, wanted: Credentials, region: str) -> Json:
    """Each group of variables is added as a whole, unless the container already sets one of the group."""
    groups = (
        {"AWS_STS_REGIONAL_ENDPOINTS": "regional"} if wanted.regional_sts else {},
        {"AWS_DEFAULT_REGION": region, "AWS_REGION": region},
        wanted.variables,
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
    if wanted.volume not in _names(mounts):
        mounts = [*mounts, {"name": wanted.volume, "readOnly": True, "mountPath": wanted.mount_path}]
    return {**container, "env": [*environment, *added], "volumeMounts": mounts}


def _volume(pod: Json, wanted: Credentials) -> Json:
    annotations = pod["metadata"].get("annotations") or {}
    seconds = _expiration(annotations.get(f"{DOMAIN}/token-expiration"), wanted.expiration)
    token = {"audience": wanted.audience, "expirationSeconds": seconds, "path": wanted.token}
    return {"name": wanted.volume, "projected": {"sources": [{"serviceAccountToken": token}]}}


def _add_labels(pod: Json, labels: Mapping[str, str]) -> Json:
    return {"op": "add", "path": "/metadata/labels", "value": {**(pod["metadata"].get("labels") or {}), **labels}}


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
