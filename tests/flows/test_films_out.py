"""A film through X over line two: handed over once, sent when X is done with it, posted once."""

import time
from dataclasses import replace

import pytest

from core.tenancy import tenant
from inbox.models import Conversation
from inbox.services import replies
from social.models import Delivery
from social.networks.values import Outgoing
from social.services import chosen_files, outbox
from tests.flows.conftest import Line, line, network, running  # noqa: F401 - fixtures
from tests.pictures import MP4

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_film_waits_for_x_and_keeps_no_worker_waiting(line: Line) -> None:  # noqa: F811
    line.network.post("ayesha", "@brand show me")
    line.pull()
    place = line.ids["workspace_id"]
    film = chosen_files.accept(
        workspace_id=place, channel=line.channel, member_id=line.member.pk, name="a.mp4", content=MP4
    )
    with line.inside():
        conversation = Conversation.objects.get()
        message = replies.reply(
            member=line.member, conversation_id=conversation.pk, body="Here.", media=[(film.pk, "")], undo_seconds=0,
            idempotency_key="k",
        )  # fmt: skip

    def sending() -> Delivery:
        return line.of(lambda: Delivery.objects.get(id=message.delivery_id))  # type: ignore[no-any-return]

    began = time.monotonic()
    line.deliver()
    first = sending()
    assert (first.state, first.error_code) == ("queued", "media_working")
    handle = first.outgoing["media"][0]["handle"]
    assert handle
    # Asked for again with the same key, it is the same message, whatever was noted with it.
    with line.inside():
        same = outbox.queue(
            channel=line.channel, outgoing=replace(Outgoing.from_json(first.outgoing), key=""), lane=first.lane,
            idempotency_key=first.idempotency_key, not_before=first.not_before, actor_id=None,
        )  # fmt: skip
    assert same.pk == first.pk
    while sending().state == "queued" and time.monotonic() - began < 15:
        time.sleep(0.1)
        line.deliver()
    done = sending()
    assert done.state == "sent"
    assert done.outgoing["media"][0]["handle"] == handle, "handed over twice"
    entries = [entry for entry in line.network.call("GET", "/ledger")["entries"] if entry["origin"] == "api" and entry["text"]]
    assert len(entries) == 1
    with tenant(place):
        assert Delivery.objects.count() == 1
