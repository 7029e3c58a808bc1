"""`make demo`: the main job from nothing, in a sandbox of its own, shown step by step.

An Epinio with a bundled store, an application, a user with a namespace of his own and values of its operator's is wired
to S3 with IAM roles. Then we act as Epinio: with what a pod is given, and with nothing else. In the end all is taken
back, and Epinio is what it was.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from kubernetes import client

from sandbox import as_pod, release
from sandbox.cluster import Cluster
from sandbox.people import NAMESPACE, People
from sandbox.playbook import Run, run_playbook

BUCKET = "epinio-sources"
VARIABLES: Mapping[str, Any] = {"epinio_cluster_name": "epinio", "epinio_bucket": BUCKET, "epinio_create_bucket": True}
STAGING_ACCOUNT = "epinio-staging-service-account"
BLOB = "5b2f7d0e-6f1c-4c53-9d55-7a1f8f0f2c11"
WIDTH = 118


class Unexpected(SystemExit):
    """Something did not come out as the demo says; the text says what."""


def main() -> int:
    """Run all steps. Exit code 0 if each came out as it should."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="epinio-demo-") as folder:
        step("A sandbox: AWS, an EKS cluster, and Epinio 1.13.9 as a user would have it")
        with Cluster.new(Path(folder)) as cluster:
            release.install(cluster)
            show(cluster)
    step(f"Done in {time.monotonic() - began:.0f} s, and nothing is left running")
    return 0


def show(cluster: Cluster) -> None:
    """The story, on a running cluster."""
    people = People(cluster.kubeconfig)
    live(people)
    before = people.state()
    values = helm_values(cluster)

    step("What would be done (--check --diff)")
    play(cluster, {"epinio_bundled_store": "abandon"}, "--check", "--diff")

    step("Turning the bundled store off under an application is refused, before anything is written")
    refused = play(cluster, {}, code=2)
    say(refused.failure)

    step("With the answer that the message names")
    play(cluster, {"epinio_bundled_store": "abandon"})

    step("The same again changes nothing, and proves it again")
    again = play(cluster, {"epinio_bundled_store": "abandon"})
    expect(again.changed == 0, "the second run changed nothing")

    step("Acting as Epinio, with what the pods were given")
    act(people.api, cluster.settings.aws_endpoint)

    step("What people had is still there")
    expect(people.state() == before, "users, roles, passwords and dex's connectors are as before")
    kept = {key: value for key, value in helm_values(cluster).items() if key in values}
    expect(all(_within(values[key], kept[key]) for key in values), "the operator's own Helm values are all there")

    step("Taking it back")
    play(cluster, {"epinio_bundled_store": "abandon"}, playbook="teardown_irsa")
    expect(helm_values(cluster) == values, "the release has the values that it had at first")
    expect(people.state() == before, "users, roles, passwords and dex's connectors are as before")
    expect(roles_of_pods(people.api) == [], "Epinio's pods run without a role")


def live(people: People) -> None:
    """A little life in Epinio before it is wired."""
    people.push("shop")
    people.create_namespace("epinio", "team1")
    people.change_password("epinio")
    people.add_connector()
    say("An application 'shop' with sources, namespace 'team1' of user 'epinio', a changed password, an LDAP connector")


def play(cluster: Cluster, variables: Mapping[str, Any], *options: str, code: int = 0, playbook: str = "irsa") -> Run:
    """Run a playbook and show its summary."""
    given = {**VARIABLES, **variables}
    shown = " ".join(
        f"-e {key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in given.items()
    )
    say(f"$ ansible-playbook playbooks/{playbook}.yml {' '.join([*options, shown])}")
    run = run_playbook(playbook, cluster.environment(), given, *options)
    if run.code != code:
        raise Unexpected(f"{run.output}\nThe playbook ended with {run.code}, not with {code}.")
    for line in run.summary:
        say(f"  {line}")
    say(f"  changed={run.changed}")
    return run


def act(api: Any, aws_url: str) -> None:
    """Upload as the server's pod, download as a staging pod, and see that the staging pod may not write."""
    core = client.CoreV1Api(api)
    server_pod = server_pods(api)[0]
    who = as_pod.identity_of(server_pod)
    say(f"Pod {who.pod}: {who.role_arn}, region {who.region}, token for {who.audience}, {who.expiration} s")
    server = as_pod.s3_client(api, server_pod, aws_url)
    server.put_object(Bucket=BUCKET, Key=BLOB, Body=b"sources of an application")
    say(f"The server's pod has uploaded s3://{BUCKET}/{BLOB}")
    staging_pod = staging(core)
    staging_client = as_pod.s3_client(api, staging_pod, aws_url)
    fetched = staging_client.get_object(Bucket=BUCKET, Key=BLOB)["Body"].read()
    expect(fetched == b"sources of an application", f"a staging pod ({STAGING_ACCOUNT}) has downloaded it")
    try:
        staging_client.put_object(Bucket=BUCKET, Key=BLOB, Body=b"changed by a build")
    except ClientError as error:
        expect(error.response["Error"]["Code"] == "AccessDenied", "the staging pod may not write (AccessDenied)")
    else:
        raise Unexpected("The staging pod could write.")
    server.delete_object(Bucket=BUCKET, Key=BLOB)


def roles_of_pods(api: Any) -> list[str]:
    """The roles that the server's pods have."""
    variables = [one for pod in server_pods(api) for one in pod.spec.containers[0].env or []]
    return [one.value for one in variables if one.name == "AWS_ROLE_ARN"]


def server_pods(api: Any) -> list[Any]:
    """The server's pods that are not about to end."""
    selector = "app.kubernetes.io/name=epinio-server"
    pods = client.CoreV1Api(api).list_namespaced_pod(NAMESPACE, label_selector=selector).items
    return [pod for pod in pods if not pod.metadata.deletion_timestamp]


def staging(core: Any) -> Any:
    """A pod with the staging jobs' account, as it is once admission is through."""
    spec = client.V1PodSpec(
        service_account_name=STAGING_ACCOUNT,
        restart_policy="Never",
        containers=[client.V1Container(name="download-s3-blob", image="amazon/aws-cli:2.13.26", command=["true"])],
    )
    body = client.V1Pod(metadata=client.V1ObjectMeta(generate_name="stage-shop-"), spec=spec)
    return core.create_namespaced_pod(NAMESPACE, body)


def helm_values(cluster: Cluster) -> dict[str, Any]:
    """The user-supplied values of the release, from helm itself."""
    command = ["helm", "get", "values", release.NAME, "--namespace", release.NAMESPACE, "--output", "json"]
    done = subprocess.run(command, env=cluster.environment(), capture_output=True, text=True, check=True, timeout=60)
    values: dict[str, Any] = json.loads(done.stdout) or {}
    return values


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
