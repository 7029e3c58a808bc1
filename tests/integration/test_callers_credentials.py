"""The caller's credentials come from where settings say: whatever answers there, the error names the place."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import credential_process

from tests.integration.credential_places import ANSWERS, CONFIG, JSON, LATER, PAGE, ROLE, XML, serving
from tests.integration.modules import run_module

STS_PLACES = {
    "role": ({"AWS_PROFILE": "role"}, f"profile role (AWS_PROFILE), which assumes {ROLE}"),
    "twice": ({"AWS_PROFILE": "twice"}, f"profile twice (AWS_PROFILE), which assumes {ROLE}"),
    "web": ({"AWS_PROFILE": "web"}, f"profile web (AWS_PROFILE), which assumes {ROLE} with the token in "),
    "variables": (
        {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": "HOME/token"},
        f"{ROLE} (AWS_ROLE_ARN) with the token in HOME/token (AWS_WEB_IDENTITY_TOKEN_FILE)",
    ),
}
PLACES: dict[str, tuple[dict[str, str], str]] = {
    **STS_PLACES,
    "sso": ({"AWS_PROFILE": "sso"}, "profile sso (AWS_PROFILE), which is admin in account 111122223333"),
    "container": ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/x"}, "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    "of-container": (
        {"AWS_PROFILE": "of-container", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/x"},
        "profile of-container (AWS_PROFILE)",
    ),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with profiles of each kind, tokens for them, and somebody who has logged in."""
    # botocore looks for the home when it is imported.
    monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(tmp_path / ".aws/sso/cache"))
    (tmp_path / ".aws/sso/cache").mkdir(parents=True)
    (tmp_path / ".aws/config").write_text(CONFIG.replace("HOME", str(tmp_path)), encoding="utf-8")
    (tmp_path / "token").write_text("a.b.c", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    login = hashlib.sha1(b"https://company.example", usedforsecurity=False).hexdigest()
    (tmp_path / f".aws/sso/cache/{login}.json").write_text(
        json.dumps({"accessToken": "HUSH", "expiresAt": LATER}), encoding="utf-8"
    )
    return tmp_path


def ask(home: Path, environ: Mapping[str, str], url: str = "http://127.0.0.1:9") -> dict[str, Any]:
    settings = {name: value.replace("HOME", str(home)).replace("URL", url) for name, value in environ.items()}
    env = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", "AWS_REGION": "eu-central-1"}
    return run_module(
        "epinio_cluster_info", {"name": "one"}, {"HOME": str(home), "AWS_ENDPOINT_URL": url, **env, **settings}
    )


def failure(result: Mapping[str, Any]) -> str:
    """The text of an error, which is one of ours."""
    text = json.dumps(result)
    assert result["failed"]
    assert "HUSH" not in text
    assert "hush" not in text
    assert "Traceback" not in text
    assert result["msg"].isprintable()
    return str(result["msg"])


CASES = [
    (place, kind)
    for place in PLACES
    for kind in ANSWERS
    if not kind.startswith(
        ("JSON", "SSO") if place in STS_PLACES else ("XML", "JSON") if place == "sso" else ("XML", "SSO")
    )
]


@pytest.mark.parametrize(("place", "kind"), CASES)
def test_an_answer_that_is_none(home: Path, place: str, kind: str) -> None:
    environ, source = PLACES[place]
    status, body = ANSWERS[kind]
    if place in ("web", "variables"):
        body = body.replace(b"AssumeRoleRes", b"AssumeRoleWithWebIdentityRes")
    with serving(status, body, []) as url:
        text = failure(ask(home, environ, url))
    assert text.startswith("Could not get AWS credentials from "), text
    assert source.replace("HOME", str(home)) in text
    assert text.endswith("."), text
    if kind == "a page" and "container" not in place:
        assert "the answer is not S" in text
        assert "(text/html, 'Please log in to go on')" in text
    assert len(text.replace(str(home), "")) < 550, text


@pytest.mark.parametrize("kind", [*ANSWERS, "5", "a token with a line end"])
def test_an_answer_in_the_place_of_instance_metadata(home: Path, kind: str) -> None:
    """botocore goes on as if there were none, or ends in an error of its own."""
    status, body = ANSWERS.get(kind, (200, b"5" if kind == "5" else b"HUSH\n"))
    with serving(status, body, []) as url:
        imds = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_EC2_METADATA_DISABLED": "false"}
        text = failure(ask(home, imds))
    sources = (
        "get AWS credentials from the instance metadata service at http",
        "read EKS cluster one: Unable to locate",
    )
    assert text.startswith(tuple(f"Could not {source}" for source in sources)), text


PROXIES = (
    "http://user:hush/pw@127.0.0.1:1",
    "http://user:hu#hush@127.0.0.1:1",
    "http://user:hu?hush@127.0.0.1:1",
    "http://user:hush@127.0.0.1:port",
    "http://user:hush@127.0.0.1:99999",
    "http://user:hu[hush@127.0.0.1:1",
    "http://us er:hush@127.0.0.1:1",
    "socks5://user:hush@127.0.0.1:1",
    "user:hush@127.0.0.1:1",
    "http://user:hush\u201d@127.0.0.1:1",
    "http://user:hush@proxy..x:1",
)


@pytest.mark.parametrize("profile", ["keys", "role"])
@pytest.mark.parametrize("proxy", PROXIES)
def test_a_proxy_that_cannot_be_used(home: Path, proxy: str, profile: str) -> None:
    """For the call, and for the call that gets credentials for it."""
    text = failure(
        ask(home, {"AWS_PROFILE": "base" if profile == "keys" else "role", "HTTPS_PROXY": proxy}, "https://x.test")
    )
    assert text.startswith(
        "Could not read EKS cluster one: " if profile == "keys" else "Could not get AWS credentials from profile role"
    ), text
    assert "HTTPS_PROXY" in text


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("code", "mfa_serial"),
        ("second", "mfa_serial"),
        ("list", "credential_process"),
        ("words", "credential_process"),
        ("number", "credential_process"),
        ("lines", "credential_process"),
        ("lacking", "credential_process"),
        ("date", "credential_process"),
        ("past", "credential_process"),
        ("quotes", "credential_process"),
        ("binary-process", "credential_process"),
        ("silent", "exit code 3"),
        ("killed", "SIGKILL"),
        ("asking", "no code"),
        ("role-of-silent", "it gave no reason"),
        ("binary", "token in "),
        ("half", "aws_secret_access_key"),
    ],
)
def test_a_profile_that_gives_none(home: Path, profile: str, said: str) -> None:
    text = failure(ask(home, {"AWS_PROFILE": profile}))
    assert f"profile {profile}" in text
    assert "AWS_PROFILE" in text
    assert said in text


def test_a_program_that_hangs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credential_process, "LIMIT", 1.0)
    text = failure(ask(home, {"AWS_PROFILE": "hanging"}))
    assert "by its credential_process (sh): it did not end within 1 seconds: waiting. Correct" in text


def test_credentials_are_asked_for_once(home: Path) -> None:
    """However many clients a module makes: for EKS, which knows no such cluster, and for STS."""
    asked: list[str] = []
    with serving(200, XML, asked) as sts, serving(404, b'{"__type": "ResourceNotFoundException"}', asked) as eks:
        text = failure(ask(home, {"AWS_PROFILE": "role", "AWS_ENDPOINT_URL_EKS": eks}, sts))
    assert text.startswith("Could not ask whose credentials these are"), text
    assert [one.partition("Action=")[2].partition("&")[0] for one in asked] == ["AssumeRole", "", "GetCallerIdentity"]


def test_credentials_come_first(home: Path) -> None:
    """Before anything is asked of another service, such as the API server, which cannot be reached either."""
    with serving(200, PAGE, []) as url:
        env = {"HOME": str(home), "AWS_PROFILE": "role", "AWS_ENDPOINT_URL": url, "AWS_REGION": "eu-central-1"}
        wiring = "arn:aws:eks:eu-central-1:111122223333:cluster/one/epinio"
        text = failure(run_module("epinio_node_roles_info", {"wiring": wiring}, env))
    assert text.startswith("Could not get AWS credentials from profile role (AWS_PROFILE)")


def test_credentials_that_cannot_be_renewed(home: Path) -> None:
    """They expire while the module runs, and then a page answers."""
    soon = (datetime.now(timezone.utc) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    asked: list[str] = []
    with serving(200, b'{"SecretAccessKey": "HUSH"}', asked, JSON.replace(LATER.encode(), soon.encode())) as url:
        text = failure(ask(home, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/x"}))
    assert text.startswith("Could not get AWS credentials from the endpoint http"), text
    assert len(asked) == 2


def test_a_refusal_of_sts_is_not_the_services(home: Path) -> None:
    """It says what STS says, and has no code that a reader takes for one of the service that it asks."""
    message = f"User: me is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    refusal = f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>{message}</Message></Error></ErrorResponse>"
    with serving(403, refusal.encode(), []) as url:
        text = failure(ask(home, {"AWS_PROFILE": "role"}, url))
    assert text.startswith("Could not get AWS credentials from profile role (AWS_PROFILE), which assumes")
    assert text.endswith(f"AccessDenied: {message}. The caller needs sts:AssumeRole.")
