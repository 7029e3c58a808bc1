"""A release of Epinio's chart without a cluster: its Secrets, and upgrades that reset its user."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import gzip
import json
from types import SimpleNamespace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Revision
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from kubernetes import client

OWNER = wiring("arn:aws:eks:us-east-1:111122223333:cluster/epinio/epinio")
ROLES = {"epinio.io/roles": "admin"}
LABEL = {"epinio.io/api-user-credentials": "true"}


class Secrets:
    """The Secrets of a namespace as `CoreV1Api` has them. `refusals` are statuses that the next patches get."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {}
        self.refusals: list[int] = []
        self.count = 0

    def __call__(self, _api_client: Any) -> Secrets:
        return self

    def put(self, name: str, data: dict[str, str], **metadata: Any) -> None:
        self.count += 1
        version = {"name": name, "resourceVersion": str(self.count), "uid": name, "labels": {}, "annotations": {}}
        self.found[name] = {"data": dict(data), "metadata": {**version, **metadata}}

    def read_namespaced_secret(self, name: str, _namespace: str, **_: Any) -> Any:
        if name not in self.found:
            raise client.ApiException(status=404)
        return SimpleNamespace(data=json.dumps(self.found[name]))

    def list_namespaced_secret(self, _namespace: str, label_selector: str, **_: Any) -> Any:
        assert label_selector == "epinio.io/api-user-credentials=true"
        users = [one for one in self.found.values() if one["metadata"]["labels"].items() >= LABEL.items()]
        return SimpleNamespace(data=json.dumps({"items": users}))

    def create_namespaced_secret(self, _namespace: str, body: Any, field_manager: str, **_: Any) -> None:
        assert field_manager == "epinio.aws"
        metadata = dict(body["metadata"])
        self.put(metadata.pop("name"), body["data"], **metadata)

    def patch_namespaced_secret(self, name: str, _namespace: str, body: Any, field_manager: str, **_: Any) -> None:
        assert field_manager == "epinio.aws"
        found, metadata = self.found[name], body["metadata"]
        if self.refusals:
            raise client.ApiException(status=self.refusals.pop(0))
        if metadata["resourceVersion"] != found["metadata"]["resourceVersion"]:
            raise client.ApiException(status=409)
        for section in ("labels", "annotations"):
            found["metadata"][section] = merged(found["metadata"][section], metadata[section])
        kept = {key: found["metadata"][key] for key in ("uid", "labels", "annotations")}
        self.put(name, merged(found["data"], body["data"]), **kept)

    def delete_namespaced_secret(self, name: str, _namespace: str, body: Any, **_: Any) -> None:
        assert body["preconditions"]["resourceVersion"] == self.found.pop(name)["metadata"]["resourceVersion"]


def merged(old: dict[str, str], new: dict[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in {**old, **new}.items() if value is not None}


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Epinio:
    """A release whose upgrades reset its user `admin`."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self.revision = 0
        self.status = self.newest = "deployed"
        self.upgrade()

    def upgrade(self) -> None:
        self.revision += 1
        password = f"hash-{self.revision}"
        secret = {"kind": "Secret", "metadata": {"name": "admin", "labels": LABEL, "annotations": ROLES}}
        content = {
            "name": "epinio", "version": self.revision, "info": {"status": "deployed"},
            "chart": {"metadata": {"name": "epinio", "version": "1.13.9"}}, "config": {"s3": {"bucket": "theirs"}},
            "manifest": json.dumps({**secret, "stringData": {"password": password}}),
        }  # fmt: skip
        stored = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(content).encode()))).decode()
        self.secrets.put(f"sh.helm.release.v1.epinio.v{self.revision}", {"release": stored})
        self.secrets.put("admin", {"password": b64(password)}, labels=dict(LABEL), annotations=dict(ROLES))

    def revisions(self, *_: Any) -> list[Revision]:
        return [Revision(number + 1, self.status) for number in range(self.revision - 1)] + [
            Revision(self.revision, self.newest)
        ]

    def password(self) -> str:
        return base64.b64decode(self.secrets.found["admin"]["data"]["password"]).decode()
