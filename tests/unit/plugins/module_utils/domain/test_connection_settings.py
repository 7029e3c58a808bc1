"""Where the connection comes from: options, environment, kubeconfig, pod."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Source
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection_settings import Settings
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused


@pytest.mark.parametrize(
    ("options", "environ", "in_cluster", "expected"),
    [
        ({}, {}, False, Source("~/.kube/config", is_file=True)),
        ({}, {"KUBECONFIG": "/a:/b"}, False, Source("/a:/b", is_file=True)),
        ({"context": "x"}, {}, True, Source("~/.kube/config", "x", is_file=True)),
        ({"kubeconfig": "/c"}, {"KUBECONFIG": "/a"}, True, Source("/c", is_file=True)),
        ({}, {"K8S_AUTH_KUBECONFIG": "/d", "K8S_AUTH_CONTEXT": "y"}, False, Source("/d", "y", is_file=True)),
        ({"kubeconfig": "/c"}, {"K8S_AUTH_KUBECONFIG": "/d"}, False, Source("/c", is_file=True)),
        ({}, {"KUBECONFIG": "/a"}, True, Source("in-cluster")),
        ({}, {"KUBECONFIG": ""}, True, Source("in-cluster")),
        ({}, {"K8S_AUTH_KUBECONFIG": ""}, True, Source("in-cluster")),
        ({"host": "https://h", "api_key": "t"}, {"K8S_AUTH_KUBECONFIG": "/d"}, False, Source("options")),
        ({"host": "https://h"}, {}, False, Source("~/.kube/config", is_file=True)),
        ({"host": "https://h", "username": "u"}, {}, True, Source("in-cluster")),
        ({}, {"K8S_AUTH_HOST": "https://h", "K8S_AUTH_API_KEY": "t"}, True, Source("environment")),
        ({"host": "https://h"}, {"K8S_AUTH_CERT_FILE": "/c", "K8S_AUTH_KEY_FILE": "/k"}, False, Source("options")),
        ({"kubeconfig": {"current-context": "z"}}, {}, False, Source("options", "z")),
        ({"kubeconfig": {"current-context": "z"}, "context": "x"}, {}, False, Source("options", "x")),
    ],
)
def test_sources(options: Mapping[str, Any], environ: Mapping[str, str], in_cluster: bool, expected: Source) -> None:
    assert Settings(options, environ).source(in_cluster=in_cluster) == expected


@pytest.mark.parametrize("text", ["false", "0", "no", "False"])
@pytest.mark.parametrize("name", ["K8S_AUTH_VALIDATE_CERTS", "K8S_AUTH_VERIFY_SSL"])
def test_what_is_no(name: str, text: str) -> None:
    assert Settings({}, {name: text}).verify() is False
    assert Settings({"validate_certs": True}, {name: text}).verify() is True


@pytest.mark.parametrize("name", ["kubeconfig", "K8S_AUTH_KUBECONFIG", "KUBECONFIG"])
@pytest.mark.parametrize(
    "content",
    [
        "apiVersion: v1\nusers: [{name: a, user: {token: hush}}]\n",
        "apiVersion: v1, hush",
        '{"apiVersion": "v1", "users": [{"name": "a", "user": {"token": "hush"}}]}',
        " {hush",
        "hush\n",
        "hush" * 5000,
    ],
)
def test_content_in_place_of_a_path_is_refused_and_not_shown(name: str, content: str) -> None:
    options = {name: content} if name == "kubeconfig" else {}
    with pytest.raises(Refused, match=rf"content is given where its path is meant \(.*{name}\)") as refused:
        Settings(options, {} if options else {name: content}).source(in_cluster=False)
    assert "hush" not in str(refused.value)


def test_groups_are_trimmed() -> None:
    assert Settings({}, {"K8S_AUTH_IMPERSONATE_GROUPS": "a, system:masters ,"}).groups() == ("a", "system:masters")
    assert Settings({"impersonate_groups": [" a", ""]}, {}).groups() == ("a",)
