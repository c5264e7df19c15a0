"""SMPP under TLS, as an operator sets it up."""

from __future__ import annotations

import socket
import ssl
import struct
from pathlib import Path

import pytest
import trustme

from tests.stories.house import House

pytestmark = pytest.mark.story
BIND_TRANSCEIVER = 0x00000009


def test_an_esme_binds_under_tls_beside_the_plain_port(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = tmp_path / "certificate.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = f"[smpp_server]\ntls_listen = '127.0.0.1:{port}'\ntls_certificate = '{certificate}'\n"
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with House(tmp_path / "house", config=settings) as house:
        login = house.demo["smpp"]
        plain = socket.create_connection(house.smpp)
        under_tls = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
        for connection in (under_tls, plain):
            with connection:
                assert bound(connection, login["system_id"], login["password"])


def bound(connection: socket.socket, system_id: str, password: str) -> bool:
    """Whether a bind is answered ESME_ROK (SMPP 3.4 section 4.1.5)."""
    names = b"".join(name.encode() + b"\0" for name in (system_id, password, ""))
    body = names + bytes((0x34, 0, 0)) + b"\0"
    connection.sendall(struct.pack(">4I", 16 + len(body), BIND_TRANSCEIVER, 0, 1) + body)
    _, _, status, sequence = struct.unpack(">4I", connection.recv(16))
    return (status, sequence) == (0, 1)
