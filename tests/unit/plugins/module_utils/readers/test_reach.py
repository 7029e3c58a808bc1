"""The one call that tells whether an API server answers."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection, Source
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_client import KubernetesClient
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import check_reach


class Rude:
    """A server that closes every connection at once."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.accepted = 0

    def serve(self) -> None:
        while True:
            connection, _peer = self.listener.accept()
            with connection:
                if connection.recv(1) == b"q":
                    return
                # Before the client can see that it is closed.
                self.accepted += 1


@pytest.fixture
def rude() -> Iterator[Rude]:
    server = Rude()
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield server
    with socket.create_connection(server.listener.getsockname()) as last:
        last.sendall(b"q")
    thread.join()
    server.listener.close()


def test_it_is_not_tried_again(rude: Rude) -> None:
    url = f"http://127.0.0.1:{rude.listener.getsockname()[1]}"
    connection = Connection(url, Source("blue.yaml", "b", is_file=True))
    with pytest.raises(
        ServiceFailed, match=f"reach {url} .kubeconfig blue.yaml, context b.: .*can be reached"
    ) as error:
        check_reach(KubernetesClient(connection), connection, "epinio")
    assert (rude.accepted, error.value.code) == (1, "")
