"""`make demo`: the main job from nothing, in a sandbox of its own, shown step by step; `MODE` is the way of wiring.

An Epinio with a bundled store, an application, a user with a namespace of his own and values of its operator's is wired
to S3 without stored keys. Then we act as Epinio: with what its pods are given, and with nothing else. In the end all is
taken back, and Epinio is what it was.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from kubernetes import client

from sandbox import demo_pods, release
from sandbox.cluster import Cluster
from sandbox.demo_modes import BY_NAME, Mode
from sandbox.people import NAMESPACE, People
from sandbox.playbook import Run, run_playbook

BUCKET = "epinio-sources"
VARIABLES: Mapping[str, Any] = {"epinio_cluster_name": "epinio", "epinio_bucket": BUCKET, "epinio_create_bucket": True}
SERVER_ACCOUNT = "epinio-server"
BLOB = "5b2f7d0e-6f1c-4c53-9d55-7a1f8f0f2c11"
SOURCES = "sources of an application"
UPLOAD = 'echo "$TEXT" | aws s3 cp - "s3://$BUCKET/$BLOB"'
DOWNLOAD = 'aws s3 cp "s3://$BUCKET/$BLOB" - > "$SAID"'
WHO = 'aws sts get-caller-identity --query Arn --output text > "$SAID"'
# In which IAM shows to everybody what was deleted.
SECONDS = 10.0
NO_ROLE = "no role of its own"
WIDTH = 118


class Unexpected(SystemExit):
    """Something did not come out as the demo says; the text says what."""


def main() -> int:
    """Run all steps. Exit code 0 if each came out as it should."""
    mode = wanted(sys.argv[1:])
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="epinio-demo-") as folder:
        step("A sandbox: AWS, an EKS cluster, and Epinio 1.13.9 as a user would have it")
        with Cluster.new(Path(folder)) as cluster:
            release.install(cluster)
            Demo(cluster, mode).show()
    step(f"Done in {time.monotonic() - began:.0f} s, and nothing is left running")
    return 0


def wanted(arguments: list[str]) -> Mode:
    """The mode that the person asks for. SystemExit with the choices for one that there is not."""
    parser = argparse.ArgumentParser(prog="make demo", usage=f"make demo MODE={'|'.join(BY_NAME)}")
    parser.add_argument("MODE", choices=list(BY_NAME))
    return BY_NAME[parser.parse_args(arguments).MODE]


class Demo:
    """The story, on a running cluster."""

    def __init__(self, cluster: Cluster, mode: Mode) -> None:
        self.cluster, self.mode = cluster, mode
        self.people = People(cluster.kubeconfig)
        self.api = self.people.api

    def show(self) -> None:
        """All steps but the making of the sandbox."""
        live(self.people)
        before, values, iam = self.people.state(), self.helm_values(), self.attached_policies()

        step(f"What would be done to wire it with {self.mode.way} (--check --diff)")
        self.play({"epinio_bundled_store": "abandon"}, "--check", "--diff")

        step("Turning the bundled store off under an application is refused, before anything is written")
        say(self.play({}, code=2).failure)

        step("With the answer that the message names")
        self.play({"epinio_bundled_store": "abandon"})

        step("The same again changes nothing, and proves it again")
        again = self.play({"epinio_bundled_store": "abandon"})
        expect(again.changed == 0, "the second run changed nothing")

        step("Acting as Epinio, with what its pods are given")
        self.act()

        step("What people had is still there")
        expect(self.people.state() == before, "users, roles, passwords and dex's connectors are as before")
        expect(_within(values, self.helm_values()), "the operator's own Helm values are all there")

        step("Taking it back")
        self.play({"epinio_bundled_store": "abandon"}, playbook=f"teardown_{self.mode.playbook}")
        expect(self.helm_values() == values, "the release has the values that it had at first")
        expect(self.people.state() == before, "users, roles, passwords and dex's connectors are as before")
        expect(self.roles_of_pods() == [], f"Epinio's pod has {NO_ROLE}")
        expect(self.has_again(iam), "IAM has the roles, policies and attachments that it had at first")

    def play(self, variables: Mapping[str, Any], *options: str, code: int = 0, playbook: str = "") -> Run:
        """Run a playbook, without a name that of the mode, and show its summary."""
        name, given = playbook or self.mode.playbook, {**VARIABLES, **variables}
        shown = " ".join(
            f"-e {key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in given.items()
        )
        say(f"$ ansible-playbook playbooks/{name}.yml {' '.join([*options, shown])}")
        run = run_playbook(name, self.cluster.environment(), given, *options)
        if run.code != code:
            raise Unexpected(f"{run.output}\nThe playbook ended with {run.code}, not with {code}.")
        for line in run.summary:
            say(f"  {line}")
        say(f"  changed={run.changed}")
        return run

    def act(self) -> None:
        """Upload as the server, download as a staging pod, and see who else may write."""
        role, own = self.mode.session_role, self.mode.own_role
        given = [arn.rpartition("/")[2] for arn in self.roles_of_pods()]
        expect(given == ([role] if own else []), f"Epinio's pod has {f'the role {role}' if own else NO_ROLE}")
        staging = demo_pods.staging(self.api).account
        server = self.in_pod(SERVER_ACCOUNT, f"{WHO} && {UPLOAD}", SOURCES)
        expect(f":assumed-role/{role}/" in server.said, f"a pod of account {SERVER_ACCOUNT} is {server.said}")
        expect(server.code == 0, f"it has uploaded s3://{BUCKET}/{BLOB}")
        fetched = self.in_pod(staging, DOWNLOAD)
        expect(fetched.said == SOURCES, f"a staging pod (account {staging}) has downloaded it")
        others = {"a staging pod": (staging, NAMESPACE), "somebody else's pod": ("default", "default")}
        for pod, (account, namespace) in others.items():
            written = self.in_pod(account, UPLOAD, "something else", namespace)
            if own:
                expect("AccessDenied" in written.said, f"{pod} may not write (AccessDenied)")
            else:
                expect(written.code == 0, f"{pod} may write too: every pod on these nodes has the access")

    def in_pod(self, account: str, script: str, text: str = "", namespace: str = NAMESPACE) -> demo_pods.Ended:
        """The script, in a pod of that account."""
        image = demo_pods.staging(self.api).image
        variables = {"BUCKET": BUCKET, "BLOB": BLOB, "TEXT": text, "AWS_DEFAULT_REGION": self.cluster.settings.region}
        return demo_pods.run(self.api, namespace, account, image, script, variables)

    def roles_of_pods(self) -> list[str]:
        """The roles that were given to the server's pods that are not about to end."""
        selector = "app.kubernetes.io/name=epinio-server"
        pods = client.CoreV1Api(self.api).list_namespaced_pod(NAMESPACE, label_selector=selector).items
        living = [pod for pod in pods if not pod.metadata.deletion_timestamp]
        variables = [one for pod in living for one in pod.spec.containers[0].env or []]
        return [one.value for one in variables if one.name == "AWS_ROLE_ARN"]

    def helm_values(self) -> dict[str, Any]:
        """The user-supplied values of the release, from helm itself."""
        command = ["helm", "get", "values", release.NAME, "--namespace", release.NAMESPACE, "--output", "json"]
        done = subprocess.run(
            command, env=self.cluster.environment(), capture_output=True, text=True, check=True, timeout=60
        )
        values: dict[str, Any] = json.loads(done.stdout) or {}
        return values

    def has_again(self, attached: Mapping[str, list[str]]) -> bool:
        """Whether IAM shows these attachments, now or soon."""
        deadline = time.monotonic() + SECONDS
        while self.attached_policies() != attached and time.monotonic() < deadline:
            time.sleep(0.5)
        return self.attached_policies() == attached

    def attached_policies(self) -> dict[str, list[str]]:
        """The policies on every role of the account, and its own policies under an empty name."""
        given = self.cluster.variables()
        iam = boto3.client(
            "iam",
            endpoint_url=given["AWS_ENDPOINT_URL"],
            region_name=given["AWS_REGION"],
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        )
        own = [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]]
        found = {"": own}
        for role in iam.list_roles()["Roles"]:
            attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
            found[role["RoleName"]] = [policy["PolicyName"] for policy in attached]
        return found


def live(people: People) -> None:
    """A little life in Epinio before it is wired."""
    people.push("shop")
    people.create_namespace("epinio", "team1")
    people.change_password("epinio")
    people.add_connector()
    say("An application 'shop' with sources, namespace 'team1' of user 'epinio', a changed password, an LDAP connector")


def _within(part: Any, whole: Any) -> bool:
    """Whether everything in a tree of values is in another one too."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and _within(part[key], whole[key]) for key in part)
    return bool(part == whole)


def step(text: str) -> None:
    """The heading of a step."""
    print(f"\n== {text}", flush=True)


def say(text: str) -> None:
    """A line of the story."""
    for line in text.splitlines():
        print(textwrap.fill(line, WIDTH, initial_indent="   ", subsequent_indent="     "), flush=True)


def expect(held: bool, text: str) -> None:
    """Say that something holds, or end the demo."""
    if not held:
        raise Unexpected(f"This does not hold: {text}.")
    say(f"ok: {text}")


if __name__ == "__main__":
    sys.exit(main())
