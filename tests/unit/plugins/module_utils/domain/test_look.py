"""What Epinio reads, compared with what it must read."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.deployments import Deployment, Pod
from ansible_collections.epinio.aws.plugins.module_utils.domain.look import Seen, Wanted, findings
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ServiceAccount
from ansible_collections.epinio.aws.plugins.module_utils.domain.stores import ConnectionDetails

ROLE = "arn:aws:iam::111122223333:role/epinio-server-role"
STAGING_ROLE = "arn:aws:iam::111122223333:role/epinio-staging-role"


def account(name: str, role: str, **annotations: str) -> ServiceAccount:
    return ServiceAccount("epinio", name, annotations={"eks.amazonaws.com/role-arn": role, **annotations})


CONNECTION = ConnectionDetails("s3.us-east-1.amazonaws.com", "sources", "us-east-1", use_ssl=True, has_keys=False)
ENVIRONMENT = {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/secrets/token"}
SERVER = Deployment(
    *("epinio", "epinio-server", "epinio-server", 1),
    templates={"epinio-server": {}},
    pods=(Pod("epinio-server-1", {"epinio-server": ENVIRONMENT}),),
)
WANTED = Wanted("s3.us-east-1.amazonaws.com", "sources", "us-east-1", "epinio-server", "staging", ROLE, STAGING_ROLE)
SEEN = Seen(
    connection=CONNECTION,
    accounts={"epinio-server": account("epinio-server", ROLE), "staging": account("staging", STAGING_ROLE)},
    staging_accounts={"epinio-stage-scripts": "staging", "my-builder": "staging"},
    server=SERVER,
    certificate_secret="",
)


def connection(**changed: Any) -> dict[str, Any]:
    return {"connection": replace(CONNECTION, **changed)}


def server(**changed: Any) -> dict[str, Any]:
    return {"server": replace(SERVER, **changed)}


def accounts(**changed: ServiceAccount | None) -> dict[str, Any]:
    return {"accounts": {**SEEN.accounts, **changed}}


def pod(environment: dict[str, str]) -> dict[str, Any]:
    return server(pods=(Pod("p", {"epinio-server": environment}),))


def test_finds_nothing_where_all_is_well() -> None:
    assert findings(WANTED, SEEN) == ()


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (connection(endpoint="https://s3.us-east-1.amazonaws.com"), "scheme"),
        (connection(endpoint="minio.epinio.svc.cluster.local:9000"), "minio.epinio.svc.cluster.local:9000"),
        (connection(bucket="other"), "other"),
        (connection(region=""), "nothing, which is another region"),
        (connection(use_ssl=False), "unencrypted"),
        (connection(has_keys=True), "stored keys"),
        ({"connection": None}, "does not exist"),
        ({"staging_accounts": {"my-builder": ""}}, "default (it names none)"),
        ({"staging_accounts": {"epinio-stage-scripts": "epinio-server"}}, "epinio-server"),
        (server(service_account="other"), "epinio_server_service_account"),
        ({"server": None}, "no Deployment"),
        (accounts(staging=None), "service account staging does not exist"),
        (accounts(staging=account("staging", "")), "of nobody"),
        (accounts(staging=account("staging", ROLE)), "so its pods lack"),
        (
            accounts(staging=account("staging", STAGING_ROLE, **{"eks.amazonaws.com/audience": "other"})),
            "asks for tokens for other",
        ),
        (server(trouble=("no quota",)), "no quota"),
        (server(pods=(Pod("p", {"epinio-server": ENVIRONMENT}, "ImagePullBackOff"),)), "not ready: ImagePullBackOff"),
        ({"certificate_secret": "minio-tls"}, "minio-tls"),
        (server(pods=()), "has no pod"),
        (pod({}), "has no AWS_ROLE_ARN"),
        (pod({"AWS_ROLE_ARN": ROLE}), "restart"),
        (pod({**ENVIRONMENT, "AWS_ROLE_ARN": "arn:other"}), "arn:other"),
        (pod({**ENVIRONMENT, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23"}), "Pod Identity"),
    ],
)
def test_names_what_is_wrong(changed: dict[str, Any], named: str) -> None:
    (finding,) = findings(WANTED, replace(SEEN, **changed))
    assert named in str(finding)
    assert finding.remedy


OF_NODES = replace(WANTED, role_arn="", staging_account="", staging_role_arn="")
PLAIN = replace(SEEN, **pod({}), **accounts(**{"epinio-server": account("epinio-server", "")}))


def test_with_the_role_of_the_node_no_pod_has_one_of_its_own() -> None:
    """The staging jobs' account does not matter, whichever it is."""
    assert findings(OF_NODES, replace(PLAIN, staging_accounts={"my-builder": ""})) == ()
    (left,) = findings(OF_NODES, replace(PLAIN, **pod(ENVIRONMENT)))
    assert "does not have the credentials of its node" in left.text
    (other,) = findings(OF_NODES, replace(PLAIN, **accounts()))
    assert f"has the role {ROLE}: its pods do not use their node's" in other.text
