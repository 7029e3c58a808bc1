"""Several kubeconfigs as one, and a user of one: what counts, and where paths lead."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import kubeconfig_files, kubeconfig_users
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig_files import Document
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused


def document(folder: str, **content: Any) -> Document:
    return Document(f"{folder}/config", folder, content)


def users(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "u", "user": fields}]


def test_the_first_of_a_name_counts_as_a_whole() -> None:
    first, second = document("/a", users=users(token="t")), document("/b", users=users(token="o", **{"as": "x"}))
    merged = kubeconfig_files.merged([first, second])
    assert merged.names == "/a/config:/b/config"
    assert dict(merged.entry("user", "u", "x").fields) == {"token": "t"}


@pytest.mark.parametrize(
    ("contexts", "expected"), [(("", "x"), "x"), ((None, "x"), "x"), (("x", "y"), "x"), (("", ""), "")]
)
def test_the_first_current_context_that_is_set_counts(contexts: tuple[Any, Any], expected: str) -> None:
    found = [document(str(number), **{"current-context": one}) for number, one in enumerate(contexts)]
    assert kubeconfig_files.merged(found).current == expected


@pytest.mark.parametrize(
    ("given", "expected"), [("pki/ca", "/b/pki/ca"), ("../ca", "/ca"), ("/x/ca", "/x/ca"), ("./ca", "/b/ca")]
)
def test_paths_are_relative_to_the_file_that_they_stand_in(given: str, expected: str) -> None:
    merged = kubeconfig_files.merged([document("/a"), document("/b", users=users(**{"client-key": given}))])
    assert merged.entry("user", "u", "x").path("client-key") == expected


@pytest.mark.parametrize(("command", "expected"), [("aws", "aws"), ("./aws", "/b/aws"), ("/bin/aws", "/bin/aws")])
def test_a_command_without_a_separator_is_looked_for_in_path(command: str, expected: str) -> None:
    version = "client.authentication.k8s.io/v1beta1"
    given = {"apiVersion": version, "command": command, "env": [{"name": "A", "value": None}], "args": None}
    merged = kubeconfig_files.merged([document("/b", users=users(exec=given))])
    plugin = kubeconfig_users.identity(merged.entry("user", "u", "x")).plugin
    assert plugin is not None
    assert (plugin.command, plugin.stanza["command"]) == (expected, expected)


def test_a_token_counts_before_a_plugin_and_its_file_before_the_text() -> None:
    given = {"token": "t", "tokenFile": "f", "exec": {"command": "x"}}
    merged = kubeconfig_files.merged([document("/b", users=users(**given))])
    found = kubeconfig_users.identity(merged.entry("user", "u", "x"))
    assert (found.token, found.token_file, found.plugin) == ("t", "/b/f", None)


def test_rows_that_nobody_can_choose_do_no_harm() -> None:
    rows = [None, {}, {"user": {"token": "x"}}, *users(token="t")]
    assert list(kubeconfig_files.merged([document("/a", users=rows)]).entries) == [("user", "u")]


def test_comments_around_certificates_may_be_anything() -> None:
    text = "# caf\xe9\n-----BEGIN CERTIFICATE-----\n"
    given = users(**{"client-key-data": base64.b64encode(text.encode("latin-1")).decode()})
    merged = kubeconfig_files.merged([document("/a", users=given)])
    assert merged.entry("user", "u", "x").data("client-key-data") == text


def test_what_is_missing_is_named_with_what_there_is() -> None:
    merged = kubeconfig_files.merged([document("/a", users=users())])
    with pytest.raises(Refused, match="no user v in kubeconfig /a/config .why.: it has u"):
        merged.entry("user", "v", "why")
