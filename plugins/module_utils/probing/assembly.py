# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a proof together from the module's options: which calls, from where, and what is held against the answers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import phases, places, probes
from ansible_collections.epinio.aws.plugins.module_utils.domain.phases import Phase
from ansible_collections.epinio.aws.plugins.module_utils.domain.places import Places
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Identity, Place
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import Finding, Verdict
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import NoJob, Undecided
from ansible_collections.epinio.aws.plugins.module_utils.probing import runners
from ansible_collections.epinio.aws.plugins.module_utils.probing.proof import (
    Case,
    Proof,
    Runner,
    prove,
    without_jobs,
)
from ansible_collections.epinio.aws.plugins.module_utils.readers import jobs
from ansible_collections.epinio.aws.plugins.module_utils.readers.bucket_policies import read_any_key, read_bucket_policy
from ansible_collections.epinio.aws.plugins.module_utils.readers.pod_identity import read_associations

# An account that every namespace has, and that is nobody's.
_STRANGER = "default"


def access_proof(module: Any, wiring: Wiring, api: Any) -> Proof:
    """The proof from where it is wanted; first Pod Identity associations, which the webhook prefers to annotations."""
    given = module.params
    found = given["associated_accounts"]
    if found is None:
        found = read_associations(module.client("eks"), wiring.cluster.name, wiring.namespace)
    hidden = [_hidden(wiring, account) for account in _accounts(given) if found and account in found]
    if hidden:
        return Proof(findings=hidden)
    proof, missing_rights = Proof(), functools.cache(lambda: jobs.missing_rights(api, wiring.namespace))
    for carry_out in _parts(given):
        where = places.places(given["from"], missing_rights, of_nodes=carry_out is _of_node_roles)
        proof.findings.extend(where.findings)
        if where.controller or where.pods:
            try:
                proof.add(carry_out(module, wiring, api, where))
            except Undecided as error:
                proof.findings.append(Finding(Verdict.INCONCLUSIVE, str(error)))
    proof.findings.extend(_remarks(given["access"], found is None))
    return proof


def _parts(given: Mapping[str, Any]) -> Iterator[Callable[[Any, Wiring, Any, Places], Proof]]:
    """What is to be proven: the roles of the service accounts, those of the nodes, or both."""
    if given["server_role_arn"]:
        yield _of_accounts
    if given["node_roles"] is not None:
        yield _of_node_roles


def _of_accounts(module: Any, wiring: Wiring, api: Any, where: Places) -> Proof:
    given, documented = module.params, module.params["access"] == "documented"
    acting = [identity for identity in Identity if where.pods and identity.value in given["cluster_identities"]]
    using: dict[Place, Runner] = {}
    lacking: list[Finding] = []
    if acting:
        try:
            using[Place.CLUSTER] = runners.of_accounts(given, wiring, api)
        except NoJob as error:
            if not where.controller:
                raise
            acting, lacking = [], [without_jobs(error, where.without_jobs)]
    positive = _positive(module, wiring)
    negative: tuple[probes.Probe, ...] = ()
    if given["negative"]:
        negative = probes.negative(given["bucket"], probes.probe_key(str(wiring)), documented=documented)
        other = given["other_bucket"]
        if other:
            negative += probes.elsewhere(other, read_any_key(module.client("s3"), other), documented=documented)
    table = phases.phases(positive, negative, controller=where.controller, pods_of=acting)
    role_arns = {identity: given[f"{identity.value}_role_arn"] for identity in Identity}
    strangers = (_STRANGER,) if given["negative"] and _STRANGER not in _accounts(given) else ()
    if any(phase.place is Place.CONTROLLER for phase in table):
        using[Place.CONTROLLER] = runners.controller(module, wiring, api)
    proof = prove(using, _case(module, table, positive[-1], role_arns, strangers, where.without_jobs))
    proof.findings.extend(lacking)
    if strangers and Place.CONTROLLER not in using:
        text = f"Whether the service account {_STRANGER} can assume the roles was not asked: only the controller can."
        proof.findings.append(Finding(Verdict.NOTED, text, "Set from to both to have it asked."))
    return proof


def _of_node_roles(module: Any, wiring: Wiring, api: Any, _where: Places) -> Proof:
    """Each role is proven by a pod on one of its nodes."""
    given, proof = module.params, Proof(list(places.node_role_findings(module.params["node_roles"])))
    positive = _positive(module, wiring)
    for role in given["node_roles"]:
        if role["nodes"]:
            table = phases.of_node_role(positive, role["name"])
            case = _case(module, table, table[-1].probes[-1], dict.fromkeys(Identity, role["arn"]))
            proof.add(prove({Place.CLUSTER: runners.of_node_role(given, wiring, api, role)}, case))
    return proof


def _case(
    module: Any,
    table: tuple[Phase, ...],
    clean_up: probes.Probe,
    role_arns: Mapping[Identity, str],
    strangers: tuple[str, ...] = (),
    without_jobs: Verdict = Verdict.INCONCLUSIVE,
) -> Case:
    given = module.params
    return Case(
        phases=table,
        clean_up=clean_up,
        role_arns=role_arns,
        strangers=strangers,
        bucket_policy=functools.cache(lambda: read_bucket_policy(module.client("s3"), given["bucket"])),
        patience=float(given["patience"]),
        without_jobs=without_jobs,
    )


def _positive(module: Any, wiring: Wiring) -> tuple[probes.Probe, ...]:
    given = module.params
    documented = given["access"] == "documented"
    return probes.positive(given["bucket"], probes.probe_key(str(wiring)), documented=documented)


def _accounts(given: Mapping[str, Any]) -> tuple[str, str]:
    return given["server_service_account"], given["staging_service_account"]


def _remarks(access: str, unknown: bool) -> Iterator[Finding]:
    if unknown:
        text = "Pod Identity associations of the cluster cannot be listed; one would take precedence over the roles."
        yield Finding(Verdict.NOTED, text, "Grant eks:ListPodIdentityAssociations to be sure.")
    if access == "documented":
        text = "The policy of Epinio's page lacks s3:AbortMultipartUpload: what is left of broken uploads stays."
        yield Finding(Verdict.NOTED, text, "A lifecycle rule for incomplete multipart uploads removes it.")


def _hidden(wiring: Wiring, account: str) -> Finding:
    return Finding(
        Verdict.DISPROVEN,
        f"The service account {wiring.namespace}/{account} has an EKS Pod Identity association: its pods get the "
        "association's role, and the annotation is ignored.",
        "Delete the association (aws eks delete-pod-identity-association), or give Epinio another service account.",
    )
