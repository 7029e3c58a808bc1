# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the record that names the roles of nodes which a policy of ours is attached to, or about to be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record


def noted(record: Record | None, policy: str, roles: Iterable[str]) -> Record:
    """The record with these roles beside those that it names already; a new one if there is none."""
    known = record or Record({}, 0, ())
    names = {*known.attachments.get(policy, ()), *roles}
    return replace(known, attachments={**known.attachments, policy: tuple(sorted(names))})


def forgotten(record: Record, policy: str, roles: Iterable[str]) -> Record | None:
    """The record without these roles of a policy; `None` if nothing is left in it."""
    left = tuple(name for name in record.attachments.get(policy, ()) if name not in set(roles))
    others = {arn: names for arn, names in record.attachments.items() if arn != policy}
    after = replace(record, attachments={**others, policy: left} if left else others)
    return after if after.attachments or after.of_release else None
