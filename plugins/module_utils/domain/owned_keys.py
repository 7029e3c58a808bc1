# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of the release's values that belong to the wiring, and those of the chart that hold secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.arns import Cluster, is_role_arn
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import Family
from ansible_collections.epinio.aws.plugins.module_utils.domain.names import check_domain
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ROLE_ARN
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Path, Values
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

ANNOTATION: Path = ("serviceAccount", "annotations", ROLE_ARN)
STAGING_ACCOUNT: Path = ("server", "stagingWorkloads", "serviceAccountName")
DOMAIN: Path = ("global", "domain")
BUCKET: Path = ("s3", "bucket")
S3_KEYS: tuple[Path, ...] = (("s3", "accessKeyID"), ("s3", "secretAccessKey"))

# All keys that the wiring owns in any family of the chart.
OWNED: frozenset[Path] = frozenset(
    (
        *(("s3", key) for key in ("endpoint", "bucket", "region", "useSSL", "certificateSecret")),
        *S3_KEYS,
        *((store, "enabled") for store in ("minio", "seaweedfs", "s3gw")),
        *(STAGING_ACCOUNT, ANNOTATION, DOMAIN),
    )
)
# Those that say where sources are.
OF_STORE = OWNED - {STAGING_ACCOUNT, ANNOTATION, DOMAIN}
# The ways of wiring, and of all the keys those that belong to one alone: the others go back with the last way that is
# taken down. With the nodes' roles Epinio needs nothing but an S3 without keys.
IRSA, INSTANCE_PROFILE = "irsa", "instance_profile"
OF_MODE: Mapping[str, frozenset[Path]] = {
    IRSA: frozenset((STAGING_ACCOUNT, ANNOTATION)),
    INSTANCE_PROFILE: frozenset(),
}
# Where a user would rather set the key; the others are what an external S3 without keys needs, whatever is wanted.
_INSTEAD = {
    ("s3", "bucket"): "set epinio_bucket",
    ("s3", "region"): "set epinio_region",
    STAGING_ACCOUNT: "set epinio_staging_service_account",
    ANNOTATION: "set epinio_server_role_name",
    DOMAIN: "set epinio_domain",
}
# Of Epinio's chart 1.13 and its sub-charts (MinIO, SeaweedFS, s3gw, dex), wherever in the values they stand.
_SECRET_NAMES = frozenset(
    (
        *("accessKey", "accessKeyID", "secretKey", "secretAccessKey", "rootUser", "rootPassword"),
        *("password", "passwordBcrypt", "adminPassword", "epinioPassword", "registryPassword", "clientSecret"),
    )
)
_SECRET_PATHS = frozenset(
    (("dex", "ui", "secret"), *(("certManager", part, "key") for part in ("registry", "epinio", "dex", "s3")))
)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.ASCII)


@dataclass(frozen=True)
class Settings:
    """What the wiring puts into the release. `endpoint` is a host without scheme; an empty `domain` leaves it alone.

    `role_arn` and `staging_service_account` are IRSA's.
    """

    bucket: str
    endpoint: str
    region: str
    role_arn: str = ""
    staging_service_account: str = ""
    domain: str = ""
    mode: str = IRSA

    def __post_init__(self) -> None:
        if self.mode == IRSA and not is_role_arn(self.role_arn):
            raise Refused(f"{self.role_arn!r} is not the ARN of an IAM role: STS would refuse it.")
        if self.domain:
            check_domain(self.domain)


def s3_endpoint(given: str | None, cluster: Cluster, region: str) -> str:
    """The S3 endpoint as Epinio takes it, by default the region's. Raises `Refused` for anything but a host."""
    endpoint = given or f"s3.{region}.{cluster.dns_suffix}"
    if not _HOST.fullmatch(endpoint):
        raise Refused(
            f"The S3 endpoint is {endpoint!r}: Epinio takes a host, with a port if need be, without scheme or path."
        )
    return endpoint


def owned(settings: Settings, family: Family) -> dict[Path, Any]:
    """The keys that the wiring owns in the values of a chart of this family, with the values that it gives them."""
    keys: dict[Path, Any] = {
        ("s3", "endpoint"): settings.endpoint,
        ("s3", "bucket"): settings.bucket,
        ("s3", "region"): settings.region,
        **dict.fromkeys(S3_KEYS, ""),
        ("s3", "useSSL"): True,
        # With a certificate the server trusts that one authority only, so every call to AWS fails (s3manager.go).
        ("s3", "certificateSecret"): "",
        **{helm.path(store): False for store in family.bundled_stores},
    }
    if settings.mode == IRSA:
        keys[STAGING_ACCOUNT] = settings.staging_service_account
        if family.annotations_in_values:
            keys[ANNOTATION] = settings.role_arn
    if settings.domain:
        keys[DOMAIN] = settings.domain
    return keys


def refuse_conflicts(variable: str, given: Values, keys: Mapping[Path, Any]) -> None:
    """Raise `Refused` where the user's values, given by `variable`, give a key of ours another value."""
    for keys_path, value in keys.items():
        for depth in range(1, len(keys_path)):
            above = helm.get(given, keys_path[:depth])
            if above is not ABSENT and not isinstance(above, Mapping):
                raise Refused(
                    f"{variable} replaces {helm.dotted(keys_path[:depth])} as a whole, but {helm.dotted(keys_path)} "
                    "belongs to the wiring: give the single keys below it."
                )
        found = helm.get(given, keys_path)
        if found is not ABSENT and not helm.equal(found, value):
            instead = _INSTEAD.get(keys_path, f"it has to be {value!r} for S3 with IAM")
            raise Refused(f"{variable} sets {helm.dotted(keys_path)}, which belongs to the wiring: {instead}.")


def refuse_secrets(given: Values) -> None:
    """Raise `Refused` for a secret of the chart in `epinio_values`, which Ansible would show."""
    for keys_path in secret_paths(given):
        raise Refused(
            f"epinio_values sets {helm.dotted(keys_path)}, which is a secret of Epinio's chart: "
            "put it into epinio_secret_values, which never shows."
        )


def secret_paths(given: Values) -> list[Path]:
    """Paths of the chart's secrets that the values set; elements of lists are told apart by their number."""
    return [found for found, value in _scalars(given) if value not in ("", None) and _is_secret(found)]


def _is_secret(keys_path: Path) -> bool:
    return keys_path[-1] in _SECRET_NAMES or keys_path in _SECRET_PATHS


def _scalars(value: Any, above: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _scalars(inner, (*above, str(key)))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _scalars(inner, (*above, str(number)))
    else:
        yield above, value
