#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_access_check
short_description: Prove that Epinio reaches S3 with its roles
version_added: 0.1.0
description:
  - Acts as the service accounts of Epinio's server and staging jobs, and makes the S3 calls that Epinio makes, on the
    hosts that Epinio's clients use.
  - From where Ansible runs it asks the API server for the accounts' tokens, and gets their roles' sessions from STS.
  - From inside the cluster it does so in the pod of a short Job, with the image of the AWS CLI that Epinio's staging
    jobs use. That also proves what gives pods their credentials, and their network. The Job is always removed.
  - Sees also that they may not do more, if asked.
  - Looks at what Epinio reads after the switch, if asked.
  - An answer is C(proven), C(disproven) or C(inconclusive). Disproven fails the task with the finding that explains it.
  - It writes one probe object below C(.epinio-aws-probe/) and removes it, so it never reports a change.
options:
  from:
    description:
      - From where the calls are made. V(controller) is where Ansible runs, V(cluster) the pods of Jobs.
      - V(both) makes all of them from where Ansible runs, and those of O(cluster_identities) from pods as well, but for
        an upload in parts, which takes no other right than one at once.
      - V(auto) is V(both), with O(node_roles) V(cluster), where a Job can be made. Where the user of the kubeconfig may
        not create, get and delete Jobs and list pods in the namespace, or a quota or an admission policy forbids the
        Job or its pod, it is V(controller), with a notice; with O(node_roles) the answer is then C(inconclusive).
      - With V(cluster) and V(both) the answer is C(inconclusive) wherever no Job can be made.
    type: str
    choices: [controller, cluster, both, auto]
    default: controller
  cluster_identities:
    description:
      - Whose calls are made from pods. The server's service account gets its role with the release, so before that
        only V(staging) can be proven so.
      - Where only V(staging) has a pod, the server's calls are made from where Ansible runs, also with O(from=cluster),
        because somebody must write what staging reads.
      - Both pods run at the same time, if the object was written from where Ansible runs.
    type: list
    elements: str
    choices: [server, staging]
    default: [server, staging]
  node_roles:
    description:
      - Roles of nodes, as M(epinio.aws.epinio_node_roles_info) returns them. All calls are made with these roles, each
        by a pod with the server's service account on one of its nodes; O(from) must be V(cluster) or V(auto).
      - With O(server_role_arn) the roles of the service accounts are proven as well.
      - What must be refused is not asked, since every pod of such a node has the access.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the role.
        type: str
        required: true
      arn:
        description: ARN of the role.
        type: str
        required: true
      nodes:
        description: Names of the ready nodes that have the role. A role without any is not proven, which is noted.
        type: list
        elements: str
        default: []
  job_timeout:
    description:
      - How many seconds a Job may take, from its creation to its last answer, beside O(patience). One that is not done
        by then is removed, and the answer is C(inconclusive).
    type: int
    default: 180
  issuer:
    description:
      - Issuer of the cluster's service account tokens, as M(epinio.aws.epinio_cluster_info) returns it.
      - Required with O(server_role_arn).
    type: str
  server_service_account:
    description: Service account of Epinio's server.
    type: str
    required: true
  server_role_arn:
    description: ARN of the server's role. Required without O(node_roles).
    type: str
  staging_service_account:
    description: Service account of the staging jobs.
    type: str
    required: true
  staging_role_arn:
    description: ARN of the staging jobs' role. Required with O(server_role_arn).
    type: str
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
    description: How many seconds a change of IAM may take to spread before a refusal counts. Each Job has as many.
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
  - epinio.aws.requirements.aws
  - kubernetes.core.k8s_auth_options
attributes:
  check_mode:
    support: none
    details: It writes a probe object, so Ansible skips it in check mode.
  diff_mode:
    support: N/A
    details: It changes nothing.
notes:
  - A proof makes these calls to AWS. C(eks:ListPodIdentityAssociations) once; from where Ansible runs
    C(sts:AssumeRoleWithWebIdentity) twice, four times with O(negative), and 12 calls to S3, up to 6 more with
    O(negative).
  - A proof from inside the cluster takes one Job for each of O(cluster_identities), and another with O(from=cluster)
    and both of them, which removes the object; with O(node_roles) one for each role that has nodes.
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

- name: Prove the same from inside the cluster as well, if the rights suffice
  epinio.aws.epinio_access_check:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    from: auto
    issuer: https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
    server_service_account: epinio-server
    server_role_arn: arn:aws:iam::123456789012:role/epinio-server-role
    server_version: 1.13.9
    staging_service_account: epinio-staging-service-account
    staging_role_arn: arn:aws:iam::123456789012:role/epinio-staging-role
    bucket: epinio-sources
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
        runners: [controller]
        probes:
          - identity: server
            runner: controller
            caller: arn:aws:sts::123456789012:assumed-role/epinio-server-role/epinio-aws-probe
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
from ansible_collections.epinio.aws.plugins.module_utils.probing.assembly import access_proof
from ansible_collections.epinio.aws.plugins.module_utils.probing.looking import look
from ansible_collections.epinio.aws.plugins.module_utils.probing.report import report

SPEC = options(
    "wiring",
    **{"from": {"type": "str", "choices": ["controller", "cluster", "both", "auto"], "default": "controller"}},
    cluster_identities={
        "type": "list",
        "elements": "str",
        "choices": ["server", "staging"],
        "default": ["server", "staging"],
    },
    node_roles={
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "arn": {"type": "str", "required": True},
            "nodes": {"type": "list", "elements": "str", "default": []},
        },
    },
    job_timeout={"type": "int", "default": 180},
    issuer={"type": "str"},
    server_service_account={"type": "str", "required": True},
    server_role_arn={"type": "str"},
    staging_service_account={"type": "str", "required": True},
    staging_role_arn={"type": "str"},
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
    module = aws_and_kubernetes_module(
        SPEC,
        supports_check_mode=False,
        required_one_of=[("server_role_arn", "node_roles")],
        required_together=[("issuer", "server_role_arn", "staging_role_arn")],
    )
    with reporting(module):
        owner = wiring(module.params["wiring"])
        api = kubernetes_client(module)
        answers = {}
        if module.params["proof"]:
            answers["proof"] = access_proof(module, owner, api)
        if module.params["look"]:
            answers["look"] = look(module, owner, api)
        report(module, answers)


if __name__ == "__main__":
    main()
