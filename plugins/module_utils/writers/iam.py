# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM's calls as plans name them: boto3's own, and one that takes two of them."""

from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import retries


class IamWriter:
    """A boto3 client for IAM with one method more."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def replace_default_version(self, PolicyArn: str, PolicyDocument: str) -> None:
        """Add a version and make it the default, in two calls.

        Doing both in one call caused access errors while the version spread
        (hashicorp/terraform-provider-aws, internal/service/iam/policy.go).
        """
        made = self._client.create_policy_version(
            PolicyArn=PolicyArn, PolicyDocument=PolicyDocument, SetAsDefault=False
        )
        version = made["PolicyVersion"]["VersionId"]
        retries.patiently(
            "iam.set_default_policy_version",
            f"make {version} the default version of {PolicyArn}",
            lambda: self._client.set_default_policy_version(PolicyArn=PolicyArn, VersionId=version),
        )
