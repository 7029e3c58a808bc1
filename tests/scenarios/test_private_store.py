"""An Epinio with keys for a private S3 is wired and taken back in each way, and none of the secrets gets out.

Every run is as talkative as Ansible can be, two of them fail, and all that they say and leave behind is searched.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox import environment_file, release
from sandbox.aws import web_identity
from sandbox.aws.sessions import Session, Sessions
from sandbox.people import NAMESPACE, USERS
from sandbox.playbook import Run, fresh
from tests.scenarios import leaks
from tests.scenarios.epinio_states import live_a_life, upgrade
from tests.scenarios.modes import MODES, Mode
from tests.scenarios.world import World

pytestmark = pytest.mark.scenario

PRIVATE = {
    "endpoint": "minio.private.test:9000",
    "bucket": "private-sources",
    "accessKeyID": "private-store/access key",
    "secretAccessKey": "pl&nted/secret+access key=",
    "certificateSecret": "private-authority",
}
PASSWORD = "pl&nted/p@ss word+1"
# Given where the chart wants a number, so that helm has a reason to quote it.
MISPLACED = "misplaced/s3cret value?"
HASH = re.compile(rb"\$2[aby]\$\d\d\$[\w./]{53}")
# As much as ansible-playbook can say.
LOUD = ("-vvv", "--diff")
# With sessions of the roles, whose keys and tokens are among what is searched for.
PROOF = {"irsa": "controller", "instance_profile": "auto"}


@dataclass(frozen=True)
class Runs:
    """Runs that have ended, what was secret in them, and all that was said and left behind, by place."""

    ended: list[Run]
    secrets: dict[str, str]
    places: dict[str, bytes]


@pytest.fixture(scope="module")
def environment_before(world: World) -> dict[str, str]:
    """The private store turned on; the server's environment with it."""
    live_a_life(world.people)
    values = {**release.USER_VALUES, "s3": PRIVATE, "minio": {"enabled": False}}
    upgrade(world, release.DEFAULT_VERSION, values)
    return server_environment(world)


@pytest.fixture(scope="module", params=MODES)
def mode(request: pytest.FixtureRequest, environment_before: object) -> Mode:
    return MODES[request.param]


@pytest.fixture(scope="module")
def issued(mode: Mode) -> Iterator[dict[str, str]]:
    """Every session and every token of a service account that AWS sees, by name."""
    found: dict[str, str] = {}
    start, parsed = Sessions.start, web_identity.parsed

    def started(*arguments: Any) -> Session:
        session = start(*arguments)
        found[f"key of session {len(found)}"] = session.secret
        found[f"token of session {len(found)}"] = session.token
        return session

    def presented(token: str) -> web_identity.Token:
        found[f"token of an account {len(found)}"] = token
        return parsed(token)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sessions, "start", started)
        patch.setattr(web_identity, "parsed", presented)
        yield found


@pytest.fixture(scope="module")
def left(world: World, mode: Mode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the runs of a mode leave what they leave."""
    folder = tmp_path_factory.mktemp("left")
    with pytest.MonkeyPatch.context() as patch:
        homes = {"HOME": str(made_folder(folder / "home")), "TMPDIR": str(made_folder(folder / "temporary"))}
        patch.setattr(world, "environment", {**world.environment, **homes})
        # A fork of a process that runs already has that one's folder for temporary files.
        patch.setattr(world, "start", fresh)
        yield folder


@pytest.fixture(scope="module")
def wired(world: World, mode: Mode, left: Path, issued: dict[str, str]) -> Runs:
    """Two runs that fail, one with all the rest planned and one after all the rest was made, and one that does not."""
    planned, working = {"api": {"epinioPassword": PASSWORD}}, {"image": {"epinio": {"tag": "v1.13.9"}}}
    misplaced = {**planned, "server": {"traceLevel": MISPLACED}}
    never_ready = {"image": {"epinio": {"tag": "never-ready"}}}
    secrets = {"misplaced": MISPLACED, **secrets_of(world)}
    run = partial(world.run, mode.name, *LOUD, helm_binary=telling_helm(world, left), verify=PROOF[mode.name])
    ended = [
        run("--check", secret_values=misplaced),
        run(secret_values=planned, values=never_ready, helm_timeout="5s"),
        run(secret_values=planned, values=working),
    ]
    return Runs(ended, secrets, {})


@pytest.fixture(scope="module")
def runs(world: World, mode: Mode, left: Path, issued: dict[str, str], wired: Runs) -> Runs:
    """These, and the way back."""
    ended = [*wired.ended, world.take_back(*LOUD, mode=mode.name, helm_binary=telling_helm(world, left))]
    afterwards = {f"{name} afterwards": secret for name, secret in secrets_of(world).items()}
    return Runs(ended, {**wired.secrets, **afterwards, **issued}, places(world, ended, left))


def telling_helm(world: World, folder: Path) -> str:
    """A helm that notes its arguments first: whoever is on the machine could read them."""
    helm = shutil.which("helm", path=world.environment["PATH"])
    script = folder / "helm"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {shlex.quote(f"{folder}/arguments")}\nexec {helm} "$@"\n')
    script.chmod(0o700)
    return str(script)


def made_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder


def secrets_of(world: World) -> dict[str, str]:
    """All that must not get out, by name; what people have in Epinio as it is now."""
    users = world.core.list_namespaced_secret(NAMESPACE, label_selector=USERS).items
    return {
        "key of the private store": PRIVATE["secretAccessKey"],
        "key id of the private store": PRIVATE["accessKeyID"],
        "password in the secret values": PASSWORD,
        "key of the operator": world.environment["AWS_SECRET_ACCESS_KEY"],
        "client secret of dex": decoded(world, "dex-config")["uiClientSecret"],
        **{f"hash in {user.metadata.name}": base64.b64decode(user.data["password"]).decode() for user in users},
    }


def places(world: World, ended: list[Run], left: Path) -> dict[str, bytes]:
    """What was said, what Ansible's callbacks were told, and every file that is left but for the cluster's data.

    The sandbox's own file for shells holds its operator's key, as it should.
    """
    folder = world.cluster.folder
    said = {f"output of run {number}": run.output.encode() for number, run in enumerate(ended)}
    results = {
        f"result {task.name} of run {number}": json.dumps(task.result, ensure_ascii=False).encode()
        for number, run in enumerate(ended)
        for task in run.tasks
    }
    calls = {"the log of AWS": json.dumps(world.stand_in.log.entries(), ensure_ascii=False).encode()}
    without = [folder / "etcd", folder / environment_file.FILE]
    return {**said, **results, **calls, **leaks.files(left, folder, without=without)}


def decoded(world: World, name: str) -> dict[str, str]:
    secret = world.core.read_namespaced_secret(name, NAMESPACE)
    return {key: base64.b64decode(value).decode() for key, value in (secret.data or {}).items()}


def server_environment(world: World) -> dict[str, str]:
    deployment = world.apps.read_namespaced_deployment("epinio-server", NAMESPACE)
    return {one.name: one.value for one in deployment.spec.template.spec.containers[0].env}


def test_the_runs_ended_as_planned(wired: Runs) -> None:
    assert [run.code for run in wired.ended] == [2, 2, 0]
    misplaced, never_ready, _made = wired.ended
    assert "/server/traceLevel" in misplaced.failure
    assert "ImagePullBackOff" in never_ready.failure


def test_it_is_wired(world: World, mode: Mode, environment_before: dict[str, str], wired: Runs) -> None:
    assert environment_before["S3_CERTIFICATE_SECRET"] == PRIVATE["certificateSecret"]
    assert "S3_CERTIFICATE_SECRET" not in server_environment(world)
    values = world.values()
    assert values == {**values, **mode.wired_values(world, values)}
    assert values["api"] == {"epinioPassword": PASSWORD}
    assert "What Epinio reads: proven" in wired.ended[-1].summary


def test_what_it_had_is_on_record(world: World, wired: Runs) -> None:
    """As it was before the first run, whatever the failed one between left behind."""
    record = json.loads(decoded(world, "epinio-aws-wiring")["record"])
    former = {".".join(one["key"]): one["value"] for one in record["former"] if "value" in one}
    assert former == {"minio.enabled": False, **{f"s3.{key}": value for key, value in PRIVATE.items()}}


def test_the_private_store_comes_back(world: World, environment_before: dict[str, str], runs: Runs) -> None:
    assert world.values()["s3"] == PRIVATE
    assert server_environment(world) == environment_before


def test_there_was_something_to_find(mode: Mode, runs: Runs) -> None:
    assert any("token of session" in name for name in runs.secrets)
    assert sum("token of an account" in name for name in runs.secrets) >= len(mode.accounts)
    assert sum("hash in" in name for name in runs.secrets) >= 2
    for place in ("arguments", "audit.jsonl", "supervisor.log", "output of run 3", "the log of AWS"):
        assert any(name.endswith(place) and content for name, content in runs.places.items()), place


def test_no_secret_is_anywhere(runs: Runs) -> None:
    assert leaks.leaks(runs.secrets, runs.places) == []


def test_no_hash_or_token_is_anywhere(runs: Runs) -> None:
    assert leaks.tokens(runs.places) == []
    assert [place for place, content in runs.places.items() if HASH.search(content)] == []
