"""The kubeconfig that helm gets."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_kubeconfig import Kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import Source
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused


def client(**settings: Any) -> SimpleNamespace:
    """The configuration of a Kubernetes client."""
    nothing = dict.fromkeys(("ssl_ca_cert", "cert_file", "key_file", "username", "password", "proxy", "api_key"))
    return SimpleNamespace(**{"host": "https://api.test", "verify_ssl": True, **nothing, **settings})


def made(found: Kubeconfig) -> tuple[dict[str, Any], dict[str, Any]]:
    assert found.content is not None
    assert found.content["current-context"] == found.content["contexts"][0]["name"]
    return found.content["clusters"][0]["cluster"], found.content["users"][0]["user"]


def test_the_users_own_file_is_handed_on() -> None:
    source = Source(os.pathsep.join(("/a/config", "~/b")), "staging", is_file=True)
    paths = os.pathsep.join(("/a/config", os.path.expanduser("~/b")))
    assert helm_kubeconfig.kubeconfig({}, {}, source, client()) == Kubeconfig(paths, "staging")


def test_a_kubeconfig_among_the_options() -> None:
    content = {"current-context": "x"}
    found = helm_kubeconfig.kubeconfig({"kubeconfig": content}, {}, Source("options", "x"), client())
    assert found == Kubeconfig(context="x", content=content)


@pytest.mark.parametrize(
    ("options", "environ"),
    [
        ({"api_key": "hush"}, {}),
        ({}, {"K8S_AUTH_API_KEY": "hush"}),
        ({}, {"K8S_AUTH_VERIFY_SSL": "false"}),
        ({"validate_certs": False}, {}),
        ({}, {"K8S_AUTH_SSL_CA_CERT": "/ca.crt"}),
        ({"host": "https://api.test"}, {}),
    ],
)
def test_options_of_the_connection_make_a_file(options: dict[str, Any], environ: dict[str, str]) -> None:
    source = Source("/a/config", "", is_file=True)
    cluster, user = made(
        helm_kubeconfig.kubeconfig(options, environ, source, client(api_key={"authorization": "Bearer t"}))
    )
    assert cluster == {"server": "https://api.test"}
    assert user == {"token": "t"}


def test_a_pods_own_account_makes_a_file() -> None:
    settings = client(ssl_ca_cert="/ca.crt", api_key={"authorization": "Bearer t"})
    cluster, user = made(helm_kubeconfig.kubeconfig({}, {}, Source("in-cluster"), settings))
    assert cluster == {"server": "https://api.test", "certificate-authority": "/ca.crt"}
    assert user == {"token": "t"}


def test_an_authority_is_left_out_where_nothing_is_verified() -> None:
    settings = client(ssl_ca_cert="/ca.crt", verify_ssl=False, cert_file="/c", key_file="/k", proxy="http://p")
    cluster, user = made(helm_kubeconfig.kubeconfig({"validate_certs": False}, {}, Source("options"), settings))
    assert cluster == {"server": "https://api.test", "insecure-skip-tls-verify": True, "proxy-url": "http://p"}
    assert user == {"client-certificate": "/c", "client-key": "/k"}


@pytest.mark.parametrize(
    ("options", "environ"),
    [
        ({"impersonate_user": "u", "impersonate_groups": ["a", "b"]}, {}),
        ({}, {"K8S_AUTH_IMPERSONATE_USER": "u", "K8S_AUTH_IMPERSONATE_GROUPS": "a,b"}),
    ],
)
def test_impersonation(options: dict[str, Any], environ: dict[str, str]) -> None:
    _cluster, user = made(helm_kubeconfig.kubeconfig(options, environ, Source("options"), client()))
    assert user == {"as": "u", "as-groups": ["a", "b"]}


def test_nothing_secret_is_shown() -> None:
    assert "hush" not in repr(Kubeconfig(content={"token": "hush"}))


def test_headers_to_a_proxy_are_refused() -> None:
    helm_kubeconfig.refuse_proxy_headers({"proxy_headers": None})
    helm_kubeconfig.refuse_proxy_headers({"proxy_headers": {"basic_auth": None}})
    with pytest.raises(Refused, match="proxy_headers"):
        helm_kubeconfig.refuse_proxy_headers({"proxy_headers": {"basic_auth": "a:b"}})
