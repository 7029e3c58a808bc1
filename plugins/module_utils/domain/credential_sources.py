# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the caller's credentials come from, in terms of what has been set, and what to do if none come from there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import aws_profiles
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_profiles import TOKEN_FILE, Profiles
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_settings import origin

# botocore's names of its sources.
_CONTAINER, _INSTANCE, _TOKEN = "container-role", "iam-role", "assume-role-with-web-identity"
_CONTAINER_VARIABLES = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
# What programs say of themselves, in characters; its end counts most.
_LONGEST_WORDS = 400
# What the attempt says already.
_PREFIX = re.compile(r"^Error when retrieving credentials from [\w-]+: ?(Error retrieving metadata: )?")
# botocore quotes the whole answer of the endpoint, which may be credentials.
_BODY = re.compile(r"(non 200 response \d+ from container metadata): .*")


@dataclass(frozen=True)
class Sources:
    """The settings that decide where credentials come from."""

    params: Mapping[str, Any]
    environ: Mapping[str, str]
    profiles: Profiles

    def name(self, method: str) -> str:
        """A source, by botocore's name of it, as somebody knows it who has made the settings."""
        if method == _CONTAINER:
            variable = next(name for name in (*_CONTAINER_VARIABLES, "") if name in self.environ or not name)
            return f"the endpoint {self.environ.get(variable, '')} ({variable})"
        if method == _INSTANCE:
            endpoint = self.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT")
            return f"the instance metadata service{f' at {endpoint}' if endpoint else ''}"
        if method == _TOKEN and self._token()[0] == TOKEN_FILE:
            role = self.environ.get("AWS_ROLE_ARN") or self.profiles.of("default").get("role_arn", "no role")
            return f"{role} (AWS_ROLE_ARN) with the token in {self._token()[1]} ({TOKEN_FILE})"
        names = aws_profiles.used(self.params, self.profiles)
        given = f" ({origin('profile', self.params, self.environ)})" if self.params.get("profile") else ""
        return f"profile {names[0]}{given}, {self._means(names)}" if names else method

    def advice(self, method: str, *, misconfigured: bool = False) -> str:
        """What to do if the source fails, or if botocore cannot use its settings."""
        names = aws_profiles.used(self.params, self.profiles)
        if method == _CONTAINER or (names and self.profiles.of(names[-1]).get("credential_source") == "EcsContainer"):
            return "Check what listens there, and AWS_CONTAINER_AUTHORIZATION_TOKEN or the file that is named for it."
        if method == _INSTANCE:
            return "Check what answers there, and that the instance has a role; or set AWS_PROFILE."
        if method in ("sso", "login") and names and not misconfigured:
            return f"To log in: `aws {'sso ' if method == 'sso' else ''}login --profile {names[0]}`."
        return (
            f"Correct the settings in {self.profiles.files}, or the variables: `aws sts get-caller-identity` as the "
            "same user shows when they can be used, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )

    def _token(self) -> tuple[str, str]:
        return aws_profiles.token_file(self.params, self.environ, self.profiles)

    def _means(self, names: tuple[str, ...]) -> str:
        """What a profile has, and the profiles after it that it needs."""
        own, others = self.profiles.of(names[0]), names[1:]
        role = f"which assumes {own.get('role_arn')} with"
        if others:
            return f"{role} source_profile {others[0]}, {self._means(others)}"
        if "credential_source" in own:
            return f"{role} credential_source {own['credential_source']}"
        if "web_identity_token_file" in own:
            return f"{role} the token in {own['web_identity_token_file']} (web_identity_token_file)"
        if "sso_account_id" in own or "sso_role_name" in own:
            return f"which is {own.get('sso_role_name')} in account {own.get('sso_account_id')} (sso_role_name)"
        if "login_session" in own:
            return f"which is logged in as {own['login_session']} (login_session)"
        if "credential_process" in own:
            return f"by its credential_process ({' '.join(str(own['credential_process']).split()[:1])})"
        return "by its keys"


def shown(reason: str) -> str:
    """botocore's reason in one line, without what an endpoint has answered."""
    line = " ".join("".join(one if one.isprintable() else " " for one in reason).split())
    text = _BODY.sub(r"\1", _PREFIX.sub("", line))
    return text if len(text) <= _LONGEST_WORDS else f"… {text[-_LONGEST_WORDS:]}"
