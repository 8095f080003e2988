"""Usual ports when they are free, the next free ones when not, and a reason when a wish cannot be met."""

import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

from config.boot import ports
from config.boot.trouble import Trouble
from tests.boot.standins import ROOT


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield held


def test_a_free_port_is_kept() -> None:
    free = ports.any_free()
    assert ports.choose(free) == free
    assert ports.insist(free) == free


def test_a_taken_port_leads_to_the_next_free_one(taken: socket.socket) -> None:
    busy = taken.getsockname()[1]
    chosen = ports.choose(busy)
    assert busy < chosen < busy + ports.REACH
    assert ports.refusal(chosen) is None


def test_a_port_promised_to_another_is_avoided() -> None:
    free = ports.any_free()
    assert ports.choose(free, avoid={free}) != free


@pytest.mark.skipif(sys.platform != "linux", reason="the sign is a Linux one")
def test_a_port_chosen_by_another_instance_is_left_to_it_even_before_it_listens() -> None:
    free = ports.any_free()
    ports._promised.pop(free).close()
    code = f"from config.boot import ports; print(ports.choose({free}), flush=True); input()"
    other = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=-1, stdout=-1, text=True)
    assert other.stdout
    assert other.stdout.readline().strip() == str(free)
    assert ports.choose(free) != free
    with pytest.raises(Trouble, match=f"Port {free} is taken"):
        ports.insist(free)
    other.communicate("\n", timeout=10)
    assert ports.choose(free) == free


def test_a_port_that_only_listens_on_ipv6_counts_as_taken() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as held:
        try:
            held.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6 loopback")
        held.listen()
        assert ports.refusal(held.getsockname()[1]) is not None


def test_a_wished_port_that_is_taken_is_named(taken: socket.socket) -> None:
    busy = taken.getsockname()[1]
    with pytest.raises(Trouble, match=f"Port {busy} is taken: choose another with --port"):
        ports.insist(busy)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_wished_port_that_is_none_is_named(port: int) -> None:
    with pytest.raises(Trouble, match=f"--port {port} is no port"):
        ports.insist(port)


def test_a_wished_port_that_needs_root_is_named() -> None:
    # Root may listen anywhere: there it is asked by somebody else.
    code = textwrap.dedent("""
        import os, pwd
        from config.boot import ports
        from config.boot.trouble import Trouble
        if os.geteuid() == 0:
            os.setgroups([])
            os.setuid(pwd.getpwnam("daemon").pw_uid)
        try:
            ports.insist(80)
        except Trouble as trouble:
            print(trouble)
    """)
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert "Port 80 needs more rights" in said.stdout
