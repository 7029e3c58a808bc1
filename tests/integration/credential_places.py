"""Settings that say where the caller's credentials come from, and what may answer there."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROLE = "arn:aws:iam::111122223333:role/r"
LATER = (datetime.now(timezone.utc) + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ")
PAGE = b"<!DOCTYPE html><html><head><title>Please log in</title></head><body>to go on</body></html>"
KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = hush\n"
CREDENTIALS = {"AccessKeyId": "ASIA", "SecretAccessKey": "HUSH", "Token": "HUSH", "Expiration": LATER}
CONFIG = f"""[default]
region = eu-central-1
[profile base]
{KEYS}
[profile role]
role_arn = {ROLE}
source_profile = base
[profile twice]
role_arn = {ROLE}
source_profile = role
[profile code]
role_arn = {ROLE}
source_profile = base
mfa_serial = arn:aws:iam::111122223333:mfa/me
[profile second]
role_arn = {ROLE}
source_profile = code
[profile of-container]
role_arn = {ROLE}
credential_source = EcsContainer
[profile web]
role_arn = {ROLE}
web_identity_token_file = HOME/token
[profile binary]
role_arn = {ROLE}
web_identity_token_file = HOME/binary
[profile sso]
sso_start_url = https://company.example
sso_region = eu-central-1
sso_account_id = 111122223333
sso_role_name = admin
[profile list]
credential_process = echo []
[profile words]
credential_process = echo HUSH
[profile number]
credential_process = echo '{{"Version": 1, "AccessKeyId": 5, "SecretAccessKey": "HUSH"}}'
[profile lines]
credential_process = printf '{{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "H", "SessionToken": "HUSH\\\\n"}}'
[profile lacking]
credential_process = echo '{{"Version": 1, "AccessKeyId": "A", "SessionToken": "HUSH"}}'
[profile date]
credential_process = echo '{{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "HUSH", "Expiration": "HUSH"}}'
[profile past]
credential_process = echo '{{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "HUSH", "Expiration": "2020-01-01"}}'
[profile quotes]
credential_process = echo "HUSH
[profile binary-process]
credential_process = printf '\\\\377\\\\376'
[profile silent]
credential_process = sh -c 'exit 3'
[profile killed]
credential_process = sh -c 'kill -9 $$'
[profile asking]
credential_process = sh -c 'read code || {{ echo no code >&2; exit 4; }}'
[profile hanging]
credential_process = sh -c 'echo waiting >&2; sleep 1000'
[profile role-of-silent]
role_arn = {ROLE}
source_profile = silent
[profile half]
aws_access_key_id = AKIAEXAMPLE
"""
STS = f"""<{{0}}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{{0}}Result><Credentials>
<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>HUSH</SecretAccessKey><SessionToken>HUSH</SessionToken>
<Expiration>{LATER}</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn>
<AssumedRoleId>A:s</AssumedRoleId></AssumedRoleUser></{{0}}Result></{{0}}Response>"""
XML, JSON = STS.format("AssumeRole").encode(), json.dumps(CREDENTIALS).encode()
SSO = json.dumps(
    {"roleCredentials": {"accessKeyId": "A", "secretAccessKey": "HUSH", "sessionToken": "HUSH", "expiration": 1}}
).encode()
# What comes in the place of an answer.
ANSWERS: dict[str, tuple[int, bytes]] = {
    "a page": (200, PAGE),
    "an error page": (403, PAGE),
    "nothing": (200, b""),
    "[]": (200, b"[]"),
    "{}": (200, b"{}"),
    "text": (200, b"HUSH of some length"),
    "binary": (200, b"\xff\xfe"),
    "other XML": (200, b"<a><SecretAccessKey>HUSH</SecretAccessKey></a>"),
    "XML without credentials": (200, b"<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>"),
    "XML without its date": (200, XML.replace(LATER.encode(), b"").replace(b"<Expiration></Expiration>", b"")),
    "XML with another date": (200, XML.replace(LATER.encode(), b"HUSH")),
    "incomplete XML": (200, XML[:400]),
    "incomplete JSON": (200, JSON[:80]),
    "JSON without a key": (200, b'{"SecretAccessKey": "HUSH", "Token": "HUSH"}'),
    "JSON with a number": (200, JSON.replace(b'"ASIA"', b"5")),
    "JSON with a line end": (200, JSON.replace(b'"HUSH"', b'"HUSH\\n"')),
    "JSON with another date": (200, JSON.replace(LATER.encode(), b"HUSH")),
    "SSO without a key": (200, SSO.replace(b"sessionToken", b"other")),
    "SSO with a text for a number": (200, SSO.replace(b": 1}", b': "HUSH"}')),
    "deep JSON": (200, b"[" * 100_000),
}


@contextmanager
def serving(status: int, body: bytes, asked: list[str], first: bytes = b"") -> Iterator[str]:
    """The URL of a server that gives everybody the same answer, perhaps but for the `first` one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked.append(f"{self.path} {sent}")
            answer = first if first and len(asked) == 1 else body
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if answer == PAGE else "text/xml")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_POST(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
