# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the release should be once its wiring is taken back: the recorded values of our keys, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import manifests, owned_keys, stores
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import (
    Family,
    closest,
    server_version,
    version,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import DEPLOYED, DESCRIPTION
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import IRSA
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Path, Values
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import (
    OLD_DETAILS,
    Actual,
    Request,
    Target,
    reasons_of_values,
)

# The other ways on where a release cannot be given back.
WAYS_ON = (
    "Set epinio_teardown_release=keep to leave the release as it is, or epinio_uninstall to remove Epinio as well; or "
    "give Epinio a store that it can use by a helm upgrade of your own, and run this again."
)


@dataclass(frozen=True, kw_only=True)
class Removal(Request):
    """The wiring to be taken back from a release. `keep` leaves the release as it is.

    `role_arn` (`""` if not known) and `staging_account` are IRSA's: they tell its values where none is recorded.
    """

    staging_account: str = ""
    role_arn: str = ""
    keep: bool = False
    mode: str = IRSA

    def is_ours(self, record: Record | None, role: str) -> bool:
        """Whether a role is the one that this way of wiring gave to the server's account."""
        noted = record.ours.get(owned_keys.ANNOTATION) if record else ""
        return self.mode == IRSA and role != "" and role in (self.role_arn, noted)


def wired(removal: Removal, actual: Actual) -> Record | None:
    """Our record, if it says that this way is wired."""
    return actual.upkeep.record if removal.mode in actual.modes else None


def target(removal: Removal, actual: Actual) -> Target:
    """The release with the recorded values, but for the keys that somebody gave a value of his own since.

    Raises `Refused` for a release that has values of the wiring although none to go back to are recorded.
    """
    release, record, mode = actual.release, wired(removal, actual), removal.mode
    chart = removal.chart(release.chart_version)
    kind = closest(version(chart.version) or server_version(actual.image, ""))
    if record is None or removal.keep:
        unrecorded = ours_without_record(removal, actual)
        owned = actual.upkeep.record.ours if actual.upkeep.record and actual.modes else unrecorded
        if record is None and not removal.keep:
            _refuse_unrecorded(actual, unrecorded)
        return Target(chart, kind, release.config, {keys: helm.get(release.config, keys) for keys in owned}, (), ())
    changed_since = records.changed_since(record, mode, release.revision, release.config)
    former = {keys: record.former[keys] for keys in records.due(record, mode) if keys not in changed_since}
    values = helm.restored(release.config, former, record.parents)
    changed = tuple(helm.differences(release.config, values))
    owned = {keys: helm.get(values, keys) for keys in record.former}
    reasons = (
        *reasons_of_values(release, chart, changed),
        *(() if changed or release.status != DEPLOYED else _left(removal, actual, record, kind, values)),
    )
    blobs = records.reachable(record, mode, release.revision, release.config, kind.bundled_stores)
    return Target(chart, kind, values, owned, changed, reasons, blobs)


def ours_without_record(removal: Removal, actual: Actual) -> dict[Path, Any]:
    """The values of a release that nobody but this way of wiring would have given it."""
    config = actual.release.config
    if removal.mode == IRSA:
        told = {owned_keys.ANNOTATION: removal.role_arn, owned_keys.STAGING_ACCOUNT: removal.staging_account}
        return {keys: value for keys, value in told.items() if value and helm.get(config, keys) == value}
    # No value of its own tells: an upgrade of ours does, to an S3 without keys for a server without a role.
    without_keys = all(helm.get(config, keys) == "" for keys in owned_keys.S3_KEYS)
    has_role = actual.live_role or helm.get(config, owned_keys.ANNOTATION) not in (ABSENT, None, "")
    if actual.modes or actual.release.description != DESCRIPTION or has_role or not without_keys:
        return {}
    return {owned_keys.BUCKET: helm.get(config, owned_keys.BUCKET)}


def _refuse_unrecorded(actual: Actual, ours: dict[Path, Any]) -> None:
    if ours:
        found = ", ".join(f"{helm.dotted(keys)}: {value}" for keys, value in ours.items())
        raise Refused(
            f"{actual.release.label} has values of the wiring ({found}), but Secret {records.NAME}, in which those to "
            f"go back to are noted, is not there. {WAYS_ON}"
        )


def _left(removal: Removal, actual: Actual, record: Record, kind: Family, values: Values) -> Iterator[str]:
    """What Epinio still has of the wiring although the values are the former ones."""
    given = helm.get(values, owned_keys.ANNOTATION)
    role = actual.live_role
    if kind.annotations_in_values and isinstance(given, str) and role != given and removal.is_ours(record, role):
        yield f"service account {actual.server_account} is annotated with {role}"
    secret = manifests.named(manifests.objects(actual.release.manifest), "Secret", stores.CONNECTION_DETAILS)
    rendered = stores.parsed(secret.get("stringData") or {}) if secret else None
    if rendered and actual.details != rendered and actual.details in (None, _ours(record)):
        yield OLD_DETAILS


def _ours(record: Record) -> stores.ConnectionDetails:
    endpoint, bucket, region = (str(record.ours.get(("s3", key))) for key in ("endpoint", "bucket", "region"))
    return stores.ConnectionDetails(endpoint, bucket, region, use_ssl=True, has_keys=False)
