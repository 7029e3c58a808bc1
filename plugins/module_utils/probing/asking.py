# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call after the other, where each costs little: what is refused is asked again while a change may spread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Answer, Probe, wrote
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import may_pass


def one_by_one(
    make: Callable[[Probe], Answer], probes: Iterable[Probe], written: bool, waits: Iterator[float]
) -> Iterator[tuple[Probe, Answer]]:
    """Each probe with its answer. `written`: the object that some read is there."""
    for probe in probes:
        # To whoever may not list the bucket, S3 says of a missing object that it is forbidden.
        if probe.reads and not written:
            continue
        answer = make(probe)
        while may_pass(probe, answer) and not probe.lenient and (pause := next(waits, None)) is not None:
            time.sleep(pause)
            answer = make(probe)
        written = written or wrote(probe, answer)
        yield probe, answer
