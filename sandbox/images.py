"""What a container's image means here: one is really run, some cannot be pulled, all others only seem to run. Pure."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox.rest import Json

# The last part of its name, which mirrors keep: `amazon/aws-cli`, `public.ecr.aws/aws-cli/aws-cli`.
AWS_CLI = "aws-cli"
NEVER_READY = ":never-ready"
# As a tag, or as the last part of a repository's name.
DOES_NOT_EXIST = "does-not-exist"
PULL, BACK_OFF = "ErrImagePull", "ImagePullBackOff"


def is_run(image: str) -> bool:
    """Whether a container of it is a process of this machine."""
    name, tag = _parts(image)
    return name == AWS_CLI and not image.endswith(NEVER_READY) and tag != DOES_NOT_EXIST


def pull_failure(image: str, state: Json) -> Json | None:
    """What a container waits for whose image does not come, or None if it comes.

    `state` is what was reported of the container before: a kubelet says the registry's answer first and that it waits
    before the next attempt from then on (pkg/kubelet/images/image_manager.go).
    """
    if image.endswith(NEVER_READY):
        return {"reason": BACK_OFF, "message": f'Back-off pulling image "{image}"'}
    if DOES_NOT_EXIST not in _parts(image):
        return None
    answer = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {image}: not found'
    if state.get("waiting", {}).get("reason") in (PULL, BACK_OFF):
        return {"reason": BACK_OFF, "message": f'Back-off pulling image "{image}": {PULL}: {answer}'}
    return {"reason": PULL, "message": answer}


def _parts(image: str) -> tuple[str, str]:
    """The last part of the repository's name, and the tag or nothing."""
    name, _, tag = image.partition("@")[0].rpartition("/")[2].partition(":")
    return name, tag
