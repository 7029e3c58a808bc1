#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_release_info
short_description: Read the Helm release of Epinio
version_added: 0.1.0
description:
  - Reads what other steps need to know of the release - versions, service accounts, where it keeps sources.
  - It reads the Secret in which Helm keeps the release, the Deployment of Epinio's server and the server's service
    account, in four calls. No helm is run.
  - A release whose version cannot be wired is refused, with the reason and the ways out, and so is one whose server
    does not know the endpoints of the cluster's partition or region.
options:
  name:
    description: Name of the Helm release, in the namespace of O(wiring).
    type: str
    default: epinio
  chart_version:
    description:
      - The chart's version that the release is going to have, if it is another one than now. The release is then judged
        by that.
    type: str
  accept_unsigned_server:
    description: Do not refuse a server whose version cannot use IAM, or cannot be told.
    type: bool
    default: false
extends_documentation_fragment:
  - epinio.aws.attributes.info
  - epinio.aws.options.wiring
  - kubernetes.core.k8s_auth_options
requirements:
  - kubernetes >= 24.2.0
  - PyYAML >= 3.11
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Find out which service account Epinio's server runs with
  epinio.aws.epinio_release_info:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
  register: epinio
"""

RETURN = r"""
release:
  description: The release.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the release.
      type: str
      sample: epinio
    namespace:
      description: Namespace of the release.
      type: str
      sample: epinio
    revision:
      description: Number of the newest revision.
      type: int
      sample: 1
    status:
      description: Status of the newest revision.
      type: str
      sample: deployed
    chart:
      description: Name of the chart.
      type: str
      sample: epinio
    chart_version:
      description: Version of the chart.
      type: str
      sample: 1.13.9
    annotates:
      description: Whether this version of the chart annotates the server's service account with its role.
      type: bool
      sample: true
    apply_method:
      description: V(ssa) where Helm 4 applies on the server's side, else empty.
      type: str
      sample: ""
    server_version:
      description: Version of Epinio's server, empty if it cannot be told.
      type: str
      sample: 1.13.9
    server_can_use_iam:
      description: Whether a server of this version signs its requests with credentials of IAM.
      type: bool
      sample: true
    server_deployment:
      description: Name of the server's Deployment, empty if it does not exist.
      type: str
      sample: epinio-server
    server_service_account:
      description: Service account of the server.
      type: str
      sample: epinio-server
    server_role_arn:
      description: ARN of the role that this account is annotated with, empty if with none.
      type: str
      sample: ""
    server_pull_secrets:
      description: Names of the pull secrets of the server's account and pods.
      type: list
      elements: str
      sample: []
    staging_service_account:
      description: Service account of staging jobs, by the values.
      type: str
      sample: epinio-server
    domain:
      description: Domain of Epinio.
      type: str
      sample: example.test
    bundled_store:
      description: Whether sources are kept in a store that the chart brings.
      type: bool
      sample: true
    s3:
      description: Endpoint, bucket and region in the values. They are in force where no bundled store is.
      type: dict
      sample: {"endpoint": s3.us-east-1.amazonaws.com, "bucket": epinio-sources, "region": us-east-1}
"""

from ansible_collections.epinio.aws.plugins.module_utils.arguments import options
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import reporting
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import refuse_other_driver
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import kubernetes_client, kubernetes_module
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_info import described, refuse_unfit_release
from ansible_collections.epinio.aws.plugins.module_utils.readers.epinio import read_server
from ansible_collections.epinio.aws.plugins.module_utils.readers.helm import read_newest
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import read_service_account

SPEC = options(
    "wiring",
    name={"type": "str", "default": "epinio"},
    chart_version={"type": "str"},
    accept_unsigned_server={"type": "bool", "default": False},
)


def main() -> None:
    module = kubernetes_module(SPEC)
    given = module.params
    with reporting(module):
        refuse_other_driver()
        owner = wiring(given["wiring"])
        namespace = owner.namespace
        api = kubernetes_client(module)
        release = read_newest(api, namespace, given["name"])
        server = read_server(api, namespace)
        planned, accepted = given["chart_version"] or "", given["accept_unsigned_server"]
        refuse_unfit_release(owner.cluster, release, server, planned, accept_unsigned=accepted)
        account = read_service_account(api, namespace, server.service_account) if server else None
        module.exit_json(changed=False, release=described(release, server, account))


if __name__ == "__main__":
    main()
