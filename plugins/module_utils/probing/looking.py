# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look as an answer beside the proof."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.look import Seen, Wanted, findings
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import IRSA, S3_KEYS
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import NAME, Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Path, dotted
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import Finding, Verdict
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.probing.proof import Proof
from ansible_collections.epinio.aws.plugins.module_utils.probing.runners import literal_endpoint
from ansible_collections.epinio.aws.plugins.module_utils.readers.look import read_seen
from ansible_collections.epinio.aws.plugins.module_utils.readers.upkeep import read_record


def look(module: Any, wiring: Wiring, api: Any) -> Proof:
    """What Epinio reads, compared with what it must read; where something is wrong, also the former values."""
    given, record = module.params, read_record(api, wiring)
    accounts = (given["server_service_account"], given["staging_service_account"])
    seen = read_seen(api, wiring.namespace, accounts)
    wanted = Wanted(
        endpoint=literal_endpoint(wiring),
        bucket=given["bucket"],
        region=wiring.cluster.region,
        server_account=given["server_service_account"],
        role_arn=given["server_role_arn"] or "",
        staging_account=given["staging_service_account"],
        staging_role_arn=given["staging_role_arn"] or "",
    )
    if not given["server_role_arn"]:
        wanted = _of_nodes(wanted, seen, record)
    found = list(findings(wanted, seen))
    if found:
        found.extend(_former_values(record))
    return Proof(findings=found)


def _of_nodes(wanted: Wanted, seen: Seen, record: Record | None) -> Wanted:
    """Pods use the role of their node, but the server's as long as it is wired with a role of its own as well."""
    account = seen.accounts[wanted.server_account]
    own = account.role_arn if account and record and IRSA in record.modes else ""
    return replace(wanted, role_arn=own, staging_account="", staging_role_arn="")


def _former_values(record: Record | None) -> list[Finding]:
    """The values of our keys before the release was wired, as they were recorded. Whether they are back is not said."""
    if record is None or not record.former:
        return []
    values = ", ".join(f"{dotted(keys)}={_shown(keys, value)}" for keys, value in sorted(record.former.items()))
    return [Finding(Verdict.NOTED, f"Before the release was wired, the keys of the wiring were: {values}.")]


def _shown(keys: Path, value: Any) -> str:
    if value is ABSENT:
        return "(not set)"
    return f"(in Secret {NAME})" if keys in S3_KEYS and value else repr(value)
