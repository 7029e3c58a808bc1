"""What a container becomes as a process: which images, whose paths, which variables, which words."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from sandbox import images, pod_commands, pod_environment, pod_files, pod_paths, pods
from sandbox.pod_environment import Unsupported
from sandbox.pod_process import Command

FOLDER = Path("/pod")
PROGRAMS = Path("/programs")
WAY_OUT = {"HTTPS_PROXY": "http://u:pod@127.0.0.1:1", "NO_PROXY": "localhost"}
SOURCES: dict[tuple[str, str], dict[str, Any]] = {
    ("secrets", "keys"): {"kind": "Secret", "data": {"k": base64.b64encode(b"hidden").decode()}},
    ("configmaps", "map"): {
        "kind": "ConfigMap", "data": {"plain": "text"}, "binaryData": {"raw": base64.b64encode(b"\xff").decode()},
    },
}  # fmt: skip


def read(kind: str, name: str) -> dict[str, Any] | None:
    return SOURCES.get((kind, name))


def container(**changes: Any) -> dict[str, Any]:
    return {"name": "c", "image": "amazon/aws-cli:2.13.26", **changes}


def pod(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    metadata = {"uid": "u", "namespace": "ns", "name": "p", "labels": {"app.io/x": "1", "b": "2"}}
    return {"metadata": metadata, "spec": {"nodeName": "n", "containers": list(containers), **spec}, "status": {}}


@pytest.mark.parametrize(
    ("image", "run", "reason"),
    [
        ("amazon/aws-cli:2.13.26", True, None),
        ("amazon/aws-cli", True, None),
        ("registry.test:5000/mirror/aws-cli:v1@sha256:00", True, None),
        ("amazon/aws-cli:never-ready", False, "ImagePullBackOff"),
        ("amazon/aws-cli:does-not-exist", False, "ErrImagePull"),
        ("registry.test:5000/does-not-exist:1", False, "ErrImagePull"),
        ("amazon/aws-cli-tools:1", False, None),
        ("app:1", False, None),
    ],
)
def test_images(image: str, run: bool, reason: str | None) -> None:
    assert images.is_run(image) is run
    failure = images.pull_failure(image, {})
    assert (failure and failure["reason"]) == reason


def test_a_pull_that_failed_backs_off() -> None:
    waiting = images.pull_failure("x:does-not-exist", {})
    assert waiting is not None
    for _ in range(2):
        waiting = images.pull_failure("x:does-not-exist", {"waiting": waiting})
        assert waiting is not None
        assert waiting["reason"] == "ImagePullBackOff"
        assert waiting["message"].startswith('Back-off pulling image "x:does-not-exist": ErrImagePull: ')


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/data", "/pod/volumes/v"),
        ("/data/x/y", "/pod/volumes/v/x/y"),
        ("/data/deep/x", "/pod/volumes/w/part/x"),
        ("/dev/termination-log", "/pod/termination/c"),
        ("/database", "/database"),
        ("file:///data/x", "file:///data/x"),
        ("cat /data/x", "cat /data/x"),
        ("/dev/null", "/dev/null"),
        ("", ""),
    ],
)
def test_only_a_path_at_the_beginning_is_rewritten(text: str, wanted: str) -> None:
    mounts = [
        {"name": "v", "mountPath": "/data/"},
        {"name": "w", "mountPath": "/data/deep", "subPath": "part"},
    ]
    assert pod_paths.rewritten(text, pod_paths.places(container(volumeMounts=mounts), FOLDER)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("$(A)", "1"), ("x$(A)y$(A)", "x1y1"), ("$(B)", "$(B)"), ("$$(A)", "$(A)"), ("$A ${A} $(", "$A ${A} $(")],
)
def test_references_to_variables(text: str, wanted: str) -> None:
    assert pod_environment.expanded(text, {"A": "1"}) == wanted


def test_the_environment_of_a_container() -> None:
    fields = {
        "NAME": "metadata.name", "LABEL": "metadata.labels['app.io/x']", "NODE": "spec.nodeName",
        "ACCOUNT": "spec.serviceAccountName", "ADDRESS": "status.podIP",
    }  # fmt: skip
    environment = [
        {"name": "PLAIN", "value": "1"},
        {"name": "MADE", "value": "$(PLAIN)/$(plain)"},
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "k"}}},
        {"name": "GONE", "valueFrom": {"configMapKeyRef": {"name": "no", "key": "k", "optional": True}}},
        *({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields.items()),
    ]
    one = container(
        env=environment, envFrom=[{"configMapRef": {"name": "map"}, "prefix": "P_"}, {"secretRef": {"name": "keys"}}]
    )
    shown = pod(one, serviceAccountName="app")
    found = pod_environment.environment(shown, one, read)
    assert found == {
        "P_plain": "text", "P_raw": "\ufffd", "k": "hidden", "PLAIN": "1", "MADE": "1/$(plain)", "KEY": "hidden",
        "NAME": "p", "LABEL": "1", "NODE": "n", "ACCOUNT": "app", "ADDRESS": pods.address(shown),
    }  # fmt: skip


@pytest.mark.parametrize("origin", [{"resourceFieldRef": {}}, {"fieldRef": {"fieldPath": "spec.priority"}}])
def test_what_is_not_known_is_said(origin: dict[str, Any]) -> None:
    one = container(env=[{"name": "A", "valueFrom": origin}])
    with pytest.raises(Unsupported, match=r"resourceFieldRef|spec\.priority"):
        pod_environment.environment(pod(one), one, read)


def command(**changes: Any) -> Command:
    one = container(volumeMounts=[{"name": "mine", "mountPath": "/scratch"}], **changes)
    return pod_commands.command(pod(one), one, FOLDER, read, PROGRAMS, WAY_OUT)


def test_a_command_of_its_own() -> None:
    made = command(
        command=["sh", "-c", "echo $(A) > /scratch/x"], args=["/scratch/script"], workingDir="/scratch",
        env=[{"name": "A", "value": "/scratch/a"}, {"name": "HOME", "value": "/scratch"}],
    )  # fmt: skip
    assert made.words == ["sh", "-c", "echo /scratch/a > /scratch/x", "/pod/volumes/mine/script"]
    assert made.folder == Path("/pod/volumes/mine")
    assert made.environment == {
        "PATH": "/programs:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOSTNAME": "p", "A": "/pod/volumes/mine/a", "HOME": "/pod/volumes/mine", **WAY_OUT,
    }  # fmt: skip


def test_the_image_s_own_command() -> None:
    made = command(args=["s3", "ls"])
    assert made.words == ["aws", "s3", "ls"]
    assert made.folder == Path("/pod/work/c")


@pytest.mark.parametrize(
    "variables", [[], [{"name": "HOME", "value": "/tmp"}], [{"name": "HOME", "value": "/scratches"}]]
)
def test_no_home_but_a_mounted_one_can_be_written_to(variables: list[dict[str, str]], tmp_path: Path) -> None:
    home = Path(command(env=variables).environment["HOME"])
    with pytest.raises(OSError, match="Not a directory"):
        (home / ".aws").mkdir()


def test_the_files_of_volumes(tmp_path: Path) -> None:
    asked = []

    def token(audience: str, seconds: int) -> str:
        asked.append((audience, seconds))
        return f"token for {audience}"

    sources = [
        {"serviceAccountToken": {"path": "token", "audience": "sts.amazonaws.com", "expirationSeconds": 86400}},
        {"serviceAccountToken": {"path": "api"}},
        {"configMap": {"name": "map", "items": [{"key": "plain", "path": "deep/name"}]}},
        {"secret": {"name": "missing", "optional": True}},
        {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
    ]
    volumes = [
        {"name": "tokens", "projected": {"sources": sources}},
        {"name": "secret", "secret": {"secretName": "keys"}},
        {"name": "map", "configMap": {"name": "map"}},
        {"name": "empty", "emptyDir": {}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "x"}},
        {"name": "host", "hostPath": {"path": "/etc"}},
    ]
    pod_files.write(pod(container(), volumes=volumes), tmp_path / "u", read, token)
    found = {
        str(path.relative_to(tmp_path / "u" / "volumes")): path.read_bytes() if path.is_file() else None
        for path in (tmp_path / "u" / "volumes").rglob("*")
        if path.is_file() or not any(path.iterdir())
    }
    assert found == {
        "tokens/token": b"token for sts.amazonaws.com", "tokens/api": b"token for ", "tokens/deep/name": b"text",
        "tokens/labels": b'app.io/x="1"\nb="2"', "secret/k": b"hidden", "map/plain": b"text", "map/raw": b"\xff",
        "empty": None, "data": None, "host": None,
    }  # fmt: skip
    assert asked == [("sts.amazonaws.com", 86400), ("", 3600)]
    assert (tmp_path / "u" / "volumes" / "secret" / "k").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "u" / "termination" / "c").read_bytes() == b""
    assert (tmp_path / "u" / "work" / "c").is_dir()
