# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that talks to AWS."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.epinio.aws.plugins.module_utils.aws_credentials import CallersCredentials
from ansible_collections.epinio.aws.plugins.module_utils.domain import aws_profiles, aws_settings
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_profiles import Profiles
from ansible_collections.epinio.aws.plugins.module_utils.domain.credential_sources import Sources
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed, reporting

try:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session
except ImportError:  # AnsibleAWSModule says so
    Config = Session = None
    BotoCoreError = type("Missing", (Exception,), {})

# Where AWS's SDKs have their settings, and the variables that name another place.
_FILES = {
    "AWS_CONFIG_FILE": "~/.aws/config",
    "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials",
}


class _Module(AnsibleAWSModule):  # type: ignore[misc]  # amazon.aws has no types
    """With clients that do not take anybody's answer for AWS's, and with errors that say what to do."""

    callers: CallersCredentials

    def client(self, *arguments: Any, **settings: Any) -> Any:
        """A client of a service, as `amazon.aws` makes it."""
        try:
            with self.callers.in_new_sessions():
                made = super().client(*arguments, **settings)
        except OSError as error:
            # Of a file that the settings name: botocore lets it through.
            raise self._unusable(error) from error
        # Now, and not with the first call: readers take refusals for those of the service that they ask.
        self.callers.check()
        return made

    def fail_json_aws(self, exception: Exception, *_arguments: Any, **_facts: Any) -> NoReturn:
        """What `amazon.aws` calls where no client can be made. Raises `ServiceFailed`."""
        raise self._unusable(exception) from exception

    def _unusable(self, error: Exception) -> ServiceFailed:
        """No call has been made yet, so it is what a profile or a variable says."""
        name = self.params.get("profile")
        profile = (
            f"profile {name} ({aws_settings.origin('profile', self.params, os.environ)})" if name else "the caller"
        )
        advice = (
            f"Correct the settings in {_files()}, or the variables: `aws sts get-caller-identity` as the same user "
            "shows when they can be used."
        )
        return ServiceFailed(f"make a client of AWS for {profile}", " ".join(str(error).split()), advice=advice)


def aws_module(spec: Mapping[str, Any], **settings: Any) -> Any:
    """A module with the options, environment and profiles of `amazon.aws`, which are checked."""
    module = _Module(argument_spec=dict(spec), **{"supports_check_mode": True, **settings})
    with reporting(module):
        profiles = _check(module.params, os.environ)
        sources = Sources(module.params, os.environ, profiles)
        module.callers = CallersCredentials(sources, lambda: module.region)
    return module


def _check(params: Mapping[str, Any], environ: Mapping[str, str]) -> Profiles:
    """The profiles. Raise `Refused` for settings that cannot be meant, or of which the SDK says too little."""
    aws_settings.check_keys(params, environ)
    aws_settings.check_endpoints(params, environ)
    _check_config(params.get("aws_config"))
    profiles = _profiles()
    aws_profiles.check_profile(params, environ, profiles)
    aws_profiles.check_files(params, environ, profiles, _why_not)
    return profiles


def _profiles() -> Profiles:
    files = _files()
    try:
        return Profiles(Session().full_config["profiles"], files)
    except (BotoCoreError, OSError, UnicodeDecodeError) as error:
        raise Refused(
            f"Could not read the settings of AWS's tools in {files}: {error}. Correct the file: it has lines such as "
            "[profile blue] and region = eu-central-1."
        ) from error


def _files() -> str:
    return " and ".join(_file(name, default) for name, default in _FILES.items())


def _file(variable: str, default: str) -> str:
    path = os.path.expanduser(os.environ.get(variable) or default)
    lacks = "" if os.path.exists(path) else ", which does not exist"
    return f"{path} ({variable}{lacks})"


def _check_config(given: Mapping[str, Any] | None) -> None:
    try:
        Config(**(given or {}))
    except (TypeError, ValueError, BotoCoreError) as error:
        raise Refused(f"aws_config has something in it that botocore does not take: {error}. Correct it.") from error


def _why_not(path: str, certificates: bool) -> str:
    """Why a file cannot be used; `""` if it can."""
    try:
        content = Path(os.path.expanduser(path)).read_bytes()
    except OSError as error:
        return error.strerror or "it cannot be opened"
    return "" if not certificates or b"-----BEGIN" in content else "it holds no certificate"
