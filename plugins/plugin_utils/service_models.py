# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what botocore knows of AWS's services once for a playbook, instead of once for each client.

Every session of botocore has a loader of its own, which lists some four hundred folders and parses the description of
its service: most of the time that it takes to make a client. A loader keeps what it has read, so one that is filled
before the workers are forked is filled in all of them.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterator
from typing import Any

# What nearly every playbook of ours asks; the description of EC2 is larger than all of these, and few ask it.
_SERVICES = ("eks", "iam", "s3", "sts")
_OF_A_SERVICE = ("service-2", "endpoint-rule-set-1", "paginators-1")
# The last one is for the way of retrying that botocore's clients have by default until 1.43 or so.
_OF_ALL = ("endpoints", "partitions", "sdk-default-configuration", "_retry")


def prepare() -> None:
    """Fill the loader that is shared, if botocore is in use: a module of Kubernetes alone does without it."""
    if hasattr(sys.modules.get("botocore.session"), "create_loader"):
        _loader()


@contextlib.contextmanager
def shared() -> Iterator[None]:
    """Sessions that are made in the block take the shared loader, but for those that are to look elsewhere.

    `create_loader` is no documented name of `botocore.session`: without it, each session reads for itself.
    """
    session: Any = sys.modules.get("botocore.session")
    if not hasattr(session, "create_loader"):
        yield
        return
    create_loader = session.create_loader
    session.create_loader = lambda path=None: create_loader(path) if path else _loader()
    try:
        yield
    finally:
        session.create_loader = create_loader


@functools.cache
def _loader() -> Any:
    loader = sys.modules["botocore.loaders"].create_loader()
    # A botocore that is too old for amazon.aws may have less; the module says so in words.
    with contextlib.suppress(sys.modules["botocore.exceptions"].DataNotFoundError):
        for name in _OF_ALL:
            loader.load_data(name)
        for service in _SERVICES:
            for kind in _OF_A_SERVICE:
                loader.load_service_model(service, kind)
    return loader
