"""What every network must do that is listened to through server-sent events. Its own class inherits this beside the contract.

Whatever the other side says: it is a bell, a sign of life, or the end with a reason. Nothing waits or grows for ever.
"""

import threading
import time
from typing import Any, ClassVar

import pytest

from social.networks.base import Network
from social.networks.errors import NetworkError, TryLater, Unauthorized, Unsupported
from social.networks.features import Capability
from social.networks.receiver import HungUp, Receiver
from social.networks.values import Access
from tests.social.networks.servers import Says, Script, Scripted

EVENTS = {"content-type": "text/event-stream"}
SILENCE_SECONDS = 0.6


def stream(body: bytes = b"", **how: Any) -> Says:
    """A stream that says this, and whatever else `Says` can do."""
    return Says(200, body, EVENTS, **how)


class StreamingContract:
    """Inherit beside the contract of the network."""

    network: ClassVar[Network]
    #: Of what a stream may say: bells, and what is none.
    rings: ClassVar[tuple[bytes, ...]]
    lives: ClassVar[tuple[bytes, ...]]

    def access(self) -> Access:
        raise NotImplementedError

    def lead_to(self, url: str, settings: Any) -> None:
        raise NotImplementedError

    def streaming(self, says: Says) -> Script:
        """This, to whoever asks for the stream, and what is needed to whoever asks for something before it."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(self.network), "silence_seconds", SILENCE_SECONDS)

    def heard(self, scripted: Scripted, says: Says) -> tuple[list[bool], NetworkError]:
        """What comes of one stream, to its end."""
        scripted.says(self.streaming(says))
        found: list[bool] = []
        with pytest.raises(NetworkError) as caught:
            found.extend(self.network.listen(self.access(), Receiver()))
        for secret in self.access().secrets.values():
            assert len(secret) < 12 or secret not in str(caught.value.reason) + repr(caught.value)
        return found, caught.value

    def test_it_says_that_it_can_be_listened_to(self) -> None:
        assert Capability.STREAMING in self.network.capabilities

    def test_whatever_happens_rings_and_signs_of_life_do_not(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        for bell in self.rings:
            found, error = self.heard(scripted, stream(bell))
            assert (found[0], True in found) == (False, True), bell
            assert isinstance(error, TryLater)
        for life in self.lives:
            found, _error = self.heard(scripted, stream(life))
            assert found[:1] == [False], life
            assert True not in found, life

    def test_a_bell_in_two_pieces_rings(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        found, _error = self.heard(scripted, stream(self.rings[0], drip_seconds=0.001))
        assert found.count(True) == 1

    @pytest.mark.parametrize(
        "ending",
        {
            "silence before an answer": Says(hang=True),
            "hung up": Says(drop=True),
            "a page": Says.html(),
            "packed": Says(200, b"x", {**EVENTS, "content-encoding": "gzip"}),
            "a document": Says.json({"error": "odd"}),
            "garbage": stream(b"\xff\xfe\x00{[\n\n<!doctype html>\n"),
            "cut": stream(b":a\n", cut=100),
            "a line without end": stream(endless=b"x" * 65536),
            "trouble": Says.json({"error": "busy"}, 503),
            "limit": Says.json({"error": "Too many"}, 429),
        }.items(),
        ids=lambda pair: pair[0],
    )
    def test_every_ending_has_a_reason_and_comes_in_time(self, scripted: Scripted, settings: Any, ending: tuple[str, Says]) -> None:
        self.lead_to(scripted.url, settings)
        began = time.monotonic()
        found, error = self.heard(scripted, ending[1])
        assert isinstance(error, TryLater), ending
        assert True not in found
        assert time.monotonic() - began < 10

    def test_an_open_stream_that_says_nothing_is_given_up(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        # So slow that the next byte is never there in time.
        found, error = self.heard(scripted, stream(b"::", drip_seconds=SILENCE_SECONDS * 3))
        assert isinstance(error, TryLater)
        assert found[:1] == [False]

    def test_refused_tokens_and_absent_streams_are_told_apart(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        assert isinstance(self.heard(scripted, Says.json({"error": "The access token is invalid"}, 401))[1], Unauthorized)
        for status in (404, 405, 403, 301):
            assert isinstance(self.heard(scripted, Says(status, b"", {"location": "https://elsewhere.example/"}))[1], Unsupported)

    def test_it_can_be_put_down_while_it_waits(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        type(self.network).silence_seconds = 20.0  # the fixture puts it back
        scripted.says(self.streaming(stream(b"::", drip_seconds=15.0)))
        receiver, opened, over = Receiver(), threading.Event(), threading.Event()

        def listen() -> None:
            try:
                for _rang in self.network.listen(self.access(), receiver):
                    opened.set()
            except (NetworkError, HungUp):
                over.set()

        threading.Thread(target=listen, daemon=True).start()
        assert opened.wait(5)
        receiver.hang_up()
        assert over.wait(2)
        receiver.hang_up()
        with pytest.raises(HungUp):
            receiver.hold(lambda: None)
