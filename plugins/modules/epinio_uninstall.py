#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_uninstall
short_description: Remove Epinio and its namespaces from the cluster
version_added: 0.1.0
description:
  - Uninstalls the Helm release of Epinio, and deletes the release's namespace if nothing foreign is in it. The
    namespace C(workspace), which belongs to the chart, goes with the release. Applications and volume claims in these
    namespaces go with them, and the result lists them, in check mode too.
  - Foreign is what neither Epinio, nor its chart, nor this collection, nor Kubernetes itself made, whatever its kind.
    With such an object in it the release's namespace stays and is reported as residue; the values of before the wiring,
    which this collection notes there, are deleted. Such an object in C(workspace)
    is refused, since helm deletes that namespace with all that is in it.
  - Other namespaces of applications stay with all that is in them, and so do Epinio's resource definitions. Both are
    reported as residue.
  - Where the release would take the resource definitions of C(helm.cattle.io) with it and the cluster has objects of
    these kinds, it is refused.
  - A release that another helm works on is respected for as long as O(helm_timeout). What a run that was killed has
    left is finished by the next one, for which the release's history is kept until its namespace is gone.
  - It lists the objects of every kind in both namespaces, so whoever runs it needs the right to.
options:
  name:
    description: Name of the Helm release, in the namespace of O(wiring).
    type: str
    default: epinio
  confirm:
    description: Name of the EKS cluster. Nothing is done unless it is the one in O(wiring).
    type: str
    required: true
  helm_binary:
    description: The helm to run, version 3.13 or later, or 4.
    type: str
    default: helm
  helm_timeout:
    description: How long helm, and then the deletion of each namespace, may take, as a duration of helm.
    type: str
    default: 10m
  state:
    description: Epinio is gone. It is never installed.
    type: str
    choices: [absent]
    default: absent
extends_documentation_fragment:
  - epinio.aws.attributes
  - epinio.aws.options.wiring
  - kubernetes.core.k8s_auth_options
requirements:
  - helm 3.13 or later, where the release has to be uninstalled
  - PyYAML >= 5.1
  - urllib3 >= 1.26
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Remove Epinio and its namespaces
  epinio.aws.epinio_uninstall:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    confirm: epinio
"""

RETURN = r"""
uninstalled:
  description:
    - What was found, each thing with what becomes of it, also in check mode - V(gone), or V(there) for what stays.
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
    release:
      description: V(gone), empty if there was none.
      type: str
      sample: gone
    namespaces:
      description: The release's namespace and those of applications.
      type: dict
      sample: {"epinio": gone, "workspace": gone, "team1": there}
    apps:
      description: Epinio's applications in all namespaces.
      type: dict
      sample: {"workspace/shop": gone, "team1/blog": there}
    claims:
      description: Volume claims in the release's namespace and in that of the chart.
      type: dict
      sample: {"epinio/export-0-minio-0": gone}
    staging_jobs:
      description: Staging jobs that were running.
      type: dict
      sample: {"Job stage-shop": gone}
changes:
  description: The calls that were made, or in check mode would be.
  returned: success
  type: list
  elements: dict
  contains:
    summary:
      description: The change in words.
      type: str
      sample: uninstall release epinio (chart 1.13.9), and with it namespace workspace
    operation:
      description: Client and method.
      type: str
      sample: helm.uninstall
    arguments:
      description: Arguments of the call.
      type: dict
residue:
  description: What is left, and why.
  returned: success
  type: list
  elements: dict
  contains:
    object:
      description: What is left.
      type: str
      sample: namespace epinio
    reason:
      description: Why it is left.
      type: str
      sample: "in it is what neither Epinio, nor its chart, nor this collection made: ConfigMap notes"
    advice:
      description: What you can do.
      type: str
      sample: >-
        Move or delete that and run this again, or delete the namespace with all that is in it: kubectl delete namespace
        epinio.
    wiring:
      description: Always empty, since nothing here carries the mark of another wiring.
      type: str
      sample: ""
notices:
  description: What was found and left alone, and why.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.epinio.aws.plugins.module_utils.arguments import options
from ansible_collections.epinio.aws.plugins.module_utils.converge import converge
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_inputs import check_helm_timeout, check_release
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import reporting
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import helm_for, refuse_other_driver
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import kubernetes_client, kubernetes_module
from ansible_collections.epinio.aws.plugins.module_utils.planners.uninstall import Wanted
from ansible_collections.epinio.aws.plugins.module_utils.uninstall_survey import Survey
from ansible_collections.epinio.aws.plugins.module_utils.writers.uninstall import UninstallWriter
from ansible_collections.epinio.aws.plugins.module_utils.writers.upkeep import UpkeepWriter

SPEC = options(
    "wiring",
    name={"type": "str", "default": "epinio"},
    confirm={"type": "str", "required": True},
    helm_binary={"type": "str", "default": "helm"},
    helm_timeout={"type": "str", "default": "10m"},
    state={"type": "str", "choices": ["absent"], "default": "absent"},
)


def main() -> None:
    module = kubernetes_module(SPEC)
    given = module.params
    with reporting(module):
        timeout = given["helm_timeout"]
        check_release(given["name"])
        wanted = Wanted(wiring(given["wiring"]), given["name"], given["confirm"], check_helm_timeout(timeout))
        refuse_other_driver()
        api = kubernetes_client(module)
        helm = helm_for(given["helm_binary"], api, module.tmpdir)
        survey = Survey(api, wanted, helm.major)
        writer = UninstallWriter(helm, api, timeout, survey.foreign)
        upkeep = UpkeepWriter(api, wanted.wiring, wanted.name)
        converge(module, "uninstalled", survey, {"helm": writer, "kubernetes": writer, "upkeep": upkeep})


if __name__ == "__main__":
    main()
