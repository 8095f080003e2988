"""What every network must do that wants its files before the message. A network's own contract class inherits this as well."""

import dataclasses
import time
from typing import Any

import pytest

from social.networks.base import Network
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.features import Capability
from social.networks.values import Access, Attachment, Outgoing
from tests.pictures import picture
from tests.social.networks.contract import PATIENCE_SECONDS, ReadingContract, closed_address
from tests.social.networks.servers import Says, Scripted


def attachment(**more: Any) -> Attachment:
    """A small picture, opened."""
    content = picture()
    facts = {"key": "7/ab/x", "kind": "image", "mime": "image/png", "size": len(content), "name": "parcel.png", "content": content}
    return Attachment(**{**facts, **more})


class TakesFiles:
    """What any network must do that takes files with what we send."""

    network: Network

    def access(self) -> Access:
        raise AssertionError("Said by the contract.")

    def outgoing(self) -> Outgoing:
        raise AssertionError("Said by the contract.")

    def lead_to(self, url: str, settings: Any) -> None:
        raise AssertionError("Said by the contract.")

    def test_limits_say_what_it_takes(self) -> None:
        limits = self.network.limits
        assert Capability.MEDIA_OUT in self.network.capabilities
        assert limits.media_kinds
        assert limits.media_bytes > 0
        assert limits.media_count > 0

    def test_files_it_does_not_take_are_refused_before_they_are_queued(self) -> None:
        network, private = self.network, self.outgoing().kind == "direct"
        good = attachment(key="7/ab/y", content=b"")
        answer = dataclasses.replace(self.outgoing(), media=(good,))
        assert network.media_refusal(answer) is None
        assert network.refusal(dataclasses.replace(answer, text="")) is None
        most = network.media_count(private=private)
        assert network.media_refusal(dataclasses.replace(answer, media=(good,) * most)) is None
        assert network.media_refusal(dataclasses.replace(answer, media=(good,) * (most + 1)))
        large = dataclasses.replace(good, size=network.limits.media_bytes + 1)
        assert network.media_refusal(dataclasses.replace(answer, media=(large,)))
        if "file" not in network.limits.media_kinds:
            paper = dataclasses.replace(good, kind="file", mime="application/pdf")
            assert network.media_refusal(dataclasses.replace(answer, media=(paper,)))


class UploadsFirst(TakesFiles):
    """What a network must do whose files are handed over by calls of their own."""

    def uploaded(self) -> tuple[Says, str]:
        """The network takes a file; and the name it gives it."""
        raise AssertionError("Each network says it.")

    def hand_over(self) -> str:
        return self.network.upload(self.access(), self.outgoing(), attachment())

    def test_a_file_is_handed_over_whole(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        says, handle = self.uploaded()
        scripted.says(says)
        assert self.hand_over() == handle
        assert len(scripted.asked) == 1

    @pytest.mark.parametrize("ending", sorted(ReadingContract.NOTHING_SAID))
    def test_an_upload_without_a_clear_end_is_tried_again(self, scripted: Scripted, settings: Any, ending: str) -> None:
        """Nothing was posted, so there is no doubt: never OutcomeUnknown."""
        self.lead_to(scripted.url, settings)
        scripted.says(ReadingContract.NOTHING_SAID[ending])
        began = time.monotonic()
        with pytest.raises(TryLater):
            self.hand_over()
        assert time.monotonic() - began < PATIENCE_SECONDS * 10

    def test_a_refused_token_is_named_so(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.problem(401))  # type: ignore[attr-defined]
        with pytest.raises(Unauthorized):
            self.hand_over()

    @pytest.mark.parametrize("status", [400, 403])
    def test_a_refusal_is_told_in_words(self, scripted: Scripted, settings: Any, status: int) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.problem(status))  # type: ignore[attr-defined]
        with pytest.raises(Rejected) as caught:
            self.hand_over()
        assert len(str(caught.value.reason)) > 10

    def test_nobody_listening_is_try_later(self, settings: Any) -> None:
        self.lead_to(closed_address(), settings)
        with pytest.raises(NetworkError) as caught:
            self.hand_over()
        assert isinstance(caught.value, TryLater)
        assert not isinstance(caught.value, OutcomeUnknown)
