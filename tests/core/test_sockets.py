"""Sockets of mail keep the policy of calls: checked addresses, no transaction, an end to every wait, every talk and every flood."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import transaction

from core.clock import now
from core.http import OutboundRefused, TooLarge, not_after
from core.sockets import PolicyTLSSocket, open_socket, tls_context


class Line:
    """A server on loopback that does one thing with each connection."""

    def __init__(self, does: Callable[[socket.socket, threading.Event], None]) -> None:
        self.does = does
        self.calls = 0
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def base(self, scheme: str = "imap", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}"

    def _serve(self) -> None:
        while not self.over.is_set():
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.calls += 1
            with connection:
                try:
                    self.does(connection, self.over)
                except OSError:
                    continue

    def close(self) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@pytest.fixture
def line() -> Iterator[Callable[..., Line]]:
    opened: list[Line] = []

    def make(does: Callable[[socket.socket, threading.Event], None]) -> Line:
        opened.append(Line(does))
        return opened[-1]

    yield make
    for made in opened:
        made.close()


def greet(connection: socket.socket, _over: threading.Event) -> None:
    connection.sendall(b"* OK hello\r\n")
    connection.recv(100)


def hang(_connection: socket.socket, over: threading.Event) -> None:
    over.wait(20)


def drip(connection: socket.socket, over: threading.Event) -> None:
    while not over.wait(0.05):
        connection.sendall(b"x")


def flood(connection: socket.socket, over: threading.Event) -> None:
    while not over.is_set():
        connection.sendall(b"x" * 65536)


def test_it_talks(line: Any) -> None:
    server = line(greet)
    with open_socket("mail.example.org", 993, base=server.base(), tls=True) as opened, opened.makefile("rb") as reader:
        assert reader.readline() == b"* OK hello\r\n"
        opened.sendall(b"bye\r\n")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fc00::1", "0.0.0.0", "224.0.0.1"])
def test_private_addresses_are_refused(address: str, line: Any) -> None:
    server = line(greet)
    with pytest.raises(OutboundRefused):
        open_socket(address, server.port, tls=False)
    assert server.calls == 0


def test_the_address_that_was_checked_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers differently the second time (DNS rebinding) is never asked a second time."""
    answers = [("8.8.8.8", 993), ("127.0.0.1", 993)]
    asked: list[str] = []
    called: list[Any] = []

    def resolve(host: str, *_args: Any, **_named: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", answers[min(len(asked), 2) - 1])]

    def connect(_self: Any, address: Any) -> None:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    monkeypatch.setattr("core.sockets.PolicySocket.connect", connect)
    with pytest.raises(ConnectionRefusedError):
        open_socket("rebinding.example.org", 993, tls=True)
    assert asked == ["rebinding.example.org"]
    assert called == [("8.8.8.8", 993)]


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 25)) for address in ("8.8.8.8", "192.168.1.1")]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_named: found)
    with pytest.raises(OutboundRefused):
        open_socket("both.example.org", 25, tls=False)


@pytest.mark.parametrize("name", ["no-such-name.invalid", "a" * 64 + ".example", "", "\x00"])
def test_a_name_that_leads_nowhere_is_an_oserror(name: str) -> None:
    with pytest.raises((OSError, ValueError)):
        open_socket(name, 993, tls=True)


@pytest.mark.django_db
def test_no_call_inside_a_transaction(line: Any) -> None:
    server = line(greet)
    with transaction.atomic(), pytest.raises(OutboundRefused):
        open_socket("mail.example.org", 993, base=server.base(), tls=False)
    assert server.calls == 0


def test_no_call_after_its_lease(line: Any) -> None:
    server = line(greet)
    with not_after(-1), pytest.raises(OutboundRefused):
        open_socket("mail.example.org", 993, base=server.base(), tls=False)
    assert server.calls == 0


@pytest.mark.parametrize("does", [hang, drip], ids=["hang", "drip"])
def test_waiting_has_an_end(line: Any, does: Any) -> None:
    server = line(does)
    began = time.monotonic()
    opened = open_socket("mail.example.org", 993, base=server.base(), tls=False, read_seconds=0.3, total_seconds=0.6)
    with opened, opened.makefile("rb") as reader, pytest.raises(TimeoutError):
        reader.readline()
    assert time.monotonic() - began < 3


def test_a_flood_has_an_end(line: Any) -> None:
    server = line(flood)
    opened = open_socket("mail.example.org", 993, base=server.base(), tls=False, max_bytes=300_000)
    with opened, opened.makefile("rb") as reader, pytest.raises(TooLarge):
        reader.read(10_000_000)


def test_no_talk_outlasts_what_the_installation_allows(line: Any, settings: Any) -> None:
    settings.CALL_SECONDS = 0.4
    server = line(drip)
    began = time.monotonic()
    opened = open_socket("mail.example.org", 993, base=server.base(), tls=False, total_seconds=600)
    with opened, opened.makefile("rb") as reader, pytest.raises(TimeoutError):
        reader.readline()
    assert time.monotonic() - began < 3


def test_a_reader_that_takes_nothing_holds_no_worker(line: Any) -> None:
    server = line(hang)
    opened = open_socket("mail.example.org", 993, base=server.base(), tls=False, read_seconds=0.3, total_seconds=0.6)
    with opened, pytest.raises(TimeoutError):
        opened.sendall(b"x" * 50_000_000)


# --- TLS ------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for `localhost` that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    plain = serialization.NoEncryption()
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return file


def encrypted(certificate: Path, *, after: bool = False) -> Callable[[socket.socket, threading.Event], None]:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        connection.settimeout(5)
        if after:
            connection.sendall(b"220 ready\r\n")
            connection.recv(len(b"STARTTLS\r\n"))  # and not a byte of the handshake that follows at once
        with context.wrap_socket(connection, server_side=True) as inside:
            inside.sendall(b"* OK hello\r\n")
            drip(inside, over)

    return talk


def test_certificates_are_checked(line: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = line(encrypted(certificate))
    with pytest.raises(ssl.SSLCertVerificationError):
        open_socket("mail.example.org", 993, base=server.base("imaps", "localhost"), tls=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(ssl.SSLCertVerificationError):
        open_socket("mail.example.org", 993, base=server.base("imaps", "127.0.0.1"), tls=True)
    opened = open_socket("", 0, base=server.base("imaps", "localhost"), tls=True, read_seconds=0.5, total_seconds=1.0)
    with opened, opened.makefile("rb") as reader:
        assert isinstance(opened, PolicyTLSSocket)
        assert reader.readline() == b"* OK hello\r\n"
        with pytest.raises(TimeoutError):
            reader.readline()


def test_what_is_encrypted_later_keeps_its_limits(line: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = line(encrypted(certificate, after=True))
    opened = open_socket("", 0, base=server.base("smtp", "localhost"), tls=False, read_seconds=0.5, total_seconds=1.0)
    assert opened.recv(100) == b"220 ready\r\n"
    opened.sendall(b"STARTTLS\r\n")
    with tls_context().wrap_socket(opened, server_hostname="localhost") as inside, inside.makefile("rb") as reader:
        assert inside.meter is opened.meter
        assert reader.readline() == b"* OK hello\r\n"
        with pytest.raises(TimeoutError):
            reader.readline()


def test_a_handshake_that_never_comes_has_an_end(line: Any) -> None:
    server = line(hang)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        open_socket("", 0, base=server.base("imaps", "localhost"), tls=True, read_seconds=0.3, total_seconds=0.6)
    assert time.monotonic() - began < 3
