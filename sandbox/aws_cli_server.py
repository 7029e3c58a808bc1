"""`python aws_cli_server.py SOCKET`: the AWS CLI for pods, imported once, a fork for each call of it.

Run by the Python of the AWS CLI's own environment, so nothing of this project is imported. To start and import the CLI
takes half a second of CPU time, and a proof in a pod makes a dozen calls. `aws_cli_client` is what pods call: it hands
over its arguments, folder, environment and streams, and gets the exit code. A client that ends first ends its call.

The server ends when its standard input does.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import socket
import struct
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import NoReturn

# Where its data is, and where below HOME it keeps sessions: the CLI asks the environment when these are imported. Other
# parts ask more, such as `aws eks update-kubeconfig`; no pod of the sandbox calls them.
_READ_ENVIRONMENT = ("awscli", "awscli.customizations.assumerole")


def main(address: Path) -> None:
    """Listens on that socket until the standard input ends."""
    from awscli import clidriver  # type: ignore[import-not-found]  # noqa: PLC0415

    # Imports what the CLI's customizations are made of, too.
    clidriver.create_clidriver()
    # What is shared with the forks stays so: their garbage collection would touch, and so copy, each object.
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # The length of a socket's address is limited, so it is the name in its folder.
    os.chdir(address.parent)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address.name)
        listener.listen(64)
        while sys.stdin not in select.select([sys.stdin, listener], [], [])[0]:
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    listener.close()
                    _serve(connection)


def _serve(connection: socket.socket) -> NoReturn:
    """One call, in a fork of its own, which ends with it. The client hears nothing of one that ends otherwise."""
    try:
        code = _call(connection)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        connection.send(bytes([code & 0xFF]))
    finally:
        try:
            # The process ends here, so nobody else would say why.
            if sys.exception():
                traceback.print_exc()
        finally:
            os._exit(0)


def _call(connection: socket.socket) -> int:
    """The exit code of the call that the client asks for."""
    head, streams, _, _ = socket.recv_fds(connection, 4, 3)
    length, given = struct.unpack("!I", head)[0], bytearray()
    while len(given) < length:
        received = connection.recv(length - len(given))
        if not received:
            raise ConnectionError("the client ended before it had asked")
        given += received
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    folder, count, *words = bytes(given).split(b"\0")
    os.chdir(folder)
    os.environb.clear()
    for word in words[int(count) :]:
        name, _, value = word.partition(b"=")
        os.environb[name] = value
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    tempfile.tempdir = None
    # Python's own streams write there from now on; nothing is in them yet.
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.argv = ["aws", *map(os.fsdecode, words[: int(count)])]
    import awscli  # noqa: PLC0415

    for module in _READ_ENVIRONMENT:
        importlib.reload(sys.modules[module])
    try:
        sys.exit(awscli.clidriver.main())
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def _end_with(connection: socket.socket) -> None:
    """The client says nothing more: what can be read then is its end."""
    connection.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
