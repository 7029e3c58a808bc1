# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer of AWS must have: the members that this collection reads, by operation, and the root of its XML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Paths of members; lists are gone through. `?` marks what may be absent, and then all below it is. What is not named
# here is read as optional.
_TAGS = ("Key", "Value")
_CREDENTIALS = tuple(f"Credentials.{name}" for name in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"))
_MEMBERS: dict[str, tuple[str, ...]] = {
    "DescribeCluster": ("cluster.arn", "cluster.status"),
    "ListNodegroups": ("nodegroups",),
    "DescribeNodegroup": (
        "nodegroup.nodegroupName",
        "nodegroup.nodeRole",
        "nodegroup.taints?.key",
        "nodegroup.taints?.effect",
    ),
    "ListFargateProfiles": ("fargateProfileNames",),
    "DescribeFargateProfile": ("fargateProfile.fargateProfileName",),
    "ListAccessEntries": ("accessEntries",),
    "DescribeAccessEntry": ("accessEntry.principalArn",),
    "ListPodIdentityAssociations": ("associations.serviceAccount",),
    "GetCallerIdentity": ("Arn", "Account"),
    "AssumeRoleWithWebIdentity": (*_CREDENTIALS, "AssumedRoleUser.Arn"),
    # What botocore reads itself, to get the caller's credentials.
    "AssumeRole": _CREDENTIALS,
    "GetRoleCredentials": tuple(
        f"roleCredentials.{name}" for name in ("accessKeyId", "secretAccessKey", "sessionToken", "expiration")
    ),
    "CreateToken": ("accessToken", "expiresIn"),
    "DescribeInstances": ("Reservations.Instances.InstanceId", "Reservations.Instances.State.Name"),
    "GetPolicy": ("Policy.DefaultVersionId", *(f"Policy.Tags?.{key}" for key in _TAGS)),
    "GetPolicyVersion": ("PolicyVersion.Document",),
    "CreatePolicyVersion": ("PolicyVersion.VersionId",),
    "ListPolicyVersions": ("Versions.VersionId", "Versions.IsDefaultVersion"),
    "ListEntitiesForPolicy": ("PolicyRoles?.RoleName", "PolicyUsers?.UserName", "PolicyGroups?.GroupName"),
    "GetRole": (
        "Role.RoleName",
        "Role.Path",
        "Role.Arn",
        "Role.AssumeRolePolicyDocument",
        *(f"Role.Tags?.{key}" for key in _TAGS),
    ),
    "ListAttachedRolePolicies": ("AttachedPolicies.PolicyArn",),
    "ListInstanceProfilesForRole": ("InstanceProfiles.InstanceProfileName",),
    "ListRolePolicies": ("PolicyNames",),
    "GetInstanceProfile": ("InstanceProfile", "InstanceProfile.Roles?.Arn"),
    "GetOpenIDConnectProvider": ("ClientIDList", *(f"Tags?.{key}" for key in _TAGS)),
    "GetBucketTagging": tuple(f"TagSet.{key}" for key in _TAGS),
    "GetPublicAccessBlock": ("PublicAccessBlockConfiguration",),
    "GetBucketPolicy": ("Policy",),
    "ListObjectsV2": ("Contents?.Key",),
    "PutObject": ("ETag",),
    "CreateMultipartUpload": ("UploadId",),
    "UploadPart": ("ETag",),
}
# Those that give credentials away; the last one is what `aws login` has.
SECRET = {"AssumeRole", "AssumeRoleWithWebIdentity", "GetRoleCredentials", "CreateToken", "CreateOAuth2Token"}
# S3 does not name the root of an answer in its model (https://docs.aws.amazon.com/AmazonS3/latest/API/).
_S3_ROOTS = {
    "GetBucketTagging": "Tagging",
    "GetPublicAccessBlock": "PublicAccessBlockConfiguration",
    "ListObjectsV2": "ListBucketResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
}


def root(protocol: str, operation: str) -> str:
    """The root of an answer's XML, `""` for those of S3 that nothing is read of."""
    return _S3_ROOTS.get(operation, "") if protocol == "rest-xml" else f"{operation}Response"


def lacking(operation: str, answer: Mapping[str, Any]) -> str:
    """`it lacks <member>` for the first member that is missing, `""` if none is."""
    return next((f"it lacks {_shown(path)}" for path in _MEMBERS.get(operation, ()) if not _has(answer, path)), "")


def _has(value: Any, path: str) -> bool:
    if isinstance(value, list):
        return all(_has(one, path) for one in value)
    name, _dot, rest = path.partition(".")
    found = value.get(name.rstrip("?"))
    # A tag may have an empty value; everything else that is read is a name, or what identifies a thing.
    if found is None or (found == "" and name != "Value"):
        return name.endswith("?")
    return not rest or _has(found, rest)


def _shown(path: str) -> str:
    return path.replace("?", "")
