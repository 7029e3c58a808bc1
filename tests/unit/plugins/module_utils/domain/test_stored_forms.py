"""What Helm stores, a chart renders or somebody answers in another form: an error of ours, or the API's meaning."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import copy
import gzip
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import epinio_secrets, helm_storage, manifests, rendered
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_job import Placement
from ansible_collections.epinio.aws.plugins.module_utils.errors import EpinioAwsError, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.probing import sessions
from ansible_collections.epinio.aws.plugins.module_utils.readers import helm, jobs

from tests.unit.plugins.module_utils.fake_kubernetes import FakeKubernetes

GOOD: dict[str, Any] = {
    "name": "epinio",
    "namespace": "epinio",
    "version": 3,
    "info": {"status": "deployed", "last_deployed": "2026-01-01T00:00:00Z", "description": "d"},
    "chart": {
        "metadata": {"name": "epinio", "version": "1.13.9"},
        "values": {"a": 1},
        "templates": [{"name": "x", "data": "eA=="}],
    },
    "config": {"b": None},
    "manifest": "kind: A\nmetadata: {name: x}",
    "hooks": [{"manifest": "kind: B"}],
    "apply_method": "ssa",
}
ABSENT = object()
OTHERS: tuple[Any, ...] = (ABSENT, None, "text", 7, [], {}, [1], {"a": 1})


def read(content: Any) -> None:
    """Read the release as all of the collection does."""
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(content).encode()))).decode()
    api = FakeKubernetes(lambda _: (200, {"data": {"release": packed}}))
    found = helm.read_release(api, "epinio", "epinio", 3)
    assert found.label
    assert found.revision + 1
    assert found.pending in (True, False)
    helm_storage.written(found.since)
    epinio_secrets.rendered(found.manifest, found.namespace)
    rendered.rendered([found])
    assert found.config.get("z") is found.defaults.get("z") is None
    assert found.chart.split() or found.chart_version.split(".")


def variants() -> Iterator[Any]:
    yield from (None, [], "x", 1)
    for path in paths(GOOD):
        for other in OTHERS:
            yield changed(path, other)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield (*path, key)
        yield from paths(one, (*path, key))


def changed(path: tuple[Any, ...], other: Any) -> Any:
    whole = copy.deepcopy(GOOD)
    part: Any = whole
    for key in path[:-1]:
        part = part[key]
    if other is ABSENT:
        del part[path[-1]]
    else:
        part[path[-1]] = other
    return whole


def test_the_good_one_is_read_with_its_nulls() -> None:
    read(GOOD)
    assert helm_storage.release(GOOD).config == {"b": None}


def test_releases() -> None:
    texts = [told(content) for content in variants()]
    assert len(texts) > 100
    assert {text.partition(" read ")[0] for text in texts} == {"", "Could not"}
    assert max(map(len, texts)) < 400


def told(content: Any) -> str:
    """What is said of the release, `""` if it can be read."""
    try:
        read(content)
    except EpinioAwsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "manifest",
    [
        "[]",
        "- a",
        "text",
        "1",
        "kind: Secret",
        "kind: [a]",
        "apiVersion: 1",
        "kind: Secret\nmetadata: x",
        "kind: Secret\nmetadata: {}",
        "kind: Secret\nmetadata: {name: 1}",
        "kind: Secret\nmetadata: {name: x, labels: [a]}",
        "kind: Secret\nmetadata: {name: dex-config}\ndata: [a]",
        "kind: Secret\nmetadata: {name: dex-config}\ndata: {a: 1}",
        "kind: Secret\nmetadata: {name: dex-config}\ndata: {a: b}",
        "kind: Secret\nmetadata: {name: dex-config}\nstringData: x",
        "kind: StatefulSet",
        "kind: StatefulSet\nspec: {volumeClaimTemplates: [{}]}",
        "kind: StatefulSet\nspec: {volumeClaimTemplates: 3}",
        "kind: Namespace",
        "kind: CustomResourceDefinition",
    ],
)
def test_manifests(manifest: str) -> None:
    one = helm_storage.release({**GOOD, "manifest": manifest})
    for use in (
        lambda: epinio_secrets.rendered(manifest, "epinio"),
        lambda: rendered.rendered([one]),
        lambda: rendered.namespaces(manifests.objects(manifest)),
        lambda: manifests.named(manifests.objects(manifest), "Secret", "x"),
    ):
        with suppress(EpinioAwsError):
            use()


def token(payload: Any) -> str:
    return f"a.{base64.urlsafe_b64encode(json.dumps(payload).encode()).decode()}.c"


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c", "é.é.é", token({}), token([]), token({"aud": []})])
def test_tokens(text: str) -> None:
    with pytest.raises(ServiceFailed, match="Could not read the token .* Check what answers"):
        sessions.claims(text)


@pytest.mark.parametrize(
    "values",
    [
        {"imagePullSecrets": "x"},
        {"imagePullSecrets": [None]},
        {"affinity": "x"},
        {"affinity": {"nodeAffinity": ["a"]}},
        {"nodeSelector": ["a"]},
        {"nodeSelector": "x"},
        {"tolerations": "abc"},
        {"tolerations": 3},
        {"tolerations": [1]},
    ],
)
def test_values_of_staging_jobs_that_epinio_cannot_read(values: Any) -> None:
    assert jobs.staging_placement({"staging-values.json": json.dumps(values)}) == Placement()


@pytest.mark.parametrize("body", [b"default backend - 404", {"foo": 1}, [], b"", b"<html>404</html>", {"message": 1}])
def test_nobody_elses_404_passes_for_an_object_that_is_gone(body: Any) -> None:
    with pytest.raises(ServiceFailed, match=r"not the Kubernetes API's .*404") as caught:
        rest.read("read it", FakeKubernetes(lambda _: (404, body)), "/api/v1/namespaces/x")
    assert caught.value.code == ""


def test_but_the_api_servers_own_for_a_group_that_it_lacks() -> None:
    api = FakeKubernetes(lambda _: (404, b"404 page not found\n"))
    assert rest.read("read it", api, "/apis/helm.cattle.io/v1/helmcharts") is None


@pytest.mark.parametrize("body", [{}, {"foo": 1}, [], None, b"", {"kind": 1}])
def test_writes_that_somebody_else_answers(body: Any) -> None:
    api = FakeKubernetes(lambda _: (200, body), completes=False)
    for write in (rest.patch, rest.delete, rest.create):
        with pytest.raises(ServiceFailed, match="Could not write it: the answer is not the Kubernetes API's"):
            write("write it", api, "/api/v1/namespaces/x", {})


@pytest.mark.parametrize("body", [b"[" * 100_000, {"message": None}, {"message": {}}, {"message": "x" * 100_000}])
def test_the_reason_of_a_refusal_is_short(body: Any) -> None:
    with pytest.raises(ServiceFailed) as caught:
        rest.read("read it", FakeKubernetes(lambda _: (500, body)), "/api/v1/namespaces/x")
    assert caught.value.code == "500"
    assert 0 < len(caught.value.reason) <= 2000
