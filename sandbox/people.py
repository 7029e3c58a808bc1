"""What people did in an Epinio before it was wired: applications, users, passwords, connectors.

It is what an upgrade of Epinio's chart resets or puts out of reach, so demo and tests make it first and look for it
afterwards, with the Kubernetes client alone.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from kubernetes import client, config

NAMESPACE = "epinio"
USERS = "epinio.io/api-user-credentials=true"
ROLES = "epinio.io/roles"
PASSWORD_HASH = "$2a$10$somebodyhaschangedthispasswordhash0123456789abcdefghijk"


class People:
    """Reads and changes a cluster as Epinio and its operators do."""

    def __init__(self, kubeconfig: Path) -> None:
        self.api = config.new_client_from_config(str(kubeconfig))
        self.core = client.CoreV1Api(self.api)

    def push(self, name: str, namespace: str = "workspace", blob: str = "0d1f6c1e-blob") -> None:
        """An application with sources in the store."""
        body = {
            "apiVersion": "application.epinio.io/v1",
            "kind": "App",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"blobuid": blob, "imageurl": "registry.example.test/app"},
        }
        client.CustomObjectsApi(self.api).create_namespaced_custom_object(
            "application.epinio.io", "v1", namespace, "apps", body
        )

    def create_namespace(self, user: str, namespace: str) -> None:
        """`epinio namespace create`, by that user: the namespace, and his role in it."""
        labels = {"app.kubernetes.io/component": "epinio-namespace"}
        self.core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace, labels=labels)))
        secret = self._user(user)
        held = base64.b64decode((secret.data or {}).get("namespaces", "")).decode()
        roles = (secret.metadata.annotations or {}).get(ROLES, "")
        names = "\n".join([*filter(None, held.split("\n")), namespace])
        self._patch(secret, {"namespaces": names}, {ROLES: ",".join(filter(None, [roles, f"admin:{namespace}"]))})

    def change_password(self, user: str) -> None:
        """Another password hash, as `kubectl patch` puts it there."""
        self._patch(self._user(user), {"password": PASSWORD_HASH})

    def delete_user(self, user: str) -> None:
        """A default user removed, as Epinio's hardening guide advises."""
        self.core.delete_namespaced_secret(self._user(user).metadata.name, NAMESPACE)

    def add_connector(self) -> None:
        """An LDAP connector in dex's configuration, and a role for its group."""
        secret = self.core.read_namespaced_secret("dex-config", NAMESPACE)
        text = base64.b64decode(secret.data["config.yaml"]).decode()
        connector = "\nconnectors:\n- type: ldap\n  id: example\n  name: Example\n"
        self._patch(secret, {"config.yaml": text + connector, "rolesMapping": '[{"id": "staff", "role": "user"}]'})

    def state(self) -> dict[str, Any]:
        """Users by name with their data and roles, and dex's configuration: equal if all has survived."""
        secrets = self.core.list_namespaced_secret(NAMESPACE, label_selector=USERS).items
        users = {base64.b64decode(secret.data["username"]).decode(): _content(secret) for secret in secrets}
        return {"users": users, "dex": _content(self.core.read_namespaced_secret("dex-config", NAMESPACE))}

    def _user(self, name: str) -> Any:
        found = self.core.list_namespaced_secret(NAMESPACE, label_selector=USERS).items
        return next(one for one in found if base64.b64decode(one.data["username"]).decode() == name)

    def _patch(self, secret: Any, data: dict[str, str], annotations: dict[str, str] | None = None) -> None:
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        body = {"data": encoded, "metadata": {"annotations": annotations or {}}}
        self.core.patch_namespaced_secret(secret.metadata.name, NAMESPACE, body)


def _content(secret: Any) -> dict[str, Any]:
    data = {key: base64.b64decode(value).decode() for key, value in (secret.data or {}).items()}
    # The chart salts the hash of a password that nobody has changed anew at every upgrade.
    if data.get("password", PASSWORD_HASH) != PASSWORD_HASH:
        data["password"] = "the chart's"
    return {"data": data, "roles": (secret.metadata.annotations or {}).get(ROLES, "")}
