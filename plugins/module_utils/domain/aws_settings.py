# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people tell AWS's SDK with options and environment, checked before it is used.

The SDK and amazon.aws say less, or show keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
# Keys travel in the headers of requests.
_KEY = re.compile(r"[!-~]([ -~]*[!-~])?")
_CONTAINER_TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
# The services that are called here, and those that botocore asks for credentials.
_SERVICES = ("EKS", "EC2", "IAM", "S3", "STS", "SSO", "SSO_OIDC", "SIGNIN")


def origin(name: str, params: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """The variable that an option comes from, else the option."""
    return next((key for key in _VARIABLES[name] if environ.get(key) and environ[key] == params.get(name)), name)


def check_keys(params: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Raise `Refused` for keys beside a profile, for one key without the other, and for what can be no key."""
    for name in _KEYS:
        check_key(origin(name, params, environ), params.get(name))
    if not params.get("access_key") and f"{_CONTAINER_TOKEN}_FILE" not in environ:
        check_key(_CONTAINER_TOKEN, environ.get(_CONTAINER_TOKEN))
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


def check_key(name: str, value: Any) -> None:
    """Raise `Refused` for a key that does not fit in a header: the HTTP client would show it in its error."""
    if value and not is_key(value):
        raise Refused(
            f"{name} cannot be sent: it begins or ends with a blank or a line end, or has a character in it that is "
            f"not printable ASCII. Set {name} again without it."
        )


def is_key(value: object) -> bool:
    """Whether a key, which is not empty, fits in a header."""
    return isinstance(value, str) and bool(_KEY.fullmatch(value))


def check_endpoints(params: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Raise `Refused` for an endpoint that is no URL."""
    given = [(origin("endpoint_url", params, environ), params.get("endpoint_url"))]
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() != "true":
        names = ("AWS_ENDPOINT_URL", *(f"AWS_ENDPOINT_URL_{service}" for service in _SERVICES))
        given += [(name, environ.get(name)) for name in names]
    for name, url in given:
        if url and not _is_url(url):
            raise Refused(f"{name} is no URL such as https://host:443: {url!r}. Correct or unset it.")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
