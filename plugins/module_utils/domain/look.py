# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look: what Epinio reads after the switch, compared with what it must read.

Sources: Epinio's server reads the Secret `epinio-s3-connection-details` at every request and the ConfigMaps labelled
`app.kubernetes.io/component=epinio-staging` at every staging; its pods get credentials at creation only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.epinio.aws.plugins.module_utils.domain import credentials
from ansible_collections.epinio.aws.plugins.module_utils.domain.credentials import Kind
from ansible_collections.epinio.aws.plugins.module_utils.domain.deployments import Deployment
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ServiceAccount
from ansible_collections.epinio.aws.plugins.module_utils.domain.stores import CONNECTION_DETAILS, ConnectionDetails
from ansible_collections.epinio.aws.plugins.module_utils.domain.trust import AUDIENCE
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import Finding, Verdict

# aws/amazon-eks-pod-identity-webhook, pkg/annotations.go
_AUDIENCE = "eks.amazonaws.com/audience"
# What a staging job uses whose ConfigMap names no account (internal/api/v1/application/stage.go).
_FALLBACK = "default"


@dataclass(frozen=True)
class Seen:
    """What is in the cluster.

    `accounts` goes by name; `staging_accounts` goes by ConfigMap, `""` where it names none; `certificate_secret` is
    what the Deployment's environment sets `S3_CERTIFICATE_SECRET` to.
    """

    connection: ConnectionDetails | None
    accounts: Mapping[str, ServiceAccount | None]
    staging_accounts: Mapping[str, str]
    server: Deployment | None
    certificate_secret: str


@dataclass(frozen=True)
class Wanted:
    """What Epinio must read to reach S3 with its roles.

    Without a role of its own (`role_arn` is `""`) the server uses that of its node. Without `staging_account` (`""`)
    the account of the staging jobs does not matter.
    """

    endpoint: str
    bucket: str
    region: str
    server_account: str
    staging_account: str = ""
    role_arn: str = ""
    staging_role_arn: str = ""


def findings(wanted: Wanted, seen: Seen) -> tuple[Finding, ...]:
    """Everything that is not as it must be, each naming object, field, what it means and what to do."""
    found = (_connection(wanted, seen), _accounts(wanted, seen), _staging(wanted, seen), _server(wanted, seen))
    return tuple(Finding(Verdict.DISPROVEN, text, remedy) for part in found for text, remedy in part)


def _connection(wanted: Wanted, seen: Seen) -> Iterator[tuple[str, str]]:
    found = seen.connection
    if found is None:
        yield (
            f"The Secret {CONNECTION_DETAILS} does not exist: Epinio has no store.",
            "Run the playbook that wires this.",
        )
        return
    again = "Run the playbook that wires this mode; if it finds nothing to change, somebody edits the Secret by hand."
    elsewhere = (
        "has a scheme, which Epinio refuses" if "://" in found.endpoint else "is another store, as the bundled one"
    )
    for key, value, must, why in (
        ("endpoint", found.endpoint, wanted.endpoint, elsewhere),
        ("bucket", found.bucket, wanted.bucket, "is another bucket"),
        ("config, region", found.region, wanted.region, "is another region"),
        ("useSSL", str(found.use_ssl).lower(), "true", "sends sources unencrypted"),
    ):
        if value != must:
            text = f"The field {key} of Secret {CONNECTION_DETAILS} says {value or 'nothing'}, which {why}."
            yield text, f"It must be {must}. {again}"
    if found.has_keys:
        yield f"The Secret {CONNECTION_DETAILS} holds stored keys: Epinio signs with them, not with its role.", again


def _accounts(wanted: Wanted, seen: Seen) -> Iterator[tuple[str, str]]:
    roles = {wanted.server_account: wanted.role_arn}
    if wanted.staging_account:
        roles[wanted.staging_account] = wanted.staging_role_arn
    again = "Run the playbook that wires this mode."
    for name, role in roles.items():
        account = seen.accounts[name]
        if account is None:
            yield f"The service account {name} does not exist: no pod of it can be made.", again
            continue
        if account.role_arn and not role:
            text = f"The service account {name} has the role {account.role_arn}: its pods do not use their node's."
            yield text, "Take the annotation off the account if nobody needs it, or wire Epinio with IRSA."
        elif account.role_arn != role:
            text = (
                f"The service account {name} has the role {account.role_arn or 'of nobody'}, so its pods lack {role}."
            )
            yield text, again
        audience = account.annotations.get(_AUDIENCE, AUDIENCE)
        if audience != AUDIENCE:
            text = f"The service account {name} asks for tokens for {audience}, which its role does not take."
            yield text, f"Take the annotation {_AUDIENCE} off the account."


def _staging(wanted: Wanted, seen: Seen) -> Iterator[tuple[str, str]]:
    if not wanted.staging_account:
        return
    for name, account in sorted(seen.staging_accounts.items()):
        if account != wanted.staging_account:
            used = account or f"{_FALLBACK} (it names none)"
            yield (
                f"The ConfigMap {name} makes staging jobs run as service account {used}, not as the one with a role.",
                f"Set serviceAccountName in its staging-values.json to {wanted.staging_account}.",
            )


def _server(wanted: Wanted, seen: Seen) -> Iterator[tuple[str, str]]:
    server = seen.server
    if server is None:
        yield "Epinio's server has no Deployment.", "Install Epinio, or set epinio_namespace and epinio_release."
        return
    if server.service_account != wanted.server_account:
        text = f"The {server} runs as {server.service_account}; the role is for {wanted.server_account}."
        yield text, "Set epinio_server_service_account to the account that it uses."
    if seen.certificate_secret:
        text = (
            f"The {server} sets S3_CERTIFICATE_SECRET to {seen.certificate_secret}: "
            "the server then trusts that certificate authority only, and every call to AWS fails."
        )
        yield text, "Empty s3.certificateSecret and turn the bundled store off."
    yield from _pods(wanted, server)


def _pods(wanted: Wanted, server: Deployment) -> Iterator[tuple[str, str]]:
    if server.trouble:
        yield f"The {server} is in trouble: {'; '.join(server.trouble)}.", "Mend what Kubernetes complains of."
    if server.replicas and not server.pods:
        yield f"The {server} has no pod.", "Look at its events: kubectl describe deployment."
    for pod in server.pods:
        if pod.trouble:
            yield f"The pod {pod.name} is not ready: {pod.trouble}.", "Mend what keeps it, and run this again."
        found = credentials.worst(
            credentials.Wanted(wanted.role_arn, wanted.region), pod.environments, server.templates
        )
        if found.kind is not Kind.RIGHT:
            what = f"the role {wanted.role_arn}" if wanted.role_arn else "the credentials of its node"
            text = f"The pod {pod.name} does not have {what}: {found.text}."
            yield text, f"A pod gets credentials at its creation only: restart {server}."
