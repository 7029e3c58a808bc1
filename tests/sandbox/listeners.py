"""What the processes of a sandbox listen on, from the kernel's tables."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

from sandbox import processes

LISTENING = "0A"
LOOPBACK = ("0100007F", "00000000000000000000000001000000")


def listeners(folder: Path) -> dict[str, list[tuple[str, int]]]:
    """For each process the hexadecimal address and the port of every TCP socket on which it listens."""
    sockets = _listening_sockets()
    return {
        record.name: [sockets[inode] for inode in _inodes(record.pid) if inode in sockets]
        for record in processes.records(folder)
    }


def _listening_sockets() -> dict[str, tuple[str, int]]:
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            address, _, port = fields[1].partition(":")
            if fields[3] == LISTENING:
                found[fields[9]] = (address, int(port, 16))
    return found


def _inodes(pid: int) -> list[str]:
    links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    return [link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:[")]
