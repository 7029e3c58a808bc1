#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_access_check
short_description: Prove that Epinio's service accounts reach S3 with their roles
version_added: 0.1.0
description:
  - Acts as the service accounts of Epinio's server and staging jobs. It asks the API server for their tokens, gets
    their roles' sessions from STS, and makes the S3 calls that Epinio makes, on the hosts that Epinio's clients use.
  - Sees also that they may not do more, if asked.
  - Looks at what Epinio reads after the switch, if asked.
  - An answer is C(proven), C(disproven) or C(inconclusive). Disproven fails the task with the finding that explains it.
  - It writes one probe object below C(.epinio-aws-probe/) and removes it, so it never reports a change.
options:
  issuer:
    description: Issuer of the cluster's service account tokens, as M(epinio.aws.epinio_cluster_info) returns it.
    type: str
    required: true
  server_service_account:
    description: Service account of Epinio's server.
    type: str
    required: true
  server_role_arn:
    description: ARN of the server's role.
    type: str
    required: true
  staging_service_account:
    description: Service account of the staging jobs.
    type: str
    required: true
  staging_role_arn:
    description: ARN of the staging jobs' role.
    type: str
    required: true
  bucket:
    description: Bucket that Epinio keeps sources in.
    type: str
    required: true
  server_version:
    description:
      - Version of Epinio's server, which decides on the hosts that its S3 client uses.
      - Without it the hosts are taken literally from the endpoint.
    type: str
  access:
    description:
      - What the roles' policies are meant to permit. With V(documented) staging jobs may write and other buckets can be
        read, which is noted and not held against them.
    type: str
    choices: [least_privilege, documented]
    default: least_privilege
  proof:
    description: Prove the roles.
    type: bool
    default: true
  negative:
    description:
      - Prove also that the staging role cannot write, that actions outside the policies are refused, and that the
        namespace's C(default) account cannot assume the roles.
    type: bool
    default: false
  other_bucket:
    description:
      - A bucket of the same account that neither role must be able to list, nor to read an object of.
      - Used with O(negative).
    type: str
  associated_accounts:
    description:
      - The namespace's service accounts that have an EKS Pod Identity association, as
        M(epinio.aws.epinio_cluster_info) returns them. Without it EKS is asked.
    type: list
    elements: str
  look:
    description: Look at what Epinio reads.
    type: bool
    default: false
  patience:
    description: How many seconds a change of IAM may take to spread before a refusal counts.
    type: int
    default: 20
  inconclusive:
    description:
      - What an inconclusive answer does. V(fail) fails the task, V(notice) reports it.
      - V(unreachable) reports the host as out of reach, which gives C(ansible-playbook) the exit code 4.
    type: str
    choices: [fail, notice, unreachable]
    default: fail
  validate_certs:
    description:
      - Whether to verify the certificates of AWS.
      - How those of Kubernetes are verified is said by the kubeconfig or E(K8S_AUTH_VERIFY_SSL).
    type: bool
    default: true
    aliases: []
extends_documentation_fragment:
  - epinio.aws.attributes
  - epinio.aws.options.wiring
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - kubernetes.core.k8s_auth_options
attributes:
  check_mode:
    support: none
    details: It writes a probe object, so Ansible skips it in check mode.
  diff_mode:
    support: N/A
    details: It changes nothing.
notes:
  - A proof makes these calls to AWS. C(eks:ListPodIdentityAssociations) once; C(sts:AssumeRoleWithWebIdentity) twice,
    four times with O(negative); 12 calls to S3, and up to 6 more with O(negative).
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Prove that Epinio reaches its bucket, and no more
  epinio.aws.epinio_access_check:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    issuer: https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
    server_service_account: epinio-server
    server_role_arn: arn:aws:iam::123456789012:role/epinio-server-role
    server_version: 1.13.9
    staging_service_account: epinio-staging-service-account
    staging_role_arn: arn:aws:iam::123456789012:role/epinio-staging-role
    bucket: epinio-sources
    negative: true
    look: true
"""

RETURN = r"""
answers:
  description: The answers to what was asked, C(proof) and C(look).
  returned: always, once the questions were put
  type: dict
  contains:
    proof:
      description: Whether the roles work.
      type: dict
      returned: with O(proof)
      sample:
        verdict: proven
        findings: []
        probes:
          - identity: server
            call: HeadBucket
            bucket: epinio-sources
            host: epinio-sources.s3.dualstack.us-east-1.amazonaws.com
            expected: allowed
            answer: ok
    look:
      description: Whether Epinio reads what it should.
      type: dict
      returned: with O(look)
      sample: {"verdict": "proven", "findings": []}
msg:
  description: The findings in words.
  returned: when the answer is not C(proven)
  type: str
notices:
  description: Findings that decide nothing.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.epinio.aws.plugins.module_utils.arguments import options
from ansible_collections.epinio.aws.plugins.module_utils.combined_module import aws_and_kubernetes_module
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import reporting
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import kubernetes_client
from ansible_collections.epinio.aws.plugins.module_utils.probing.assembly import controller_proof
from ansible_collections.epinio.aws.plugins.module_utils.probing.looking import look
from ansible_collections.epinio.aws.plugins.module_utils.probing.report import report

SPEC = options(
    "wiring",
    issuer={"type": "str", "required": True},
    server_service_account={"type": "str", "required": True},
    server_role_arn={"type": "str", "required": True},
    staging_service_account={"type": "str", "required": True},
    staging_role_arn={"type": "str", "required": True},
    bucket={"type": "str", "required": True},
    server_version={"type": "str"},
    access={"type": "str", "choices": ["least_privilege", "documented"], "default": "least_privilege"},
    proof={"type": "bool", "default": True},
    negative={"type": "bool", "default": False},
    other_bucket={"type": "str"},
    associated_accounts={"type": "list", "elements": "str"},
    look={"type": "bool", "default": False},
    patience={"type": "int", "default": 20},
    inconclusive={"type": "str", "choices": ["fail", "notice", "unreachable"], "default": "fail"},
)


def main() -> None:
    module = aws_and_kubernetes_module(SPEC, supports_check_mode=False)
    with reporting(module):
        owner = wiring(module.params["wiring"])
        api = kubernetes_client(module)
        answers = {}
        if module.params["proof"]:
            answers["proof"] = controller_proof(module, owner, api)
        if module.params["look"]:
            answers["look"] = look(module, owner, api)
        report(module, answers)


if __name__ == "__main__":
    main()
