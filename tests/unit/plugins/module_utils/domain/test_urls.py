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
        # Malformed: the slash, question mark or hash should be encoded.
        ("proxy http://me:hu/sh@h:1/x failed", "proxy http://(hidden)@h:1/x failed"),
        ("http://me:hu?sh@h:1", "http://(hidden)@h:1"),
        ("http://me:hu#sh@h:1", "http://(hidden)@h:1"),
        ("http://h:8080/x?mail=a@b http://[::1]:80/a@b http://h/x:y@b", None),
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
    ("url", "may"),
    [
        ("https://me:hush@charts.test/x", True),
        ("https://token@charts.test", True),
        ("https://charts.test/x?token=hush", True),
        ("https://charts.test/x", False),
    ],
)
def test_may_hold_credentials(url: str, may: bool) -> None:
    assert urls.may_hold_credentials(url) is may


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
        # Malformed, so refused; Ansible repeats the option all the same.
        ("https://me:hush/hush@charts.test", ("me:hush/hush", "hush/hush"), "charts.test"),
        ("https://me:hush?hush@charts.test", ("me:hush?hush", "hush?hush"), "charts.test"),
        ("https://me:hush[@charts.test", ("hush[",), "charts.test"),
        ("me:hush@charts.test", ("hush",), "charts.test"),
    ],
)
def test_secrets(url: str, hidden: tuple[str, ...], visible: str) -> None:
    found = urls.secrets(url)
    assert set(hidden) <= found
    assert visible not in found


def test_what_is_short_is_hidden_only_with_its_user() -> None:
    assert urls.secrets("https://me:abc@charts.test") == {"me:abc", "me%3Aabc"}
