"""After which of its tasks a run has to be stopped to see every state that it can leave: told by a finished run."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox.playbook import Run, Task

_PROOF = "epinio.aws.epinio_access_check"


def writing(run: Run) -> list[Task]:
    """The tasks of the real pass that wrote something. Any other leaves the state of the one before it."""
    return [task for task in run.real if task.changes]


def proofs(run: Run) -> list[Task]:
    """The tasks in which the roles were proven, and what Epinio reads was looked at."""
    return [task for task in run.real if task.action == _PROOF]


def name(task: Task) -> str:
    """The name of a task without its role."""
    return task.name.rpartition(" : ")[-1]


def in_kubernetes(task: Task) -> bool:
    """Whether the task wrote to the cluster."""
    return not all(change["operation"].startswith(("iam.", "s3.")) for change in task.changes)


def planned(run: Run) -> dict[str, list[str]]:
    """The changes that the planning pass of a run found, by task of the real pass, in order."""
    found = [task for task in run.tasks if task.check and task.changes]
    return {name(task).replace(", planned", ", made"): [one["summary"] for one in task.changes] for task in found}
