"""What a network must do that speaks IMAP and SMTP: the same promises as tests/social/networks/contract.py, at the steps of mail.

Everything goes over real sockets to the practice network's wires; nothing of ours is replaced.
"""

import contextlib
import dataclasses
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.base import Network
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.features import Capability
from social.networks.values import Access, Cursor, Envelope, Outgoing
from tests.social.networks.contract import MAX_PAGES, PATIENCE_SECONDS, closed_address
from tests.social.networks.mailservers import ADDRESS, MailServer, mail
from tests.social.networks.payloads import PayloadContract

#: Endings at a step of reading, after which nothing usable was said.
NOTHING_SAID = ("hang", "drop", "garbage", "half", "huge", "drip", "endless", "no", "bad")
#: Steps of reading that come before a mail is handed over.
STEPS = ("GREETING", "EXAMINE", "UID SEARCH")
#: A greeting answers nothing, so that it can say neither no nor bad.
UNUSABLE = [
    (step, ending) for step in STEPS for ending in NOTHING_SAID if step != "GREETING" or ending not in ("no", "bad")
]
#: At these steps of sending nothing has been accepted yet.
BEFORE = ("hang", "drop", "garbage", "endless", "later")
#: After the last dot: taken, and never said so; or said in a way that means nothing.
DOUBTFUL = ("swallow", "late", "away", "odd")
#: After the last dot, not taken, and never said so: from here it looks the same.
DOUBTFUL_TOO = ("hang", "drop", "garbage", "endless")


class MailContract(PayloadContract, ABC):
    """The contract of a network of mail. Inherit, name the class `Test…`, say how its accounts look."""

    slug: str
    sends = True

    @abstractmethod
    def access(self) -> Access:
        """An account of the server `mailserver`."""

    @abstractmethod
    def outgoing(self) -> Outgoing:
        """An answer to the mail number 1."""

    @pytest.fixture
    def server(self, settings: Any) -> Iterator[MailServer]:
        made = MailServer()
        made.lead(settings)
        made.inbox(mail(1))
        yield made
        made.close()

    def asking(self, network: Network) -> list[Callable[[], Any]]:
        """Every question that only reads."""
        access = self.access()
        return [
            lambda: network.fetch(access, {}),
            lambda: network.find_sent(access, self.outgoing(), since=now()),
        ]

    def calling(self, network: Network) -> list[Callable[[], Any]]:
        """Every call there is."""
        access = self.access()
        return [
            *self.asking(network),
            lambda: network.identify(access),
            lambda: network.send(access, self.outgoing()),
        ]

    def read_all(self, cursor: Cursor) -> tuple[list[Envelope], Cursor]:
        """Everything there is after `cursor`, each page's cursor stored as JSON in between."""
        items: list[Envelope] = []
        for _turn in range(MAX_PAGES):
            page = self.network.fetch(self.access(), cursor)
            items += page.items
            cursor = json.loads(json.dumps(page.cursor))
            if not page.more:
                return items, cursor
        raise AssertionError("The network never came to an end.")

    def test_capabilities_and_contract_agree(self) -> None:
        assert self.sends != self.network.read_only
        for visibility, capability in (("public", Capability.REPLY), ("private", Capability.DIRECT_MESSAGES)):
            assert self.network.answers(visibility) == (capability in self.network.capabilities)

    # --- reading ----------------------------------------------------------------------------------------------------
    def test_it_reads_page_after_page_and_loses_nothing(self, server: MailServer) -> None:
        server.inbox(*(mail(number) for number in range(2, 81)))
        items, cursor = self.read_all({})
        read = [self.network.read(json.loads(json.dumps(item.payload)), account_id=ADDRESS) for item in items]
        assert [item.external_id for item in items] == [item.external_id for item in read]
        assert [item.text.split("\n")[0] for item in read] == [f"Parcel {number}" for number in range(1, 81)]
        assert self.read_all(cursor)[0] == []
        server.inbox(mail(81), mail(82))
        assert len(self.read_all(cursor)[0]) == 2

    def test_a_reader_that_dies_between_pages_goes_on_where_it_stopped(self, server: MailServer) -> None:
        server.inbox(*(mail(number) for number in range(2, 61)))
        page = self.network.fetch(self.access(), {})
        assert page.more
        rest, _cursor = self.read_all(json.loads(json.dumps(page.cursor)))
        ids = [item.external_id for item in (*page.items, *rest)]
        assert len(ids) == len(set(ids)) == 60

    def test_the_same_question_gives_the_same_page(self, server: MailServer) -> None:
        server.inbox(mail(2))
        first, second = (self.network.fetch(self.access(), {}) for _time in range(2))
        assert first == second

    def test_a_mail_that_is_there_twice_comes_once(self, server: MailServer) -> None:
        server.inbox(mail(1), mail(1))
        items, _cursor = self.read_all({})
        assert len(items) == 1

    def test_refused_passwords_are_named_so(self, server: MailServer) -> None:
        wrong = dataclasses.replace(self.access(), secrets={**self.access().secrets, "password": "another-password"})
        for question in (
            lambda: self.network.identify(wrong),
            lambda: self.network.fetch(wrong, {}),
            lambda: self.network.find_sent(wrong, self.outgoing(), since=now()),
            lambda: self.network.send(wrong, self.outgoing()),
        ):
            with pytest.raises(Unauthorized):
                question()
        assert server.boxes.delivered == []

    def test_a_password_that_only_the_sending_server_refuses_is_named_so_too(self, server: MailServer) -> None:
        server.trouble["smtp AUTH"] = "auth"
        for question in (
            lambda: self.network.identify(self.access()),
            lambda: self.network.send(self.access(), self.outgoing()),
        ):
            with pytest.raises(Unauthorized):
                question()
        assert server.boxes.delivered == []

    def test_a_server_without_time_is_no_refused_password(self, server: MailServer) -> None:
        server.trouble["LOGIN"] = "busy"
        for question in self.calling(self.network):
            with pytest.raises(TryLater) as caught:
                question()
            assert caught.value.seconds >= 15

    @pytest.mark.parametrize(("step", "ending"), UNUSABLE)
    def test_readers_try_later_when_nothing_usable_was_said(self, server: MailServer, step: str, ending: str) -> None:
        server.trouble[step] = ending
        for question in (*self.asking(self.network), lambda: self.network.send(self.access(), self.outgoing())):
            began = time.monotonic()
            with pytest.raises(TryLater) as caught:
                question()
            assert caught.value.seconds >= 1
            assert time.monotonic() - began < PATIENCE_SECONDS * 10
        assert server.boxes.delivered == []

    def test_nobody_listening_is_try_later(self, settings: Any) -> None:
        settings.EMAIL_IMAP_BASE = closed_address().replace("http", "imap")
        settings.EMAIL_SMTP_BASE = closed_address().replace("http", "smtp")
        for question in self.calling(self.network):
            with pytest.raises(TryLater):
                question()

    def test_no_call_outlasts_what_the_installation_allows(self, server: MailServer, settings: Any) -> None:
        """Claims last as long as the installation's longest call: one that takes longer would be made twice."""
        settings.CALL_SECONDS = 0.8
        patient = type(self.network)()
        for step in ("GREETING", "UID SEARCH", "smtp MAIL", "smtp DATA"):
            server.trouble = {step: "hang" if step.startswith("smtp") else "drip"}
            for question in self.calling(patient):
                began = time.monotonic()
                with contextlib.suppress(TryLater, OutcomeUnknown):
                    question()
                assert time.monotonic() - began < 2

    # --- sending ----------------------------------------------------------------------------------------------------
    def test_an_accepted_mail_gives_its_id(self, server: MailServer) -> None:
        receipt = self.network.send(self.access(), self.outgoing())
        [(recipients, source)] = server.boxes.delivered
        assert recipients == [self.outgoing().to]
        assert f"Message-ID: {receipt.external_id}\r\n".encode() in source

    @pytest.mark.parametrize("step", ["smtp MAIL", "smtp RCPT"])
    @pytest.mark.parametrize("ending", BEFORE)
    def test_before_anything_was_accepted_it_is_try_later(self, server: MailServer, step: str, ending: str) -> None:
        server.trouble[step] = ending
        began = time.monotonic()
        with pytest.raises(TryLater) as caught:
            self.network.send(self.access(), self.outgoing())
        assert caught.value.seconds >= 1
        assert time.monotonic() - began < PATIENCE_SECONDS * 10
        assert server.boxes.delivered == []

    @pytest.mark.parametrize("step", ["smtp MAIL", "smtp RCPT", "smtp DATA"])
    def test_a_clear_no_is_proof(self, server: MailServer, step: str) -> None:
        server.trouble[step] = "refuse"
        with pytest.raises(Rejected) as caught:
            self.network.send(self.access(), self.outgoing())
        assert "nobody of that name" in str(caught.value.reason)
        assert server.boxes.delivered == []

    def test_a_clear_later_is_proof_too(self, server: MailServer) -> None:
        server.trouble["smtp DATA"] = "later"
        with pytest.raises(TryLater) as caught:
            self.network.send(self.access(), self.outgoing())
        assert caught.value.seconds >= 60
        assert server.boxes.delivered == []

    @pytest.mark.parametrize("ending", [*DOUBTFUL, *DOUBTFUL_TOO])
    def test_a_sender_never_guesses(self, server: MailServer, ending: str) -> None:
        server.trouble["smtp DATA"] = ending
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            self.network.send(self.access(), self.outgoing())
        assert time.monotonic() - began < PATIENCE_SECONDS * 10
        assert server.commands.count("smtp DATA") == 1
        assert len(server.boxes.delivered) == (1 if ending in DOUBTFUL else 0)

    def test_a_copy_that_cannot_be_kept_changes_nothing(self, server: MailServer) -> None:
        for ending in NOTHING_SAID:
            server.trouble = {"APPEND": ending}
            assert self.network.send(self.access(), dataclasses.replace(self.outgoing(), key=f"1-{ending}"))
        assert len(server.boxes.delivered) == len(NOTHING_SAID)

    def test_what_cannot_be_sent_is_refused_before_it_is_queued(self) -> None:
        network, good = self.network, self.outgoing()
        assert network.refusal(good) is None
        for text in ("", "   ", "\n"):
            assert network.refusal(dataclasses.replace(good, text=text))
        limit = network.limits.private_length
        assert network.refusal(dataclasses.replace(good, text="x" * limit)) is None
        assert network.refusal(dataclasses.replace(good, text="x" * (limit + 1)))
        assert network.refusal(dataclasses.replace(good, to=""))

    # --- reading back -----------------------------------------------------------------------------------------------
    def test_what_was_sent_is_found_again_and_never_sent_twice(self, server: MailServer) -> None:
        ours = self.outgoing()
        receipt = self.network.send(self.access(), ours)
        found = self.network.find_sent(self.access(), ours, since=now() - timedelta(minutes=5))
        assert [one.external_id for one in found.receipts] == [receipt.external_id]
        assert self.network.send(self.access(), ours).external_id == receipt.external_id
        assert len(server.boxes.delivered) == 1
        another = dataclasses.replace(ours, key="another")
        assert self.network.find_sent(self.access(), another, since=now() - timedelta(minutes=5)).receipts == ()

    def test_each_try_has_the_same_name(self, server: MailServer) -> None:
        for _try in range(2):
            server.trouble["smtp DATA"] = "swallow"
            with pytest.raises(OutcomeUnknown):
                self.network.send(self.access(), self.outgoing())
        first, second = (source for _to, source in server.boxes.delivered)
        name = next(line for line in first.split(b"\r\n") if line.startswith(b"Message-ID:"))
        assert name in second

    def test_nothing_found_proves_nothing(self, server: MailServer) -> None:
        found = self.network.find_sent(self.access(), self.outgoing(), since=now() - timedelta(minutes=5))
        assert (found.receipts, found.complete) == ((), False)

    # --- secrets ----------------------------------------------------------------------------------------------------
    def test_errors_and_descriptions_hold_no_secret(self, server: MailServer, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG", logger="imapclient")
        access = self.access()
        secret = access.secrets["password"]
        shown = [repr(access)]
        for step in ("GREETING", "LOGIN", "EXAMINE", "smtp AUTH", "smtp MAIL"):
            for ending in ("drop", "garbage", "no", "bad", "busy", "auth", "later"):
                server.trouble = {step: ending}
                for question in self.calling(self.network):
                    try:
                        question()
                    except NetworkError as error:
                        shown += [repr(error), str(error.reason), repr(error.__cause__), repr(error.__context__)]
        assert len(shown) > 50
        assert not [text for text in shown if secret in text]
        assert secret not in caplog.text
