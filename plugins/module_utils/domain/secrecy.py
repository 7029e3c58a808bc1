# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of Helm values may be seen, and what has to be masked wherever it might turn up."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import OWNED, S3_KEYS, secret_paths
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Path, Values

HIDDEN = "(hidden)"
# Masking shorter strings garbles our own output.
_SHORTEST = 8
_SHORTEST_IN_ERRORS = 4


def shown(keys: Path, value: Any) -> Any:
    """A value of a key of ours as it may be shown: keys of an earlier store are secret, `None` stands for no value."""
    if value is ABSENT:
        return None
    return HIDDEN if keys in S3_KEYS and value != "" else value


def to_mask(layers: Iterable[Values], public: Iterable[str]) -> set[str]:
    """Strings of 8 characters and more among the values, also base64 and URL-encoded.

    Left out are the values at our own keys, and what is part of a public text, such as our own names and ARNs.
    """
    texts = list(public)
    found = {
        text
        for layer in layers
        for keys, value in helm.leaves(layer)
        if keys in S3_KEYS or keys not in OWNED
        for text in helm.strings(value)
        if len(text) >= _SHORTEST and not any(text in known for known in texts)
    }
    return {form for text in found for form in _forms(text)}


def masked(reason: str, secrets: Iterable[str]) -> str:
    """A text of helm's without these strings: helm's errors quote values."""
    for text in sorted(secrets, key=len, reverse=True):
        reason = reason.replace(text, HIDDEN)
    return reason


def secret_strings(given: Values, secret: Values) -> set[str]:
    """Strings that no error text may quote: those of the secret values, and of the chart's secrets among the others."""
    texts = {text for keys in secret_paths(given) for text in helm.strings(_at(given, keys))}
    return {text for text in texts | set(helm.strings(secret)) if len(text) >= _SHORTEST_IN_ERRORS}


def _at(given: Any, keys: Path) -> Any:
    for key in keys:
        given = given[int(key)] if isinstance(given, list) else given[key]
    return given


def _forms(text: str) -> Iterator[str]:
    yield text
    yield base64.b64encode(text.encode()).decode()
    yield quote(text, safe="")
