# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags as people write them, as AWS returns them, and what is missing for an object to carry the wanted ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

# Tags by which the tools that own an object can be told.
_OWNERS = ("aws:cloudformation:", "alpha.eksctl.io/", "eksctl.cluster.k8s.io/")


def texts(given: Mapping[Any, Any]) -> dict[str, str]:
    """The user's tags as texts: YAML makes numbers and truth values of `42` and `true`.

    Raises `Refused` for a value that no text stands for, and for two keys that differ in case only: IAM takes them for
    one (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html).
    """
    wanted: dict[str, str] = {}
    for key, value in given.items():
        if not isinstance(value, str | int | float):
            raise Refused(
                f"The value of tag {str(key)!r} in epinio_tags is of type {type(value).__name__}: put it in quotes."
            )
        wanted[str(key)] = str(value).lower() if isinstance(value, bool) else str(value)
    if len({key.lower() for key in wanted}) < len(wanted):
        raise Refused("Two tags in epinio_tags differ only in the case of their keys: IAM takes them for one.")
    return wanted


def from_aws(pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """`[{"Key": …, "Value": …}]` as a dictionary."""
    return {pair["Key"]: pair["Value"] for pair in pairs}


def to_aws(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """A dictionary as `[{"Key": …, "Value": …}]`, in the order of the keys."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def missing(wanted: Mapping[str, str], actual: Mapping[str, str]) -> dict[str, str]:
    """The wanted tags that are absent or have another value. Tags that nobody here wants are somebody else's: kept."""
    return {key: value for key, value in wanted.items() if actual.get(key) != value}


def owners(tags: Mapping[str, str]) -> str:
    """A clause that says which tool owns an object, if its tags tell one, else `""`."""
    found = sorted(key for key in tags if key.startswith(_OWNERS))
    return f"CloudFormation or eksctl owns it, as its tags {', '.join(found)} say" if found else ""
