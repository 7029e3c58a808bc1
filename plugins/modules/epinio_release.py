#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_release
short_description: Point the Helm release of Epinio at S3 without keys, or back
version_added: 0.1.0
description:
  - Reads the release from the Secret in which Helm keeps it, and upgrades it only when something differs - a value, the
    chart's version, a last revision that is not C(deployed), the role on the server's service account, or the Secret
    that Epinio's server reads.
  - Both ways of wiring (O(mode)) may be wired at once. The values that both need go back with the last one that is
    taken down; a mode that finds them in place is only noted.
  - With O(state=absent) the keys of the wiring get the values again that they had before, and no others; Epinio goes on
    as it was. A key that somebody changed since is left as it is, and told. The record goes when all that is done, so
    that the next run can finish what a killed one has left.
  - Values are merged in this order - those that the release has, O(values), O(secret_values), and those of the wiring.
    What else users have set stays. The chart stays at its version unless O(chart_version) says otherwise.
  - Before an upgrade it is rehearsed with a server-side dry run, also in check mode, so that a chart that cannot be
    fetched or a value that it does not take shows before anything is changed. Without an upgrade no helm is run.
  - An upgrade to the installed version is refused if the chart's templates are not those of the installed one, because
    then it comes from another repository, or is a fork.
  - A release that Flux or Argo CD owns is refused if it had to be upgraded, since they would undo that. The failed
    result's RV(release.owned_values), as C(owned_values), has the values for their source.
  - What the upgrade would reset of Epinio's own state (users, their roles and passwords, dex's settings) is noted in
    Secret C(epinio-aws-wiring), with the values to go back to, and put back while helm still waits.
  - A revision that is C(pending-) for longer than O(helm_timeout) is ended by a rollback; a younger one is respected.
  - Staging jobs that run are waited for up to O(staging_timeout), in check mode too, then refused, so that a play that
    plans first changes nothing else either.
options:
  name:
    description: Name of the Helm release, in the namespace of O(wiring).
    type: str
    default: epinio
  chart_ref:
    description:
      - A plain name, looked up in O(chart_repo), a C(repository/name) of your helm, an C(oci://) reference, or the
        absolute path of a chart.
    type: str
    default: epinio
  chart_repo:
    description:
      - Chart repository of a plain O(chart_ref).
      - Taken from the environment variable E(EPINIO_CHART_REPO) if it is not set, else Epinio's own.
    type: str
    default: https://epinio.github.io/helm-charts
  chart_version:
    description: Exact version of the chart, by default the installed one.
    type: str
  values:
    description:
      - Helm values of your own. One that belongs to the wiring is refused, and so is a secret of the chart.
    type: dict
    default: {}
  secret_values:
    description:
      - Further values, whose content is never shown.
      - Ansible masks every string and number in them wherever it turns up in the result - put only secrets here.
    type: dict
    default: {}
  mode:
    description:
      - The way of wiring. With V(irsa) service accounts have roles. With V(instance_profile) Epinio uses the roles of
        its nodes, so the release needs nothing but an S3 without keys. O(server_role_arn) and
        O(server_service_account) are then refused, and O(staging_service_account) has no meaning.
      - With V(instance_profile) a server's service account that is annotated with a role is refused, because the server
        would use that role, unless V(irsa) is wired as well.
    type: str
    choices: [irsa, instance_profile]
    default: irsa
  bucket:
    description: Bucket for application sources. Required with O(state=present).
    type: str
  s3_endpoint:
    description: S3 endpoint without scheme, by default that of O(s3_region).
    type: str
  s3_region:
    description: Region of the bucket, by default the cluster's.
    type: str
  domain:
    description: Value of C(global.domain), by default the release's.
    type: str
  server_role_arn:
    description:
      - ARN of the role of the server's service account. Required with O(state=present) and O(mode=irsa).
      - With O(state=absent) it tells the wiring's values in a release of which none are noted.
    type: str
  server_service_account:
    description:
      - Service account that the role was given to. It is refused if the server runs, or would after the upgrade, with
        another one.
      - Without it the server's account is not compared.
    type: str
  staging_service_account:
    description: Service account of staging jobs.
    type: str
    default: epinio-staging-service-account
  bundled_store:
    description:
      - What to do if sources of applications are out of reach after the switch, because they are in the bundled store
        or in another bucket; with O(state=absent), in the bucket of the wiring.
      - V(refuse) changes nothing and lists the applications, V(abandon) goes on.
    type: str
    choices: [refuse, abandon]
    default: refuse
  accept_unsigned_server:
    description: Go on with a server whose version cannot use IAM, or cannot be told.
    type: bool
    default: false
  on_removal:
    description:
      - What to do with O(state=absent). V(restore) gives the former values back.
      - V(keep) leaves values and record as they are, for a release that cannot be given back or that goes anyway.
    type: str
    choices: [restore, keep]
    default: restore
  staging_timeout:
    description: Seconds to wait for running staging jobs before an upgrade, by default as long as O(helm_timeout).
    type: int
  helm_binary:
    description: The helm to run, version 3.13 or later, or 4.
    type: str
    default: helm
  helm_timeout:
    description: How long helm waits for the pods, as a duration of helm.
    type: str
    default: 10m
  state:
    description:
      - V(present), the release is as it is wanted. It is never installed.
      - V(absent), it has nothing of the wiring. It is never uninstalled. Only its name, O(chart_ref), O(chart_repo),
        O(chart_version), O(mode), O(server_role_arn), O(staging_service_account), O(bundled_store),
        O(staging_timeout) and the options of helm matter then.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - epinio.aws.attributes
  - epinio.aws.options.wiring
  - kubernetes.core.k8s_auth_options
requirements:
  - helm 3.13 or later, where the release has to be upgraded
  - PyYAML >= 5.1
  - urllib3 >= 1.26
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Switch Epinio to the bucket
  epinio.aws.epinio_release:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    bucket: epinio-sources
    server_role_arn: arn:aws:iam::123456789012:role/epinio-server-role
    server_service_account: epinio-server
    domain: example.test

- name: Let Epinio use the bucket with the roles of its nodes
  epinio.aws.epinio_release:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    mode: instance_profile
    bucket: epinio-sources
    domain: example.test

- name: Give Epinio the store back that it had before, although sources of applications are in the bucket
  epinio.aws.epinio_release:
    wiring: arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio
    server_role_arn: arn:aws:iam::123456789012:role/epinio-server-role
    bundled_store: abandon
    state: absent
"""

RETURN = r"""
release:
  description:
    - The release, also in check mode. No value but those of the wiring's own keys is in it.
    - Empty with O(state=absent) where there is no release.
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
      sample: 2
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
    former_chart_version:
      description: The version that the chart had when this task began.
      type: str
      sample: 1.13.9
    annotates:
      description:
        - Whether the chart annotates the server's service account with its role. Where it does not, the module
          M(epinio.aws.epinio_sa_annotation) does.
      type: bool
      sample: true
    server_version:
      description: Version of Epinio's server, empty if it cannot be told.
      type: str
      sample: 1.13.9
    apply_method:
      description: V(ssa) where Helm 4 applies on the server's side, else empty.
      type: str
      sample: ""
    server_service_account:
      description: Service account of Epinio's server.
      type: str
      sample: epinio-server
    server_role_arn:
      description:
        - Only with O(state=absent). The role that the server's account carries afterwards, empty if none. What
          M(epinio.aws.epinio_sa_annotation) once set there counts as gone, since that module takes it back.
      type: str
      sample: ""
    owned_values:
      description:
        - The keys that belong to the wiring, with their values, null for one that is not set. Keys of a former store
          are hidden.
      type: dict
      sample: {"s3.bucket": epinio-sources, "minio.enabled": false}
    other_values:
      description: Other keys that change. Their values are hidden.
      type: dict
      sample: {"server.traceLevel": (hidden)}
    values_to_return_to:
      description:
        - The values that the wiring's keys had before, null for one that was not set. With O(state=absent) those of
          the ways of wiring that are left.
        - Keys of a former store are hidden.
      type: dict
      sample: {"s3.bucket": epinio, "minio.enabled": null}
changes:
  description: The calls that were made, or in check mode would be. They name keys of values, not the values of users.
  returned: success
  type: list
  elements: dict
  contains:
    summary:
      description: The change in words.
      type: str
      sample: upgrade release epinio to chart 1.13.9
    operation:
      description: Client and method.
      type: str
      sample: helm.upgrade
    arguments:
      description: Arguments of the call.
      type: dict
notices:
  description: What was found and left alone, and why; what somebody did to the wiring's keys.
  returned: success
  type: list
  elements: str
residue:
  description: What is left of the wiring, and why.
  returned: O(state=absent)
  type: list
  elements: dict
  contains:
    object:
      description: What is left.
      type: str
      sample: release epinio
    reason:
      description: Why it is left.
      type: str
      sample: >-
        revision 3 of release epinio (2026-11-24T09:00:00Z, Upgrade complete) gave another value to s3.bucket after it
        was wired
    advice:
      description: What to do about it.
      type: str
      sample: "Set these values as Epinio needs them: they are kept as they are."
    wiring:
      description: The other wiring that it belongs to, empty here.
      type: str
      sample: ""
"""

from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible_collections.epinio.aws.plugins.module_utils.arguments import options
from ansible_collections.epinio.aws.plugins.module_utils.converge import converge
from ansible_collections.epinio.aws.plugins.module_utils.domain import urls
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_inputs import check_helm_timeout
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import IRSA, OF_MODE, Settings, s3_endpoint
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring, wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, reporting
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import helm_for, refuse_other_driver
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_module import kubernetes_client, kubernetes_module
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_removal_target import Removal
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Wanted
from ansible_collections.epinio.aws.plugins.module_utils.release_directions import Direction, taking_back, wiring_up
from ansible_collections.epinio.aws.plugins.module_utils.release_survey import Survey
from ansible_collections.epinio.aws.plugins.module_utils.writers.helm import HelmWriter
from ansible_collections.epinio.aws.plugins.module_utils.writers.upkeep import UpkeepWriter

# Epinio's own charts.
CHARTS = "https://epinio.github.io/helm-charts"
SPEC = options(
    *("wiring", "state"),
    name={"type": "str", "default": "epinio"},
    chart_ref={"type": "str", "default": "epinio"},
    chart_repo={
        "type": "str",
        "default": CHARTS,
        "fallback": (env_fallback, ["EPINIO_CHART_REPO"]),
    },
    chart_version={"type": "str"},
    values={"type": "dict", "default": {}},
    secret_values={"type": "dict", "default": {}, "no_log": True},
    mode={"type": "str", "choices": list(OF_MODE), "default": IRSA},
    bucket={"type": "str"},
    s3_endpoint={"type": "str"},
    s3_region={"type": "str"},
    domain={"type": "str"},
    server_role_arn={"type": "str"},
    server_service_account={"type": "str"},
    staging_service_account={"type": "str", "default": "epinio-staging-service-account"},
    bundled_store={"type": "str", "choices": ["refuse", "abandon"], "default": "refuse"},
    accept_unsigned_server={"type": "bool", "default": False},
    on_removal={"type": "str", "choices": ["restore", "keep"], "default": "restore"},
    # Seconds, no credential.
    staging_timeout={"type": "int"},
    helm_binary={"type": "str", "default": "helm"},
    helm_timeout={"type": "str", "default": "10m"},
)


# What does not matter in another mode.
OF_IRSA = ("server_role_arn", "server_service_account", "staging_service_account")


def direction(given: dict[str, Any], owner: Wiring) -> Direction:
    request = {
        "wiring": owner,
        "name": given["name"],
        "chart_reference": given["chart_ref"],
        # A variable of the environment may be empty.
        "chart_repository": given["chart_repo"] or CHARTS,
        "chart_version": given["chart_version"] or "",
        "timeout": check_helm_timeout(given["helm_timeout"]),
        "abandon_sources": given["bundled_store"] == "abandon",
    }
    if given["mode"] != IRSA:
        refuse_roles_of_accounts(given)
        given = {**given, **dict.fromkeys(OF_IRSA, "")}
    if given["state"] == "present":
        return wiring_up(wanted(given, owner, request))
    return taking_back(
        Removal(
            **request,
            staging_account=given["staging_service_account"],
            role_arn=given["server_role_arn"] or "",
            keep=given["on_removal"] == "keep",
            mode=given["mode"],
        )
    )


def refuse_roles_of_accounts(given: dict[str, Any]) -> None:
    for name in ("server_role_arn", "server_service_account"):
        if given[name]:
            raise Refused(f"{name} is for mode irsa: with mode {given['mode']} pods use the roles of their nodes.")


def wanted(given: dict[str, Any], owner: Wiring, request: dict[str, Any]) -> Wanted:
    if given["server_role_arn"] is None:
        raise Refused("With mode irsa server_role_arn is required: the role that the server's service account gets.")
    region = given["s3_region"] or owner.cluster.region
    settings = Settings(
        bucket=given["bucket"],
        endpoint=s3_endpoint(given["s3_endpoint"], owner.cluster, region),
        region=region,
        role_arn=given["server_role_arn"],
        staging_service_account=given["staging_service_account"],
        domain=given["domain"] or "",
        mode=given["mode"],
    )
    return Wanted(
        **request,
        settings=settings,
        values=given["values"],
        secret_values=given["secret_values"],
        accept_unsigned=given["accept_unsigned_server"],
        server_account=given["server_service_account"] or "",
    )


def main() -> None:
    module = kubernetes_module(SPEC, required_if=[("state", "present", ["bucket"])])
    given = module.params
    # Ansible repeats the options in the result.
    module.no_log_values.update(urls.secrets(given["chart_repo"]), urls.secrets(given["chart_ref"]))
    with reporting(module):
        refuse_other_driver()
        owner = wiring(given["wiring"])
        way = direction(given, owner)
        api = kubernetes_client(module)
        helm = helm_for(given["helm_binary"], api, module.tmpdir)
        upkeep = UpkeepWriter(api, owner, given["name"])
        writer = HelmWriter(helm, api, upkeep.during)
        survey = Survey(
            api,
            helm,
            way,
            given["helm_timeout"],
            way.request.timeout if given["staging_timeout"] is None else given["staging_timeout"],
            mask=module.no_log_values.update,
            prepare=writer.prepare,
        )
        converge(module, "release", survey, {"helm": writer, "upkeep": upkeep})


if __name__ == "__main__":
    main()
