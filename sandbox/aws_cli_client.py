"""`python aws_cli_client.py SOCKET ARGUMENTS`: has the server behind that socket call the AWS CLI (`aws_cli_server`).

Needs nothing but the standard library, and little of that: it is started for each call.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import socket
import struct
import sys
import time

# As `aws` itself ends after what it did not expect.
_NO_ANSWER = 255
# Seconds. The server listens once it has imported the CLI.
_LONGEST, _PAUSE = 30.0, 0.05


def main(address: str, arguments: list[str]) -> int:
    """The exit code of the call."""
    words = [*map(os.fsencode, arguments), *(b"=".join(one) for one in os.environb.items())]
    request = b"\0".join([os.getcwdb(), str(len(arguments)).encode(), *words])
    with _connected(address) as server:
        socket.send_fds(server, [struct.pack("!I", len(request))], [0, 1, 2])
        server.sendall(request)
        answer = server.recv(1)
    return answer[0] if answer else _NO_ANSWER


def _connected(address: str) -> socket.socket:
    # The length of a socket's address is limited, so it is the name in its folder.
    folder, name = os.path.split(address)
    os.chdir(folder)
    deadline = time.monotonic() + _LONGEST
    while True:
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(name)
        except (FileNotFoundError, ConnectionRefusedError):
            server.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)
        else:
            return server


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
