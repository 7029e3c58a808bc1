# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The profiles in the files of AWS's tools, checked before they are used, as far as botocore uses them.

The SDK and amazon.aws say less: a profile that does not exist is a region that is not known, a file that does not exist
is an error of Python's. Which settings count is decided as botocore decides it
(https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html): keys that are given come first, then a
role that the profile assumes, and only then what else is in the profile.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_settings import check_key, origin
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE"
_STATIC = ("aws_access_key_id", "aws_secret_access_key")
# The session token has two names.
_KEYS = (*_STATIC, "aws_session_token", "aws_security_token")
# With one of these, botocore asks a service of AWS for the credentials, by a client of its own.
_OF_A_SERVICE = {"role_arn", "web_identity_token_file", "sso_account_id", "sso_role_name", "login_session"}


@dataclass(frozen=True)
class Profiles:
    """The profiles of the files, each with its settings, and the files' names as an error says them."""

    settings: Mapping[str, Mapping[str, Any]] = field(repr=False)
    files: str

    def of(self, name: str) -> Mapping[str, Any]:
        """The settings of a profile, none if there is no such profile."""
        return self.settings.get(name, {})


def used(params: Mapping[str, Any], profiles: Profiles) -> tuple[str, ...]:
    """The profiles that credentials may come from: the caller's, then each one's source; none if keys are given."""
    if params.get("access_key"):
        return ()
    names = [params.get("profile") or "default"]
    while assumes_role(profiles.of(names[-1])):
        source = profiles.of(names[-1]).get("source_profile")
        if not source or source in names:
            break
        names.append(source)
        if _has_keys(profiles.of(source)):
            break
    return tuple(names)


def _has_keys(settings: Mapping[str, Any]) -> bool:
    """As a source, a profile with keys assumes no role."""
    return any(key in settings for key in _STATIC)


def assumes_role(settings: Mapping[str, Any]) -> bool:
    """Whether a profile assumes its role with the credentials of another source, not with a token."""
    return "role_arn" in settings and "web_identity_token_file" not in settings


def token_file(params: Mapping[str, Any], environ: Mapping[str, str], profiles: Profiles) -> tuple[str, str]:
    """The name of the setting and the path of the file with the token for STS that counts, `""` if none does."""
    names = used(params, profiles)
    if not names or (assumes_role(profiles.of(names[0])) and len(names) == 1):
        return "", ""
    # A profile that is named excludes the environment.
    if len(names) == 1 and not params.get("profile") and TOKEN_FILE in environ:
        return TOKEN_FILE, environ[TOKEN_FILE]
    return f"web_identity_token_file of profile {names[-1]}", profiles.of(names[-1]).get("web_identity_token_file", "")


def check_profile(params: Mapping[str, Any], environ: Mapping[str, str], profiles: Profiles) -> None:
    """Raise `Refused` for a profile that is not there, or that cannot give credentials to Ansible."""
    name = params.get("profile")
    if not name:
        _refuse_a_blank_name(environ)
    elif name not in profiles.settings:
        where = origin("profile", params, environ)
        raise Refused(f"{where}: there is no profile {name} in {profiles.files}. {_known(name, profiles)}")
    prefix = f"{origin('profile', params, environ)}: " if name else ""
    names = used(params, profiles)
    for parent, source in pairwise(names):
        if source not in profiles.settings:
            raise Refused(
                f"{prefix}source_profile of profile {parent} names {source}, which is not in {profiles.files}. "
                f"{_known(source, profiles)}"
            )
    for one in names:
        if one == names[0] or not _has_keys(profiles.of(one)):
            _refuse_a_code(prefix, names[0], one, profiles)
    for key in _KEYS if names else ():
        check_key(f"{prefix}{key} of profile {names[-1]}", profiles.of(names[-1]).get(key))


def _refuse_a_blank_name(environ: Mapping[str, str]) -> None:
    """amazon.aws takes it for none, botocore for a profile without a name."""
    variable = next((one for one in ("AWS_DEFAULT_PROFILE", "AWS_PROFILE") if one in environ), "")
    if variable and not environ[variable]:
        raise Refused(f"{variable} is set to nothing, which AWS's SDK takes for the name of a profile: unset it.")


def _refuse_a_code(prefix: str, caller: str, name: str, profiles: Profiles) -> None:
    """botocore asks at the terminal for the code of a role's MFA device, and Ansible's tasks have none."""
    own, whose = profiles.of(name), "" if name == caller else f", a source of profile {caller},"
    if assumes_role(own) and "mfa_serial" in own:
        raise Refused(
            f"{prefix}profile {name}{whose} needs the code of an MFA device for its role (mfa_serial = "
            f"{own['mfa_serial']}), and Ansible cannot ask for it. Name a profile without mfa_serial, or set "
            "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN to keys for which the code has been given: "
            f"`aws configure export-credentials --profile {caller} --format env` asks for it and prints them, and "
            "`aws sts get-session-token --serial-number … --token-code …` gets such keys for a user."
        )


def check_files(
    params: Mapping[str, Any], environ: Mapping[str, str], profiles: Profiles, why_not: Callable[[str, bool], str]
) -> None:
    """Raise `Refused` for a file that cannot be used; `why_not` says why, `""` for one that can.

    It is told whether certificates have to be in the file.
    """
    token_name, token_path = token_file(params, environ, profiles)
    files = [
        *((name, path, True) for name, path in _bundles(params, environ, profiles)),
        (token_name, token_path, False),
    ]
    for name, path, certificates in files:
        reason = why_not(path, certificates) if path else ""
        if reason:
            raise Refused(f"Could not read {path}, which {name} names: {reason}. Correct or unset {name}.")


def _bundles(
    params: Mapping[str, Any], environ: Mapping[str, str], profiles: Profiles
) -> Iterator[tuple[str, str | None]]:
    """The files of certificates, each with its setting: of our clients, and of those that botocore makes for itself.

    amazon.aws tells botocore what ours verify with, so the settings of the profile and REQUESTS_CA_BUNDLE do not count
    for them; `validate_certs` does not count for the others.
    """
    if params.get("validate_certs", True):
        yield origin("aws_ca_bundle", params, environ), params.get("aws_ca_bundle")
    names = used(params, profiles)
    own = any(not _OF_A_SERVICE.isdisjoint(profiles.of(name)) for name in names)
    if not own and not token_file(params, environ, profiles)[1]:
        return
    candidates = {
        "AWS_CA_BUNDLE": environ.get("AWS_CA_BUNDLE"),
        f"ca_bundle of profile {names[0]}": profiles.of(names[0]).get("ca_bundle"),
        "REQUESTS_CA_BUNDLE": environ.get("REQUESTS_CA_BUNDLE"),
    }
    yield from [(name, path) for name, path in candidates.items() if path][:1]


def _known(name: str, profiles: Profiles) -> str:
    """The names that may be meant, the closest ones if there are some."""
    names: Iterable[str] = sorted(profiles.settings)
    close = difflib.get_close_matches(name, names, n=3)
    if close:
        return f"Is {' or '.join(close)} meant?"
    return f"It has {', '.join(names)}." if profiles.settings else "It has none: aws configure makes one."
