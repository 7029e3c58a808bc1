# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people tell AWS's SDK with options, environment and files, checked before it is used.

The SDK and amazon.aws say less: a profile that does not exist is a region that is not known, a file that does not exist
is an error of Python's.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

# The environment's names of an option, in the order in which amazon.aws asks them.
_VARIABLES = {
    "profile": ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
    "access_key": ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"),
    "secret_key": ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"),
    "session_token": ("AWS_SESSION_TOKEN",),
    "aws_ca_bundle": ("AWS_CA_BUNDLE",),
    "endpoint_url": ("AWS_URL",),
}
_KEYS = ("access_key", "secret_key", "session_token")


@dataclass(frozen=True)
class Profiles:
    """The profiles of the files, each with its settings, and the files' names as an error says them."""

    settings: Mapping[str, Mapping[str, Any]] = field(repr=False)
    files: str


def origin(name: str, params: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """The variable that an option comes from, else the option."""
    return next((key for key in _VARIABLES[name] if environ.get(key) and environ[key] == params.get(name)), name)


def check_keys(params: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Raise `Refused` for keys beside a profile, and for one key without the other."""
    given = [name for name in _KEYS if params.get(name)]
    names = [origin(name, params, environ) for name in given]
    if params.get("profile") and given:
        profile = origin("profile", params, environ)
        raise Refused(
            f"Both {profile} ({params['profile']}) and {', '.join(names)} are set, and it cannot be told whose "
            f"credentials are meant: unset {profile}, or unset {' and '.join(names)}."
        )
    for name, other in (("access_key", "secret_key"), ("secret_key", "access_key"), ("session_token", "access_key")):
        if params.get(name) and not params.get(other):
            raise Refused(
                f"{origin(name, params, environ)} is set without {_VARIABLES[other][0]}: set both, or unset it and set "
                "AWS_PROFILE."
            )


def check_profile(params: Mapping[str, Any], environ: Mapping[str, str], profiles: Profiles) -> None:
    """Raise `Refused` for a profile that is not there, and for one whose source is not there."""
    name = params.get("profile")
    if not name:
        _refuse_a_blank_name(environ)
        return
    where = origin("profile", params, environ)
    if name not in profiles.settings:
        raise Refused(f"{where}: there is no profile {name} in {profiles.files}. {_known(name, profiles)}")
    seen = [name]
    while source := profiles.settings[seen[-1]].get("source_profile"):
        if source not in profiles.settings:
            raise Refused(
                f"{where}: source_profile of profile {seen[-1]} names {source}, which is not in {profiles.files}. "
                f"{_known(source, profiles)}"
            )
        if source in seen:
            return
        seen.append(source)


def _refuse_a_blank_name(environ: Mapping[str, str]) -> None:
    """amazon.aws takes it for none, botocore for a profile without a name."""
    variable = next((one for one in ("AWS_DEFAULT_PROFILE", "AWS_PROFILE") if one in environ), "")
    if variable and not environ[variable]:
        raise Refused(f"{variable} is set to nothing, which AWS's SDK takes for the name of a profile: unset it.")


def check_files(
    params: Mapping[str, Any], environ: Mapping[str, str], profiles: Profiles, why_not: Callable[[str, bool], str]
) -> None:
    """Raise `Refused` for a file that cannot be used; `why_not` says why, `""` for one that can.

    It is told whether certificates have to be in the file.
    """
    profile = params.get("profile") or "default"
    own = profiles.settings.get(profile, {})
    files = []
    if params.get("validate_certs", True):
        files = [
            (origin("aws_ca_bundle", params, environ), params.get("aws_ca_bundle")),
            ("REQUESTS_CA_BUNDLE", None if params.get("aws_ca_bundle") else environ.get("REQUESTS_CA_BUNDLE")),
            (f"ca_bundle of profile {profile}", own.get("ca_bundle")),
        ]
    if not params.get("profile") and not params.get("access_key"):
        files.append(("AWS_WEB_IDENTITY_TOKEN_FILE", environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")))
    files.append((f"web_identity_token_file of profile {profile}", own.get("web_identity_token_file")))
    for name, path in files:
        reason = why_not(path, not name.lower().startswith(("aws_web_identity", "web_identity"))) if path else ""
        if reason:
            raise Refused(f"Could not read {path}, which {name} names: {reason}. Correct or unset {name}.")


def check_endpoints(params: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Raise `Refused` for an endpoint that is no URL."""
    given = [(origin("endpoint_url", params, environ), params.get("endpoint_url"))]
    given += [(name, url) for name, url in environ.items() if name.startswith("AWS_ENDPOINT_URL")]
    for name, url in given:
        if url and not _is_url(url):
            raise Refused(f"{name} is no URL such as https://host:443: {url!r}. Correct or unset it.")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _known(name: str, profiles: Profiles) -> str:
    """The names that may be meant, the closest ones if there are some."""
    names: Iterable[str] = sorted(profiles.settings)
    close = difflib.get_close_matches(name, names, n=3)
    if close:
        return f"Is {' or '.join(close)} meant?"
    return f"It has {', '.join(names)}." if profiles.settings else "It has none: aws configure makes one."
