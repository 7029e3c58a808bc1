"""The one call that tells whether an API server answers."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import Connection, Source
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import check_reach
from kubernetes.client import ApiClient, Configuration


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
    client = ApiClient(Configuration(host=url))
    with pytest.raises(
        ServiceFailed, match=f"reach {url} .kubeconfig blue.yaml, context b.: .*can be reached"
    ) as error:
        check_reach(client, Connection(url, Source("blue.yaml", "b", is_file=True)), "epinio")
    assert (rude.accepted, error.value.code) == (1, "")
    assert client.configuration.retries is None
