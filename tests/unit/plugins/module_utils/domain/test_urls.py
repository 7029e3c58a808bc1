"""Credentials in URLs."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from urllib.parse import quote

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import urls


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("got http://me:hush@charts.test/x: EOF", "got http://(hidden)@charts.test/x: EOF"),
        ("http://hush@charts.test", "http://(hidden)@charts.test"),
        ("http://me:hush@hush@charts.test/a@b", "http://(hidden)@charts.test/a@b"),
        (
            '"https://me:hu%40sh@charts.test", socks5://me:hush@h:1',
            '"https://(hidden)@charts.test", socks5://(hidden)@h:1',
        ),
        ("https://h/x?token=hush&a=b", "https://h/x?token=(hidden)&a=b"),
        (
            "https://h/x?X-Amz-Date=1&X-Amz-Signature=hush&X-Amz-Credential=hush/x then",
            "https://h/x?X-Amz-Date=1&X-Amz-Signature=(hidden)&X-Amz-Credential=(hidden) then",
        ),
        ("https://h/x?sig=hush#a", "https://h/x?sig=(hidden)#a"),
        ("mail me@example.test, see https://h/a@b and arn:aws:iam::1:role/a@b", None),
        ("https://h/x?Action=DescribeCluster&Version=1", None),
        ("system:serviceaccount:epinio:epinio-server", None),
    ],
)
def test_without_credentials(text: str, shown: str | None) -> None:
    found = urls.without_credentials(text)
    assert found == (text if shown is None else shown)
    assert urls.without_credentials(found) == found


@pytest.mark.parametrize(
    ("url", "without", "username", "password"),
    [
        ("https://me:hush@charts.test/x", "https://charts.test/x", "me", "hush"),
        ("https://me:h%40u%3Ash%2F@charts.test:1/x", "https://charts.test:1/x", "me", "h@u:sh/"),
        ("https://me:h@u:sh@charts.test", "https://charts.test", "me", "h@u:sh"),
        ("https://token@charts.test", "https://charts.test", "token", ""),
        ("https://:hush@charts.test", "https://charts.test", "", "hush"),
        ("https://charts.test/x", "https://charts.test/x", "", ""),
    ],
)
def test_split(url: str, without: str, username: str, password: str) -> None:
    assert urls.split(url) == urls.Credentials(without, username, password, query=False)


def test_a_query_stays_in_the_url() -> None:
    assert urls.split("https://charts.test/x?token=hush") == urls.Credentials(
        "https://charts.test/x?token=hush", "", "", query=True
    )


@pytest.mark.parametrize(
    ("url", "hidden", "visible"),
    [
        (
            "https://me:h%40u+sh%2F@charts.test",
            ("h%40u+sh%2F", "h@u+sh/", quote("h@u+sh/", safe=""), "me:h%40u+sh%2F"),
            "me",
        ),
        ("https://ghp_token@charts.test", ("ghp_token",), "charts.test"),
        ("https://charts.test/x?token=hu%2Fsh&b=c", ("hu%2Fsh", "hu/sh"), "charts.test"),
        ("https://charts.test/x?hushhush", ("hushhush",), "charts.test"),
    ],
)
def test_secrets(url: str, hidden: tuple[str, ...], visible: str) -> None:
    found = urls.secrets(url)
    assert set(hidden) <= found
    assert visible not in found


def test_what_is_short_is_hidden_only_with_its_user() -> None:
    assert urls.secrets("https://me:abc@charts.test") == {"me:abc", "me%3Aabc"}
