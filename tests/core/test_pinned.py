"""A name is resolved once: the address that was looked at is the one that is called, under the certificate of the name."""

import contextlib
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core import http as policy
from core.http import PolicyAdapter, session_under_policy

NAME = "shop.example"
#: Public, and nobody lives there: 192.0.0.9 is set aside for a protocol that nobody speaks (RFC 7723), and is_global says so.
PUBLIC = "192.0.0.9"


def certificate(folder: Path, name: str) -> Path:
    """A certificate of its own for a name, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    moment = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - dt.timedelta(days=1))
        .not_valid_after(moment + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{name}.pem"
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


class Shop:
    """An HTTPS server on loopback. It notes who connected, which name was asked for in TLS, and the Host header."""

    def __init__(self, file: Path, address: str = "127.0.0.1") -> None:
        self.connected = 0
        self.names: list[str | None] = []
        self.hosts: list[str] = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, 0), family=family)
        self.port = int(self.listener.getsockname()[1])
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(file)
        self.context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _address = self.listener.accept()
            except OSError:
                return
            self.connected += 1
            with plain, contextlib.suppress(OSError), self.context.wrap_socket(plain, server_side=True) as opened:
                asked = b""
                while b"\r\n\r\n" not in asked and (piece := opened.recv(4096)):
                    asked += piece
                lines = [line.decode() for line in asked.split(b"\r\n") if line[:5].lower() == b"host:"]
                self.hosts += [line.partition(":")[2].strip() for line in lines]
                opened.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


@contextlib.contextmanager
def shop(folder: Path, *, name: str = NAME, address: str = "127.0.0.1") -> Iterator[Shop]:
    """The server for the time of a test."""
    found = Shop(certificate(folder, name), address)
    try:
        yield found
    finally:
        found.listener.close()


def resolver(*answers: str) -> Any:
    """What a hostile name server says of any name, answer after answer; the last one is repeated. Addresses stay what they are."""
    real, left = socket.getaddrinfo, list(answers)

    def answer(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if host != NAME:
            return real(host, port, *rest, **options)
        return real(left.pop(0) if len(left) > 1 else left[0], port, *rest, **options)

    return answer


def test_a_name_that_turns_private_after_the_look_gets_nobody(tmp_path: Path) -> None:
    with shop(tmp_path) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolver(PUBLIC, "127.0.0.1"))
        patch.setattr(policy, "CONNECT_SECONDS", 0.3)
        with contextlib.suppress(requests.exceptions.RequestException):
            session_under_policy(PolicyAdapter()).get(f"https://{NAME}:{server.port}/", verify=False)
        assert server.connected == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_the_name_stays_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """The socket goes to the address; certificate, SNI and Host are the name's. The first address is dead, the second is tried."""
    with shop(tmp_path, address=address) as server:
        dead = "127.0.0.2" if address == "127.0.0.1" else "127.0.0.1"
        monkeypatch.setattr(policy, "refuse_private", lambda host, port: (dead, address))
        session = session_under_policy(PolicyAdapter())
        session.verify = str(tmp_path / f"{NAME}.pem")
        assert session.get(f"https://{NAME}:{server.port}/path").text == "ok"
        assert (server.names, server.hosts) == ([NAME], [f"{NAME}:{server.port}"])


def test_a_certificate_of_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop(tmp_path, name="other.example") as server:
        monkeypatch.setattr(policy, "refuse_private", lambda host, port: ("127.0.0.1",))
        session = session_under_policy(PolicyAdapter())
        session.verify = str(tmp_path / "other.example.pem")
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"https://{NAME}:{server.port}/")
        assert server.hosts == []


def test_a_name_no_resolver_takes_is_no_crash() -> None:
    with pytest.raises(requests.exceptions.RequestException):
        session_under_policy(PolicyAdapter()).get(f"https://{'a' * 70}.example/")
