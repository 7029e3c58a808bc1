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
    does not know the endpoints of the cluster's partition or region. Where the wiring is to be taken back
    (O(teardown)), none of these is refused, nor a release that does not exist.
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
  teardown:
    description:
      - The wiring of the release is to be taken back. The release may have any version, and it need not exist.
      - A release that is uninstalled, or is being uninstalled, counts as gone, with a notice.
      - A release that does not exist is refused if Epinio's server in the namespace belongs to a release of another
        name.
    type: bool
    default: false
extends_documentation_fragment:
  - epinio.aws.attributes.info
  - epinio.aws.options.wiring
  - kubernetes.core.k8s_auth_options
requirements:
  - PyYAML >= 5.1
  - urllib3 >= 1.26
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Find out which service account Epinio's server runs with
  epinio.aws.epinio_release_info:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
  register: epinio

- name: Find out what is left of the release, to take the wiring back
  epinio.aws.epinio_release_info:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    teardown: true
  register: left
"""

RETURN = r"""
release:
  description: The release. With O(teardown) it is empty if the release or its namespace is gone.
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
notices:
  description: What the person who runs the play should know.
  returned: success
  type: list
  elements: str
  sample: []
"""

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.arguments import options
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_inputs import check_chart_version, check_release
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ServiceAccount
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring, wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import reporting
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import refuse_other_driver
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import kubernetes_client, kubernetes_module
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_info import (
    described,
    gone_notices,
    refuse_unfit_release,
    uninstalled,
)
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Server
from ansible_collections.epinio.aws.plugins.module_utils.readers.epinio import read_server
from ansible_collections.epinio.aws.plugins.module_utils.readers.helm import find_newest, read_newest
from ansible_collections.epinio.aws.plugins.module_utils.readers.installers import read_installer
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import read_service_account

SPEC = options(
    "wiring",
    name={"type": "str", "default": "epinio"},
    chart_version={"type": "str"},
    accept_unsigned_server={"type": "bool", "default": False},
    teardown={"type": "bool", "default": False},
)


def main() -> None:
    module = kubernetes_module(SPEC)
    given = module.params
    with reporting(module):
        refuse_other_driver()
        check_release(given["name"])
        if given["chart_version"]:
            check_chart_version(given["chart_version"])
        owner = wiring(given["wiring"])
        api = kubernetes_client(module)
        if given["teardown"]:
            shown, notices = what_is_left(api, owner.namespace, given["name"])
        else:
            shown, notices = fit_release(api, owner, given), ()
        module.exit_json(changed=False, release=shown, notices=list(notices))


def fit_release(api: Any, owner: Wiring, given: dict[str, Any]) -> dict[str, Any]:
    release = read_newest(api, owner.namespace, given["name"])
    server = read_server(api, owner.namespace)
    planned, accepted = given["chart_version"] or "", given["accept_unsigned_server"]
    refuse_unfit_release(owner.cluster, release, server, planned, accept_unsigned=accepted)
    return described(release, server, account_of(api, owner.namespace, server))


def what_is_left(api: Any, namespace: str, name: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    release = find_newest(api, namespace, name)
    if release is None or uninstalled(release):
        return {}, gone_notices(namespace, name, release, read_installer(api, namespace))
    server = read_server(api, namespace)
    return described(release, server, account_of(api, namespace, server), any_version=True), ()


def account_of(api: Any, namespace: str, server: Server | None) -> ServiceAccount | None:
    return read_service_account(api, namespace, server.service_account) if server else None


if __name__ == "__main__":
    main()
