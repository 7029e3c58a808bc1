"""What the API server, EC2 and the proxy are for pods that are run."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

from sandbox.forward_proxy import ForwardProxy
from sandbox.instance_metadata import Guest
from sandbox.rest import Api, Json

INSTANCE = re.compile(r"aws:///(?P<zone>[a-z0-9-]+)/(?P<id>i-[0-9a-f]+)")


class PodOutside:
    """`pod_runs.Outside` on a real API server."""

    def __init__(self, api: Api, proxy: ForwardProxy) -> None:
        self._api, self._proxy = api, proxy

    def read(self, pod: Json, kind: str, name: str) -> Json | None:
        return self._api.find(f"/api/v1/namespaces/{pod['metadata']['namespace']}/{kind}/{name}")

    def token(self, pod: Json, audience: str, seconds: int) -> str:
        metadata, account = pod["metadata"], pod["spec"].get("serviceAccountName", "default")
        bound = {"kind": "Pod", "apiVersion": "v1", "name": metadata["name"], "uid": metadata["uid"]}
        spec = {"audiences": [audience] if audience else [], "expirationSeconds": seconds, "boundObjectRef": bound}
        path = f"/api/v1/namespaces/{metadata['namespace']}/serviceaccounts/{account}/token"
        wanted = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        return str(self._api.create(path, wanted)["status"]["token"])

    def admit(self, pod: Json) -> dict[str, str]:
        metadata, spec = pod["metadata"], pod["spec"]
        node = self._api.find(f"/api/v1/nodes/{spec['nodeName']}") or {}
        guest = guest_of(f"{metadata['namespace']}/{metadata['name']}", spec, node)
        return self._proxy.admit(metadata["uid"], guest)

    def dismiss(self, uid: str) -> None:
        self._proxy.dismiss(uid)


def guest_of(name: str, spec: Json, node: Json) -> Guest:
    """The pod on its node. Nodes of Fargate and hybrid ones are no instances."""
    found = INSTANCE.fullmatch(node.get("spec", {}).get("providerID", ""))
    on_host = bool(spec.get("hostNetwork"))
    return Guest(name, found["id"], found["zone"], on_host) if found else Guest(name, None, "", on_host)
