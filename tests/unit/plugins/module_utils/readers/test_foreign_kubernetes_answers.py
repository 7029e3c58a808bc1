"""Whatever answers in the place of the Kubernetes API, every reader says in words of ours that it is not the API."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gzip
import inspect
import json
import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import readers
from ansible_collections.epinio.aws.plugins.module_utils.errors import EpinioAwsError
from ansible_collections.epinio.aws.plugins.module_utils.readers import pods

from tests.unit.plugins.module_utils import well_typed
from tests.unit.plugins.module_utils.fake_kubernetes import Call, FakeKubernetes
from tests.unit.plugins.module_utils.readers import aws_answers
from tests.unit.plugins.module_utils.readers.kubernetes_answers import (
    ANSWERS,
    CONTENT,
    SECRET,
    stored,
    twice,
)
from tests.unit.plugins.module_utils.readers.kubernetes_callers import NO_READERS, READERS
from tests.unit.plugins.module_utils.readers.variants import variants

PAGE = b"\n<!DOCTYPE html><html><head><title>Please log in</title></head><body>" + b" More." * 200 + b"</body></html>"
# Owned by `readers/connections.py`'s own tests.
CONNECTIONS = {"connections.read_connection", "connections.check_reach", "connections.read_issuer"}
WHOLE: dict[str, tuple[int, bytes]] = {
    "a page": (200, PAGE),
    "{}": (200, b"{}"),
    "foo": (200, b'{"foo": 1}'),
    "[]": (200, b"[]"),
    "null": (200, b"null"),
    "a text": (200, b'"text"'),
    "a number": (200, b"1"),
    "nothing": (200, b""),
    "plain text": (200, b"ok"),
    "no UTF-8": (200, b"\xff\xfe"),
    "incomplete": (200, b'{"metadata": {"name": "nobody-sees'),
    "deep": (200, b"[" * 100_000),
    "a list without items": (200, b'{"kind": "List", "metadata": {}}'),
    **{f"{status} with a page": (status, PAGE) for status in (204, 301, 400, 401, 403, 404, 407, 500, 503)},
}
NAMES = {f"{one.__module__.rpartition('.')[2]}.{one.__name__}": one for one in READERS}
Find = Callable[[Call], tuple[int, Any]]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pods, "_SETTLING", 0.0)


def good(call: Call) -> tuple[int, Any]:
    found = ANSWERS.get(call.path)
    return (200, found) if found is not None else (404, {"kind": "Status", "message": "not found"})


def instead(path: str, status: int, content: Any) -> Find:
    return lambda call: (status, content) if call.path == path else good(call)


def used(name: str) -> list[str]:
    """The paths that the reader asks for and that exist."""
    api = FakeKubernetes(good, completes=False)
    well_typed.check(NAMES[name], READERS[NAMES[name]](api))
    return list(dict.fromkeys(call.path for call in api.calls if call.path in ANSWERS))


def check(name: str, find: Find) -> str:
    """The text of the error that the reader raises, `""` if it returns what it promises."""
    try:
        found = READERS[NAMES[name]](FakeKubernetes(find, completes=False))
    except EpinioAwsError as error:
        text = str(error)
        assert len(text) < 500
        assert SECRET not in text
        assert text.isprintable()
        return text
    well_typed.check(NAMES[name], found)
    return ""


def test_each_reader_is_in_a_table() -> None:
    """A new file of readers, or a new function in one, has to be fed as well."""
    modules = [import_module(f"{readers.__name__}.{one.name}") for one in pkgutil.iter_modules(readers.__path__)]
    public = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    fed = {*NAMES, *aws_answers.READERS} - {"sessions.assume", "sessions.web_identity_token"}
    assert public - NO_READERS - CONNECTIONS == fed
    assert public >= NO_READERS


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("name", NAMES)
def test_an_answer_that_is_not_the_apis(name: str, kind: str) -> None:
    status, body = WHOLE[kind]
    for path in used(name):
        text = check(name, instead(path, status, body))
        assert "Could not " in text, path
        if status == 301:
            assert "An API server does not redirect: a portal or proxy answers." in text, path
            continue
        assert "the answer is not the Kubernetes API's (" in text, path
        assert "leads to an API server, and check HTTPS_PROXY." in text, path


@pytest.mark.parametrize("name", NAMES)
def test_each_part_of_an_answer_missing_or_of_another_type(name: str) -> None:
    for path in used(name):
        for content in variants(ANSWERS[path]):
            text = check(name, instead(path, 200, content))
            assert text == "" or text.endswith((".", ").", "plan.")), content


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("helm.", "upkeep."))])
def test_each_part_of_a_stored_release_missing_or_of_another_type(name: str) -> None:
    path = next((one for one in used(name) if "sh.helm.release" in one), None)
    if path is None:
        return
    contents = [stored(json.dumps(one).encode()) for one in variants(CONTENT)]
    whole = gzip.compress(b"{}" * 100)
    cut = [twice(whole[:-12]), twice(whole[:12] + b"\xff" * 8 + whole[20:]), twice(b"")]
    broken = [*cut, stored(b""), stored(b"{"), stored(b"\xff"), contents[0][:-40] + "=" * 4, "", "AAAA", "QUFBQQ=="]
    for content in (*contents, *broken):
        text = check(name, instead(path, 200, {**ANSWERS[path], "data": {"release": content}}))
        assert text == "" or text.startswith("Could not "), content


@pytest.mark.parametrize("reference", [{}, {"name": ""}, {"name": None}, None])
def test_a_pull_secret_without_a_name_is_none(reference: Any) -> None:
    path = next(one for one in ANSWERS if one.endswith("/deployments/epinio-server"))
    found = json.loads(json.dumps(ANSWERS[path]))
    found["spec"]["template"]["spec"]["imagePullSecrets"] = [reference, {"name": "pull"}]
    api = FakeKubernetes(instead(path, 200, found), completes=False)
    server = READERS[NAMES["epinio.read_server"]](api)
    assert server.pull_secrets == ("pull",)


def test_pages_of_nodes_that_do_not_end() -> None:
    tokens = iter("abab")

    def endless(_call: Call) -> tuple[int, Any]:
        return 200, {"items": [], "metadata": {"continue": next(tokens)}}

    assert check("nodes.read_nodes", endless).startswith("Could not list the nodes: the API server gives the same page")
