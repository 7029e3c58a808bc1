# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ways of a release: to its wiring, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import (
    DESCRIPTION,
    GONE,
    TAKEN_BACK,
    UNINSTALLED,
    Release,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import Values
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import (
    release,
    release_removal,
    release_removal_target,
)
from ansible_collections.epinio.aws.plugins.module_utils.planners.release import Rehearsal
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_removal_target import Removal
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import (
    Actual,
    Request,
    Target,
    Wanted,
)


@dataclass(frozen=True)
class Direction:
    """What differs between wiring a release and taking that back: all else of an upgrade is the same.

    `missing` plans where there is no release, or an uninstalled one, with our record. `description` is for `helm
    history`. Strings of the user's values must not be shown, texts in `public` may be.
    """

    request: Request
    missing: Callable[[Release | None, Record | None], Plan]
    target: Callable[[Actual], Target]
    plan: Callable[[Actual, Target, Rehearsal | None], Plan]
    description: str
    public: tuple[str, ...]
    # The states in which a release is not there (any more).
    gone: tuple[str, ...] = (UNINSTALLED,)
    values: Values = field(default_factory=dict)
    secret_values: Values = field(default_factory=dict, repr=False)


def wiring_up(wanted: Wanted) -> Direction:
    """The way there."""
    return Direction(
        wanted,
        partial(release.refuse_missing, wanted),
        partial(release.aim, wanted),
        partial(release.plan, wanted),
        DESCRIPTION,
        (wanted.server_account, *(str(value) for value in vars(wanted.settings).values())),
        values=wanted.values,
        secret_values=wanted.secret_values,
    )


def taking_back(removal: Removal) -> Direction:
    """The way back."""
    return Direction(
        removal,
        partial(release_removal.plan_without_release, removal),
        partial(release_removal_target.target, removal),
        partial(release_removal.plan, removal),
        TAKEN_BACK,
        (removal.role_arn, removal.staging_account),
        gone=GONE,
    )
