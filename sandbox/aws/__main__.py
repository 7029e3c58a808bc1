"""`python -m sandbox.aws --port PORT --log FILE`: serves until it is ended."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import argparse
import contextlib
import signal
from pathlib import Path

from sandbox.aws.consistency import Delays
from sandbox.aws.server import StandIn


def main() -> None:
    """Reads the command line and serves."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.aws", description="A stand-in for AWS on loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True, help="wire log: JSON lines, appended")
    parser.add_argument("--visible-after", type=float, default=Delays.visible_after, help="seconds")
    parser.add_argument("--effective-after", type=float, default=Delays.effective_after, help="seconds")
    parser.add_argument("--plain", action="store_true", help="loopback does not count as TLS")
    options = parser.parse_args()
    # Ends the `with` below as an interrupt does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    delays = (options.visible_after, options.effective_after)
    server = StandIn(options.log, *delays, port=options.port, plain=options.plain)
    with contextlib.suppress(KeyboardInterrupt), server:
        server.wait()


if __name__ == "__main__":
    main()
