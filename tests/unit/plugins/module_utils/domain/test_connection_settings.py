"""Where the connection comes from: options, environment, kubeconfig, pod."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Source
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection_settings import Settings


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
