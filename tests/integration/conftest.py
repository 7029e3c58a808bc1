"""The stand-in for AWS, once for all integration tests; each test has an account to itself."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from sandbox.aws import StandIn
from tests.integration.aws_site import Site

# moto keeps its accounts for the whole process, and the stand-in's own tests begin at 1.
_ACCOUNTS = itertools.count(200000000001)


@pytest.fixture(scope="session")
def prompt_aws() -> Iterator[StandIn]:
    """An AWS that is consistent at once."""
    with StandIn(visible_after=0.0, effective_after=0.0) as stand_in:
        yield stand_in


@pytest.fixture
def site(prompt_aws: StandIn) -> Site:
    return Site(prompt_aws, str(next(_ACCOUNTS)))


@pytest.fixture
def eventual_site() -> Iterator[Site]:
    """An account of an AWS that takes its time, as the real one does."""
    with StandIn() as stand_in:
        yield Site(stand_in, str(next(_ACCOUNTS)))
