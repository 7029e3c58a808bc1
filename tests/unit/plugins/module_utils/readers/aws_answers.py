"""Good answers of AWS, by operation, as they come over the wire, and the readers that get them."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import COLLECTION, MANAGED_BY, WIRING, wiring
from ansible_collections.epinio.aws.plugins.module_utils.probing import sessions
from ansible_collections.epinio.aws.plugins.module_utils.readers import (
    bucket_policies,
    ec2,
    eks,
    iam,
    pod_identity,
    s3,
)

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
ROLE = "arn:aws:iam::123456789012:role/one"
POLICY = "arn:aws:iam::123456789012:policy/one"
# Nothing of it may be in a message.
SECRET = "nobody-sees"
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]})

EKS: dict[str, Any] = {
    "DescribeCluster": {
        "cluster": {
            "name": "one",
            "arn": OWNER.cluster.arn,
            "createdAt": 1700000000.5,
            "version": "1.30",
            "endpoint": "https://x",
            "status": "ACTIVE",
            "identity": {"oidc": {"issuer": "https://oidc"}},
            "accessConfig": {"authenticationMode": "API"},
            "certificateAuthority": {"data": base64.b64encode(b"no certificate").decode()},
            "connectorConfig": {"provider": "x"},
            "outpostConfig": {"outpostArns": ["x"]},
            "computeConfig": {"enabled": True, "nodeRoleArn": ROLE},
        }
    },
    "ListNodegroups": {"nodegroups": ["a"]},
    "DescribeNodegroup": {
        "nodegroup": {
            "nodegroupName": "a",
            "nodeRole": ROLE,
            "labels": {"a": "b"},
            "taints": [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}],
            "amiType": "CUSTOM",
            "capacityType": "SPOT",
            "status": "ACTIVE",
        }
    },
    "ListFargateProfiles": {"fargateProfileNames": ["a"]},
    "DescribeFargateProfile": {
        "fargateProfile": {
            "fargateProfileName": "a",
            "status": "ACTIVE",
            "selectors": [{"namespace": "a", "labels": {"a": "b"}}],
        }
    },
    "ListAccessEntries": {"accessEntries": [ROLE]},
    "DescribeAccessEntry": {"accessEntry": {"principalArn": ROLE, "type": "EC2_LINUX"}},
    "ListPodIdentityAssociations": {"associations": [{"serviceAccount": "a", "namespace": "epinio"}]},
}


def _query(operation: str, content: str) -> str:
    result = f"<{operation}Result>{content}</{operation}Result>" if content else ""
    return f'<{operation}Response xmlns="https://x/">{result}<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{operation}Response>'


_MARKS = "".join(
    f"<member><Key>{key}</Key><Value>{value}</Value></member>"
    for key, value in ((MANAGED_BY, COLLECTION), (WIRING, OWNER))
)
_ROLE = (
    f"<RoleName>one</RoleName><Path>/</Path><RoleId>A</RoleId><Arn>{ROLE}</Arn>"
    f"<CreateDate>2024-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>{quote(DOCUMENT)}</AssumeRolePolicyDocument>"
)
_VERSION = (
    "<VersionId>v{}</VersionId><IsDefaultVersion>{}</IsDefaultVersion><CreateDate>2024-01-01T00:00:00Z</CreateDate>"
)
_OF_QUERY = {
    "GetCallerIdentity": f"<Arn>{ROLE}</Arn><UserId>A</UserId><Account>123456789012</Account>",
    "AssumeRoleWithWebIdentity": (
        f"<Credentials><AccessKeyId>{SECRET}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>"
        f"<SessionToken>{SECRET}</SessionToken><Expiration>2024-01-01T00:00:00Z</Expiration></Credentials>"
        f"<AssumedRoleUser><Arn>{ROLE}</Arn><AssumedRoleId>A:b</AssumedRoleId></AssumedRoleUser>"
    ),
    "GetPolicy": f"<Policy><Arn>{POLICY}</Arn><DefaultVersionId>v10</DefaultVersionId><Tags>{_MARKS}</Tags></Policy>",
    "GetPolicyVersion": (
        f"<PolicyVersion><Document>{quote(DOCUMENT)}</Document>{_VERSION.format(10, 'true')}</PolicyVersion>"
    ),
    "ListPolicyVersions": (
        f"<Versions><member>{_VERSION.format(9, 'false')}</member><member>{_VERSION.format(10, 'true')}</member>"
        "</Versions><IsTruncated>false</IsTruncated>"
    ),
    "ListEntitiesForPolicy": (
        "<PolicyRoles><member><RoleName>a</RoleName></member></PolicyRoles>"
        "<PolicyUsers><member><UserName>a</UserName></member></PolicyUsers>"
        "<PolicyGroups><member><GroupName>a</GroupName></member></PolicyGroups><IsTruncated>false</IsTruncated>"
    ),
    "GetRole": (
        f"<Role>{_ROLE}<Description>d</Description><MaxSessionDuration>3600</MaxSessionDuration><PermissionsBoundary>"
        f"<PermissionsBoundaryArn>{POLICY}</PermissionsBoundaryArn></PermissionsBoundary><Tags>{_MARKS}</Tags></Role>"
    ),
    "ListAttachedRolePolicies": (
        f"<AttachedPolicies><member><PolicyName>a</PolicyName><PolicyArn>{POLICY}</PolicyArn></member>"
        "</AttachedPolicies><IsTruncated>false</IsTruncated>"
    ),
    "ListInstanceProfilesForRole": (
        "<InstanceProfiles><member><InstanceProfileName>a</InstanceProfileName></member></InstanceProfiles>"
        "<IsTruncated>false</IsTruncated>"
    ),
    "ListRolePolicies": "<PolicyNames><member>a</member></PolicyNames><IsTruncated>false</IsTruncated>",
    "GetInstanceProfile": f"<InstanceProfile><Roles><member>{_ROLE}</member></Roles></InstanceProfile>",
    "GetOpenIDConnectProvider": (
        f"<Url>x</Url><ClientIDList><member>sts.amazonaws.com</member></ClientIDList><Tags>{_MARKS}</Tags>"
    ),
}
XML: dict[str, str] = {
    **{operation: _query(operation, content) for operation, content in _OF_QUERY.items()},
    "DescribeInstances": (
        "<DescribeInstancesResponse><requestId>1</requestId><reservationSet><item><instancesSet><item>"
        "<instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState>"
        "<launchTime>2024-01-01T00:00:00Z</launchTime><iamInstanceProfile><arn>a</arn></iamInstanceProfile>"
        "<metadataOptions><httpEndpoint>enabled</httpEndpoint><httpPutResponseHopLimit>2</httpPutResponseHopLimit>"
        "</metadataOptions></item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
    ),
    "GetBucketTagging": f"<Tagging><TagSet>{_MARKS.replace('member', 'Tag')}</TagSet></Tagging>",
    "GetPublicAccessBlock": (
        "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>"
    ),
    "ListObjectsV2": "<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>",
}
# Those without XML.
OTHERS: dict[str, bytes] = {"GetBucketPolicy": DOCUMENT.encode(), "HeadBucket": b""}
REGION = {"x-amz-bucket-region": "eu-central-1", "Content-Type": "application/xml"}

Reader = tuple[str, Callable[..., Any], tuple[Any, ...], dict[str, Any]]
# Service, function, its other arguments.
READERS: dict[str, Reader] = {
    "eks.read_cluster": ("eks", eks.read_cluster, ("one",), {}),
    "eks.read_caller": ("sts", eks.read_caller, (), {}),
    "eks.read_node_groups": ("eks", eks.read_node_groups, ("one",), {}),
    "eks.read_fargate_profiles": ("eks", eks.read_fargate_profiles, ("one",), {}),
    "eks.read_role_entries": ("eks", eks.read_role_entries, ("one",), {}),
    "pod_identity.read_associations": ("eks", pod_identity.read_associations, ("one", "epinio"), {}),
    "ec2.read_instances": ("ec2", ec2.read_instances, (["i-1"],), {}),
    "iam.read_policy": ("iam", iam.read_policy, (POLICY, {}), {"attachments": True}),
    "iam.read_policy_to_remove": ("iam", iam.read_policy_to_remove, (POLICY, OWNER), {}),
    "iam.check_boundary": ("iam", iam.check_boundary, (POLICY,), {}),
    "iam.read_policy_count": ("iam", iam.read_policy_count, ("one",), {}),
    "iam.read_role": ("iam", iam.read_role, ("one", OWNER), {}),
    "iam.read_role_to_remove": ("iam", iam.read_role_to_remove, ("one", OWNER), {}),
    "iam.read_provider": ("iam", iam.read_provider, ("arn:aws:iam::123456789012:oidc-provider/a",), {}),
    "iam.read_named_role": ("iam", iam.read_named_role, ("one",), {}),
    "iam.read_profile_role": ("iam", iam.read_profile_role, ("arn:aws:iam::1:instance-profile/a",), {}),
    "s3.read_bucket": ("s3", s3.read_bucket, ("sources", OWNER), {}),
    "s3.find_bucket": ("s3", s3.find_bucket, ("sources", OWNER), {}),
    "bucket_policies.read_bucket_policy": ("s3", bucket_policies.read_bucket_policy, ("sources",), {}),
    "bucket_policies.read_policy_of": ("s3", bucket_policies.read_policy_of, ({"Bucket": "sources"},), {}),
    "bucket_policies.read_any_key": ("s3", bucket_policies.read_any_key, ("sources",), {}),
    "sessions.assume": ("sts", sessions.assume, (ROLE, "token"), {}),
}
