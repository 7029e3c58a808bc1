"""A release of Epinio's chart without a cluster: its Secrets, and upgrades that reset its user."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Revision
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring

from tests.unit.plugins.module_utils.fake_kubernetes import Answer, Call, FakeKubernetes, missing

OWNER = wiring("arn:aws:eks:us-east-1:111122223333:cluster/epinio/epinio")
ROLES = {"epinio.io/roles": "admin"}
LABEL = {"epinio.io/api-user-credentials": "true"}


class Secrets:
    """The Secrets of a namespace, and a client for them. `refusals` are statuses that the next patches get."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {}
        self.refusals: list[int] = []
        self.count = 0
        self.client = FakeKubernetes(self._answer)

    def put(self, name: str, data: dict[str, str], **metadata: Any) -> None:
        self.count += 1
        version = {"name": name, "resourceVersion": str(self.count), "uid": name, "labels": {}, "annotations": {}}
        self.found[name] = {"data": dict(data), "metadata": {**version, **metadata}}

    def _answer(self, call: Call) -> Answer:
        if call.query.get("dryRun"):
            return 200, {}
        if call.name == "secrets":
            return self._list(call) if call.method == "GET" else self._create(call)
        if call.name not in self.found:
            return missing(call.name)
        return {"GET": self._read, "PATCH": self._patch, "DELETE": self._delete}[call.method](call)

    def _read(self, call: Call) -> Answer:
        return 200, self.found[call.name]

    def _list(self, call: Call) -> Answer:
        assert call.query == {"labelSelector": "epinio.io/api-user-credentials=true"}
        return 200, {
            "items": [one for one in self.found.values() if one["metadata"]["labels"].items() >= LABEL.items()]
        }

    def _create(self, call: Call) -> Answer:
        assert call.query == {"fieldManager": "epinio.aws"}
        metadata = dict(call.body["metadata"])
        self.put(metadata.pop("name"), call.body["data"], **metadata)
        return 201, {}

    def _patch(self, call: Call) -> Answer:
        assert call.query == {"fieldManager": "epinio.aws"}
        assert call.headers["Content-Type"] == "application/strategic-merge-patch+json"
        found, metadata = self.found[call.name], call.body["metadata"]
        if self.refusals:
            return self.refusals.pop(0), {"kind": "Status", "message": "refused"}
        if metadata["resourceVersion"] != found["metadata"]["resourceVersion"]:
            return 409, {}
        for section in ("labels", "annotations"):
            found["metadata"][section] = merged(found["metadata"][section], metadata[section])
        kept = {key: found["metadata"][key] for key in ("uid", "labels", "annotations")}
        self.put(call.name, merged(found["data"], call.body["data"]), **kept)
        return 200, {}

    def _delete(self, call: Call) -> Answer:
        version = self.found.pop(call.name)["metadata"]["resourceVersion"]
        assert call.body["preconditions"]["resourceVersion"] == version
        return 200, {}


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
