"""Listening to a mailbox, at the steps of IMAP: a server in memory that speaks IDLE, with trouble at any of them."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from social.networks import _email_idle
from social.networks.email import Email
from social.networks.errors import NetworkError, TryLater, Unauthorized, Unsupported
from social.networks.receiver import HungUp, Receiver
from social.networks.values import Access
from tests.social.networks.email.test_contract import SECRETS
from tests.social.networks.mailservers import ADDRESS, MailServer, mail

NETWORK = Email(read_seconds=0.6, total_seconds=1.8)
ACCESS = Access(external_id=ADDRESS, secrets=SECRETS)


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    made = MailServer()
    made.lead(settings)
    made.inbox(mail(1))
    yield made
    made.close()


class Ears:
    """Listens in a thread, and keeps what it heard."""

    def __init__(self) -> None:
        self.receiver, self.said, self.error = Receiver(), list[bool](), list[Exception]()
        self.changed = threading.Condition()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            for rang in NETWORK.listen(ACCESS, self.receiver):
                with self.changed:
                    self.said.append(rang)
                    self.changed.notify_all()
        except (NetworkError, HungUp) as error:
            with self.changed:
                self.error.append(error)
                self.changed.notify_all()

    def until(self, what: Any, seconds: float = 5.0) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: what(self), seconds), (self.said, self.error)

    def close(self) -> None:
        self.receiver.hang_up()
        self._thread.join(5)
        assert not self._thread.is_alive()


@pytest.fixture
def hearing(server: MailServer) -> Iterator[Ears]:
    made = Ears()
    yield made
    made.close()


def test_a_new_mail_rings_and_is_put_down_while_it_waits(server: MailServer, hearing: Ears) -> None:
    hearing.until(lambda ears: ears.said == [False])
    began = time.monotonic()
    server.inbox(mail(2))
    hearing.until(lambda ears: True in ears.said)
    assert time.monotonic() - began < 1.5
    assert "LOGIN" in server.commands
    hearing.close()
    assert isinstance(hearing.error[0], TryLater | HungUp)


def test_idle_is_begun_anew_and_rings_then(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _email_idle.RENEW_SECONDS < 29 * 60
    monkeypatch.setattr(_email_idle.listen, "__kwdefaults__", {"renew_seconds": 0.3})
    hearing = Ears()
    hearing.until(lambda ears: ears.said.count(True) >= 2)
    hearing.close()
    assert server.commands.count("IDLE") >= 3
    assert server.commands.count("LOGIN") == 1


def test_a_server_that_has_gone_silent_is_noticed_when_idle_is_begun_anew(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_email_idle.listen, "__kwdefaults__", {"renew_seconds": 0.3})
    server.trouble["IDLING"] = "hang"
    hearing = Ears()
    hearing.until(lambda ears: ears.error)
    hearing.close()
    assert isinstance(hearing.error[0], TryLater)


@pytest.mark.parametrize("ending", ["drop", "garbage", "half", "huge", "endless", "drip"])
def test_every_ending_while_it_waits_is_a_reason(server: MailServer, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_email_idle.listen, "__kwdefaults__", {"renew_seconds": 1.0})
    server.trouble["IDLING"] = ending
    if ending == "endless":
        monkeypatch.setattr(_email_idle.Pace, "took", lambda self, piece: None)
    hearing = Ears()
    if ending == "endless":
        # Lines that say nothing are read and forgotten, until asking is due.
        hearing.until(lambda ears: len(ears.said) > 3)
    hearing.until(lambda ears: ears.error)
    hearing.close()
    assert isinstance(hearing.error[0], TryLater)


@pytest.mark.parametrize(("step", "ending"), [*(("IDLE", ending) for ending in ("hang", "drop", "no", "bad")), ("EXAMINE", "no")])
def test_a_server_that_stumbles_over_idle_is_tried_later(server: MailServer, step: str, ending: str) -> None:
    server.trouble[step] = ending
    hearing = Ears()
    hearing.until(lambda ears: ears.error)
    hearing.close()
    assert isinstance(hearing.error[0], TryLater)
    assert hearing.said == []


def test_a_server_without_idle_stays_polled(server: MailServer) -> None:
    server.trouble["CAPABLE"] = "no"
    with pytest.raises(Unsupported):
        list(NETWORK.listen(ACCESS, Receiver()))


def test_a_refused_password_is_the_poll_s_to_tell(server: MailServer) -> None:
    with pytest.raises(Unauthorized):
        list(NETWORK.listen(Access(ADDRESS, {**SECRETS, "password": "wrong"}), Receiver()))
