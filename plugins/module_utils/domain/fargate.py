# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fargate profiles: which pods go to Fargate, whatever other nodes there are.

A pod goes there if any selector of any profile matches its namespace and, where the selector has labels, all of them.
Affinity does not count (https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.scheduling import Pods

ENTRY = "FARGATE_LINUX"
# A profile that is not there yet takes pods soon; these take none any more, or never.
_OVER = ("DELETING", "CREATE_FAILED")


@dataclass(frozen=True)
class Selector:
    """Whose pods go to Fargate. In namespace, keys and values `*` and `?` stand for other characters."""

    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FargateProfile:
    """A profile. One that takes no pods has no selectors."""

    name: str
    selectors: tuple[Selector, ...]


def fargate_profile(found: Mapping[str, Any]) -> FargateProfile:
    """A profile as `DescribeFargateProfile` shows it."""
    shown = () if found.get("status") in _OVER else found.get("selectors") or ()
    selectors = (Selector(one.get("namespace") or "", one.get("labels") or {}) for one in shown)
    return FargateProfile(found["fargateProfileName"], tuple(selectors))


def taken(profile: FargateProfile, pods: Iterable[Pods]) -> tuple[str, ...]:
    """The kinds of pods of which the profile takes any."""
    kinds = (one.kind for one in pods if any(_matches(selector, one) for selector in profile.selectors))
    return tuple(dict.fromkeys(kinds))


def _matches(selector: Selector, pods: Pods) -> bool:
    return fnmatchcase(pods.namespace, selector.namespace) and all(
        any(fnmatchcase(key, wanted) and (has is None or fnmatchcase(has, value)) for key, has in pods.labels.items())
        for wanted, value in selector.labels.items()
    )
