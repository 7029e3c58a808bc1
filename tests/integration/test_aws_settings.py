"""Settings of AWS's tools that cannot be meant: each module names them before it calls AWS."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.modules import run_module

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hush"}
REGION = {"AWS_REGION": "us-east-1"}
GOOD = "[default]\nregion = us-east-1\n[profile production]\nregion = us-east-1\n"
SOURCE = f"{GOOD}[profile broken]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = base\n"
FAILING = f"{GOOD}[profile process]\ncredential_process = sh -c 'echo no luck >&2; exit 3'\n"
UNREADABLE = f"""{GOOD}
[profile json]
credential_process = echo hush
[profile gone]
credential_process = /not/there
[profile loop]
role_arn = arn:aws:iam::111122223333:role/r
source_profile = loop
[profile session]
sso_session = gone
sso_account_id = 111122223333
sso_role_name = admin
"""
EXPIRED = f"""{GOOD}[profile sso]
sso_session = company
sso_account_id = 111122223333
sso_role_name = admin
[sso-session company]
sso_start_url = https://company.example
sso_region = us-east-1
"""


@pytest.mark.parametrize(
    ("config", "environ", "args", "said"),
    [
        (GOOD, {"AWS_PROFILE": "prodction"}, {}, "Is production meant"),
        (GOOD, {"AWS_PROFILE": "production", **KEYS}, {}, "Both AWS_PROFILE (production) and AWS_ACCESS_KEY_ID"),
        (GOOD, {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE"}, {}, "without AWS_SECRET_ACCESS_KEY"),
        ("no section\n", {"AWS_PROFILE": "production"}, {}, "Could not read the settings of AWS's tools"),
        (SOURCE, {"AWS_PROFILE": "broken"}, {}, "source_profile of profile broken names base"),
        (FAILING, {"AWS_PROFILE": "process", **REGION}, {}, "no luck"),
        (
            UNREADABLE,
            {"AWS_PROFILE": "json", **REGION},
            {},
            "from profile json (AWS_PROFILE), by its credential_process (echo)",
        ),
        (
            UNREADABLE,
            {"AWS_PROFILE": "gone", **REGION},
            {},
            "from profile gone (AWS_PROFILE), by its credential_process (/not/there)",
        ),
        (UNREADABLE, {"AWS_PROFILE": "loop", **REGION}, {}, "Correct the settings in "),
        (UNREADABLE, {"AWS_PROFILE": "session", **REGION}, {}, "Correct the settings in "),
        (GOOD, {"AWS_PROFILE": "", **REGION}, {}, "AWS_PROFILE is set to nothing"),
        (GOOD, {**KEYS, "AWS_CA_BUNDLE": "/"}, {}, "which AWS_CA_BUNDLE names: Is a directory"),
        (GOOD, {**KEYS, "AWS_CA_BUNDLE": "/etc/passwd"}, {}, "names: it holds no certificate"),
        (EXPIRED, {"AWS_PROFILE": "sso", **REGION}, {}, "log in"),
        (GOOD, {"AWS_WEB_IDENTITY_TOKEN_FILE": "/gone/token"}, {}, "which AWS_WEB_IDENTITY_TOKEN_FILE names"),
        (GOOD, {**KEYS, "AWS_CA_BUNDLE": "/gone/ca"}, {}, "which AWS_CA_BUNDLE names"),
        (GOOD, {**KEYS, "AWS_ENDPOINT_URL": "localhost:4566"}, {}, "AWS_ENDPOINT_URL is no URL"),
        (GOOD, {**KEYS, "AWS_REGION": "mars 1"}, {}, "'mars 1'"),
        (GOOD, KEYS, {"aws_config": {"retry": 1}}, "aws_config has something in it"),
    ],
)
@pytest.mark.parametrize(
    ("module", "given"),
    [
        ("epinio_cluster_info", {"name": "blue"}),
        ("epinio_iam_policy", {"name": "p", "access": "server", "bucket": "sources"}),
    ],
)
def test_each_is_named(
    tmp_path: Path,
    module: str,
    given: dict[str, Any],
    config: str,
    environ: dict[str, str],
    args: dict[str, Any],
    said: str,
) -> None:
    folder = tmp_path / ".aws"
    folder.mkdir()
    (folder / "config").write_text(config, encoding="utf-8")
    if module == "epinio_iam_policy":
        given = {**given, "wiring": "arn:aws:eks:us-east-1:111122223333:cluster/blue/epinio"}
    result = run_module(
        module, {**given, **args}, {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", **environ}
    )
    assert result["failed"]
    if not (module == "epinio_iam_policy" and "mars" in said):
        assert said in result["msg"]
    assert "Traceback" not in json.dumps(result)
    assert "hush" not in json.dumps(result)
