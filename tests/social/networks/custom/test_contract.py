"""A system of one's own keeps the contract of networks."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from core.clock import now
from social.networks._custom_wire import check, sign
from social.networks.base import Network
from social.networks.custom import Custom
from social.networks.errors import Forged, Malformed, Rejected, Unsupported
from social.networks.fates import Fate
from social.networks.values import Access, Attachment, Deed, DeedKind, Hook, Outgoing
from tests.social.networks.acting import ActingContract
from tests.social.networks.calling import CallingContract
from tests.social.networks.contract import PATIENCE_SECONDS, NetworkContract
from tests.social.networks.servers import Asked, Says, Scripted
from tests.social.networks.uploads import TakesFiles

SECRET = "a-secret-of-the-shop-desk"


def item(number: int, **fields: Any) -> dict[str, Any]:
    """A message as docs/custom-channel.md describes it."""
    return {
        "id": f"m{number:04}",
        "text": f"complaint {number}",
        "author": {"id": "c500", "name": "Ali"},
        "sent_at": "2026-01-01T00:00:01Z",
        **fields,
    }


class TestCustom(TakesFiles, ActingContract, NetworkContract, CallingContract):
    slug = "custom"
    folder = Path(__file__).parent
    network: ClassVar[Network] = Custom(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 2)

    def call(self, *, body: bytes | None = None, account: str = "", genuine: bool = True) -> Hook:
        content = json.dumps({"items": [item(1)]}).encode() if body is None else body
        return hook(content, secret=SECRET if genuine else "another-secret-of-somebody")

    def lead_to(self, url: str, settings: Any) -> None:
        settings.CUSTOM_API_BASE = url

    def access(self) -> Access:
        secrets = {"name": "shop", "secret": SECRET, "address": "https://desk.example/rabta"}
        return Access(external_id="shop", secrets=secrets, handle="shop")

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        left = list(answers)

        def answer(asked: Asked) -> Says:
            step = left.pop(0) if len(left) > 1 else left[0]
            return step(asked) if callable(step) else step

        return answer

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        rows = [*(item(number) for number in numbers), *(broken or [])]
        return Says.json({"items": rows, "next": following or "end", "more": bool(following)})

    def id_of(self, number: int) -> str:
        return f"m{number:04}"

    def limited(self, *, reset: datetime | None) -> Says:
        headers = {} if reset is None else {"retry_after": str(round((reset - now()).total_seconds()))}
        return Says.json({"error": {"code": "slow_down", "message": "Too many calls."}}, 429, **headers)

    def problem(self, status: int) -> Says:
        return Says.json({"error": {"code": f"e{status}", "message": f"The desk says {status}."}}, status)

    def outgoing(self) -> Outgoing:
        return Outgoing("reply", "We are sorry & will help.", in_reply_to="m0001", thread_key="t1")

    def accepted(self) -> tuple[Says, str]:
        return Says.json({"id": "r70", "url": "https://desk.example/r70"}, 201), "r70"

    def refused(self) -> Says:
        return Says.json({"error": {"code": "gone", "message": "The customer closed the conversation."}}, 422)

    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Says:
        replies = [
            {"id": f"r{number}", "text": text, "reply_to": "m0001", "thread": "t1", "sent_at": moment.isoformat()}
            for number, text, moment in rows
        ]
        return Says.json({"replies": replies, "more": False})

    def own_id(self, number: int) -> str:
        return f"r{number}"

    def deed_id(self, place: str) -> str:
        return "r70" if place.startswith("our") else "m0001"

    def done(self, deed: Deed) -> Says:
        return Says.json({"done": True})

    def gone(self, deed: Deed) -> Says:
        return Says.json({"error": {"code": "gone", "message": "No such message."}}, 404)

    # --- what is its own ------------------------------------------------------------------------------------------------
    def test_every_call_is_signed(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.page([1]))
        self.network.fetch(self.access(), {"after": "place & more"})
        asked = scripted.asked[0]
        assert asked.path == "/rabta/items"
        assert asked.query == {"limit": "100", "after": "place & more"}
        check(SECRET, b"limit=100&after=place+%26+more", asked.headers["rabta-signature"])
        scripted.says(self.accepted()[0])
        self.network.send(self.access(), self.outgoing())
        check(SECRET, scripted.asked[0].body, scripted.asked[0].headers["rabta-signature"])
        assert scripted.asked[0].json() == {
            "kind": "reply", "text": "We are sorry & will help.", "reply_to": "m0001", "to": "", "thread": "t1",
        }  # fmt: skip

    def test_a_system_that_only_hands_over_is_never_called(self) -> None:
        access = Access(external_id="shop", secrets={"name": "shop", "secret": SECRET})
        assert self.network.identify(access).external_id == "shop"
        assert self.network.fetch(access, {}).items == ()
        with pytest.raises(Unsupported):
            self.network.send(access, self.outgoing())

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("secret", "short"), ("name", "a#b"), ("name", "n" * 61),
            ("address", "http://desk.example"), ("address", "https://"), ("address", "https://a.example/?x=1"),
            ("address", "https://user:pw@a.example/"), ("address", "https://a.example:99999/"), ("address", "desk"),
        ],
    )  # fmt: skip
    def test_what_cannot_work_is_refused_when_connecting(self, field: str, value: str) -> None:
        secrets = {**self.access().secrets, field: value}
        with pytest.raises(Rejected) as caught:
            self.network.identify(Access(external_id="", secrets=secrets))
        assert len(str(caught.value.reason)) > 10
        assert caught.value.field == field

    def test_private_addresses_are_not_called(self) -> None:
        from social.networks.errors import TryLater

        secrets = {**self.access().secrets, "address": "https://127.0.0.1/rabta"}
        with pytest.raises(TryLater) as caught:
            self.network.fetch(Access(external_id="shop", secrets=secrets), {})
        assert caught.value.code == "not_allowed"

    def test_the_same_place_again_ends_the_reading(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.page([1], following="here"))
        assert not self.network.fetch(self.access(), {"after": "here"}).more

    def test_replies_are_read_back_page_after_page(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        ours = {"id": "r9", "text": self.outgoing().text, "reply_to": "m0001"}
        scripted.says(
            Says.json({"replies": [{"id": "r1", "text": "other"}], "more": True, "next": "p2"}),
            Says.json({"replies": [ours], "more": False}),
        )
        found = self.network.find_sent(self.access(), self.outgoing(), since=now())
        assert [receipt.external_id for receipt in found.receipts] == ["r9"]
        assert found.complete
        assert scripted.asked[1].query["after"] == "p2"

    def test_a_list_that_does_not_say_its_end_proves_no_absence(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(Says.json({"replies": []}))
        assert not self.network.find_sent(self.access(), self.outgoing(), since=now()).complete


    def test_files_are_named_by_address_and_found_by_key(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.accepted()[0])
        file = Attachment("7/ab/x", "image", "image/png", 67, name="a.png", alt="A kettle", address="https://crm.example/files/t/a.png")
        ours = replace(self.outgoing(), text="", media=(file,), key="7-9")
        self.network.send(self.access(), ours)
        said = scripted.asked[0].json()
        assert said["key"] == "7-9"
        assert said["media"] == [
            {"kind": "image", "mime": "image/png", "name": "a.png", "size": 67, "alt": "A kettle", "width": None, "height": None,
             "url": "https://crm.example/files/t/a.png"},
        ]  # fmt: skip
        rows = [{"id": "r1", "key": "7-8", "text": ""}, {"id": "r2", "key": "7-9", "text": "changed on the way"}]
        scripted.says(Says.json({"replies": rows, "more": False}))
        found = self.network.find_sent(self.access(), ours, since=now())
        assert [receipt.external_id for receipt in found.receipts] == ["r2"]

    def test_an_edit_is_asked_for_by_the_first_versions_id(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.done(Deed(DeedKind.EDIT, "r1", "private", True)))
        self.network.act(self.access(), Deed(DeedKind.EDIT, "r1#2", "private", ours=True, text="Better."))
        assert scripted.asked[0].path == "/rabta/deeds"
        assert scripted.asked[0].json() == {"kind": "edit", "id": "r1", "text": "Better."}


BODY = b'{"items": [{"id": "m1", "sent_at": "2026-01-01T00:00:01Z"}, {"no": "id"}]}'


def hook(body: bytes = BODY, *, secret: str = SECRET, age: int = 0, **headers: str) -> Hook:
    stamp = int(now().timestamp()) - age
    return Hook({"rabta-signature": sign(secret, body, at=stamp), **headers}, body)


def access() -> Access:
    return Access(external_id="shop", secrets={"name": "shop", "secret": SECRET})


def test_a_signed_call_is_unpacked() -> None:
    page = Custom().unpack(access(), hook())
    assert [found.external_id for found in page.items] == ["m1"]
    assert len(page.broken) == 1


@pytest.mark.parametrize(
    "call",
    [
        Hook({}, BODY),
        hook(secret="another-secret-of-somebody"),
        hook(age=3000),
        hook(age=-30_000),
        Hook(dict(hook().headers), BODY + b" "),
        *(
            Hook({"rabta-signature": text}, BODY)
            for text in ("", "t=1", "v1=a", "t=x,v1=a", "t=-1,v1=a", "t=1e9,v1=aa", f"t={'9' * 40},v1=a", "t=١,v1=a", "=,,=,t")
        ),
    ],
)
def test_an_unproven_call_is_refused(call: Hook) -> None:
    with pytest.raises(Forged) as caught:
        Custom().unpack(access(), call)
    assert len(str(caught.value.reason)) > 10


def test_signs_below_messages_are_told_and_odd_ones_are_none() -> None:
    good = {"id": "m1", "by": "c1", "signs": ["❤", " 👍 ", "", 7, "x" * 17], "at": "2026-11-27T12:03:00+02:00"}
    wrong = ({"id": "a b"}, {"by": None}, {"signs": "❤"}, {"at": "today"}, {"at": "2026-11-27T10:03:00"})
    odd = [None, 7, {}, *(good | fields for fields in wrong)]
    page = Custom().unpack(access(), hook(json.dumps({"reactions": [good, *odd, good | {"signs": []}]}).encode()))
    assert [(sign.message_id, sign.by, dict(sign.signs), sign.at) for sign in page.reactions] == [
        ("m1", "c1", {"❤": 1, "👍": 1}, "2026-11-27T10:03:00+00:00"),
        ("m1", "c1", {}, "2026-11-27T10:03:00+00:00"),
    ]
    assert (page.items, page.broken) == ((), ())


def test_signs_come_with_what_is_fetched_as_well(scripted: Scripted, settings: Any) -> None:
    settings.CUSTOM_API_BASE = scripted.url
    told = {"id": "m1", "by": "c1", "signs": ["❤"], "at": "2026-11-27T10:03:00Z"}
    scripted.says(Says.json({"items": [], "next": "end", "more": False, "reactions": [told]}))
    full = Access(external_id="shop", secrets={"name": "shop", "secret": SECRET, "address": "https://desk.example/rabta"})
    assert [sign.message_id for sign in Custom(read_seconds=1, total_seconds=2).fetch(full, {}).reactions] == ["m1"]


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"items": {}}', b"\xff", b"[" * 200_000, b'{"items": '])
def test_a_signed_body_without_items_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        Custom().unpack(access(), hook(body))


def test_an_edit_is_stored_beside_what_it_changes() -> None:
    page = Custom().unpack(access(), hook(b'{"items": [{"id": "m1"}, {"id": "m1", "revision": 2}, {"id": "m1", "revision": 2}]}'))
    assert [found.external_id for found in page.items] == ["m1", "m1#2"]
    read = Custom().read(item(1, revision=2), account_id="shop")
    assert (read.external_id, read.root_id, read.revision) == ("m0001#2", "m0001", 2)
    assert read.occurred_at == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_a_file_inside_is_taken_out_before_anything_is_stored() -> None:
    rows = [item(1, media=[{"kind": "image", "name": "../a.png", "data": b64encode(b"PNG").decode()}, {"url": "https://a.example/b"}])]
    page = Custom().unpack(access(), hook(json.dumps({"items": rows}).encode()))
    (file,) = page.files
    assert (file.content, file.problem) == (b"PNG", "")
    assert "data" not in json.dumps(page.items[0].payload)
    media = Custom().read(page.items[0].payload, account_id="shop").media
    # What the message says and what is kept have one name.
    assert (media[0], media[0].name) == (file.media, "a.png")
    assert media[1].url == "https://a.example/b"


@pytest.mark.parametrize("data", ["%%%", 7, ["x"], "A" * 2_100_000, {}])
def test_a_file_inside_that_is_none_says_why_and_its_message_stands(data: Any) -> None:
    page = Custom().unpack(access(), hook(json.dumps({"items": [item(1, media=[{"kind": "image", "data": data}])]}).encode()))
    assert len(page.items) == 1
    assert (page.files[0].content, len(page.files[0].problem) > 10) == (b"", True)


@pytest.mark.parametrize("reference", ["inside:" + "0" * 40, "chat:x", "../etc", 7])
def test_nobody_names_what_is_kept_by_other_means(reference: Any) -> None:
    """A name of a file inside is a hash of its bytes: who knows it has them. Other names are none."""
    (media,) = Custom().read(item(1, media=[{"kind": "file", "reference": reference}]), account_id="shop").media
    assert media.reference in ("", "inside:" + "0" * 40)


def test_what_was_deleted_and_what_became_of_replies_is_told() -> None:
    body = {
        "items": [{"id": "m1", "deleted": True}, item(2)],
        "states": [
            {"id": "r1", "state": "read"}, {"id": "r2", "key": "7-9", "state": "failed", "reason": "Blocked."},
            {"id": "r3", "state": "eaten"}, {"state": "read"}, "x",
        ],
    }  # fmt: skip
    page = Custom().unpack(access(), hook(json.dumps(body).encode()))
    assert (page.gone, [found.external_id for found in page.items]) == (("m1",), ["m0002"])
    assert page.fates == (Fate("r1", reached="read"), Fate("r2", "7-9", reason="Blocked.", code="not_delivered"))
    assert Custom().unpack(access(), hook(b'{"states": [{"id": "r1", "state": "read"}]}')).items == ()
