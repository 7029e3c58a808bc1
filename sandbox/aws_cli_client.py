"""`python aws_cli_client.py FOLDER ARGUMENTS`: has the server of that folder call the AWS CLI (`aws_cli_server`).

Needs nothing but the standard library, and little of that: it is started for each call.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import socket
import struct
import sys

# The same as the server's: neither can import the other.
SOCKET = "aws-cli.sock"
# As `aws` itself ends after what it did not expect.
_NO_ANSWER = 255


def main(folder: str, arguments: list[str]) -> int:
    """The exit code of the call."""
    words = [*map(os.fsencode, arguments), *(b"=".join(one) for one in os.environb.items())]
    request = b"\0".join([os.getcwdb(), str(len(arguments)).encode(), *words])
    os.chdir(folder)
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(SOCKET)
        socket.send_fds(server, [struct.pack("!I", len(request))], [0, 1, 2])
        server.sendall(request)
        answer = server.recv(1)
    return answer[0] if answer else _NO_ANSWER


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
