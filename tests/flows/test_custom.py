"""A system of one's own, both ways: the practice network's desk with its troubles, and the examples of docs/custom-channel.md."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import requests

from activity.models import Event
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.selectors import with_reactions
from inbox.services import reactions, replies
from inbox.services.attached import attached
from inbox.services.deeds import do
from inbox.services.ingest import ingest
from social.models import Delivery, FileState, RawItem, RawState
from social.networks.values import DeedKind
from social.services import chosen_files, deeds
from social.services.connecting import connect_with_tokens
from tests.accounts.factories import make_user, make_workspace, membership_in
from tests.flows.conftest import Line, network, people, running  # noqa: F401 - fixtures
from tests.flows.test_lines import mirrored, settle_until, told
from tests.pictures import PDF, picture
from tests.practice.conftest import Network, free_port

PICTURE = picture(color="red")
SECRET = "practice-desk-everybody-knows-it"
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "custom-channel.md"


def placed(url: str, settings: Any, base: str, **secrets: str) -> Line:
    """A workspace with a desk as its channel, and Rabta at an address that the desk can call."""
    settings.CUSTOM_API_BASE, settings.BASE_URL, settings.SETTLE_SECONDS = base, url, 0.3
    owner = make_user("owner@line.example", name="Owner")
    workspace = make_workspace("Line", owner=owner)
    with tenant(workspace.pk):
        member = membership_in(workspace, owner)
    channel = connect_with_tokens(network="custom", values=secrets, workspace_id=workspace.pk, actor_id=None)
    return Line(None, workspace, member, channel)  # type: ignore[arg-type]


@pytest.fixture
def desk(network: Network, live_server: Any, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`anar`, a desk of the practice network that hands over by webhook, and `sara`, who stands there."""
    settings.PRACTICE_URL = settings.X_API_BASE = network.base
    people(network, "custom", "anar", "sara")
    values = {"name": "anar", "secret": SECRET, "address": "https://desk.chowk.test/rabta/anar"}
    line = placed(live_server.url, settings, network.base, **values)
    line.network = network
    network.call("PUT", "/desk/anar/hook", url=f"{live_server.url}/hooks/{line.channel.hook_key}/")
    return line


def until(line: Line, holds: Any) -> Any:
    """Wait for what the desk hands over."""
    end = time.monotonic() + 20.0
    while time.monotonic() < end:
        ingest(**line.ids)
        if found := line.of(holds):
            return found
        time.sleep(0.05)
    raise AssertionError(line.network.call("GET", "/desk/anar/calls"))


def answer(line: Line, text: str, *files: tuple[str, bytes]) -> Message:
    ids = {"workspace_id": line.workspace.pk, "channel": line.channel, "member_id": line.member.pk}
    rows = [chosen_files.accept(**ids, name=name, content=content) for name, content in files]
    with line.inside():
        conversation = Conversation.objects.get()
        media = [(row.pk, "") for row in rows]
        return replies.reply(member=line.member, conversation_id=conversation.pk, body=text, media=media, undo_seconds=0)


def stands(line: Line) -> list[dict[str, Any]]:
    """What the desk shows of ours."""
    rows = line.network.call("GET", "/dms?account=anar")["dms"]
    return [row for row in rows if row["from"] == str(line.network.call("GET", "/people/anar")["id"])]


def test_files_go_both_ways_and_words_change(desk: Line) -> None:
    square = desk.network
    upload = square.call("POST", "/uploads", by="sara", data=b64encode(PICTURE).decode(), alt="A kettle")
    said = square.call("POST", "/dms", **{"from": "sara", "to": "anar", "text": "pirce?", "media": [upload["id"]]})
    message: Message = until(desk, lambda: Message.objects.first())
    assert (message.body, message.visibility, message.media[0]["alt"]) == ("pirce?", "private", "A kettle")
    file = attached(workspace_id=desk.workspace.pk, message_id=message.pk, number=0).file
    assert (file.state, file.kind) == (FileState.KEPT, "image")
    # By asking it comes again, and stands once.
    assert desk.pull() == 0

    sent = answer(desk, "This one.", ("red.png", PICTURE), ("bill.pdf", PDF))
    desk.deliver()
    delivery: Delivery = desk.of(lambda: Delivery.objects.get(id=sent.delivery_id))
    assert (delivery.state, delivery.error) == ("sent", "")
    (row,) = stands(desk)
    got = [square.session.get(f"{square.base}/media/{entry['id']}", timeout=5).content for entry in row["media"]]
    assert got == [PICTURE, PDF]

    square.call("POST", "/desk/change", id=said["id"], text="price?")
    until(desk, lambda: Message.objects.filter(body="price?").exists())
    mirrored(desk, sent)
    for kind, target, text in ((DeedKind.LIKE, message, ""), (DeedKind.EDIT, sent, "This one, in red.")):
        with desk.inside():
            do(member=desk.member, message_id=target.pk, kind=kind, text=text)
        deeds.act(**desk.ids)
    assert [row["text"] for row in stands(desk)] == ["This one, in red."]
    square.call("POST", "/desk/change", id=said["id"])
    until(desk, lambda: RawItem.objects.filter(external_id=said["id"], state=RawState.GONE).exists())
    told(desk, "deletions", lambda: Message.objects.filter(deleted_at__isnull=False).exists())


def test_an_answer_in_doubt_is_found_by_its_key_and_never_doubled(desk: Line) -> None:
    desk.network.call("POST", "/dms", **{"from": "sara", "to": "anar", "text": "help"})
    until(desk, lambda: Message.objects.first())
    message = answer(desk, "", ("red.png", PICTURE))
    desk.network.trouble("swallow", group="write", count=1)
    desk.deliver()
    settle_until(desk, message, "sent")
    assert len(stands(desk)) == 1


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)


def test_the_guides_examples_work_as_they_stand(live_server: Any, transactional_db: None, settings: Any) -> None:
    port = free_port()
    sends, serves = blocks("python")
    environment = {**os.environ, "SECRET": SECRET, "PORT": str(port)}
    system = subprocess.Popen([sys.executable, "-c", serves], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        _listens(port)
        values = {"name": "shop", "secret": SECRET, "address": "https://desk.example/rabta"}
        settings.PRACTICE_URL = f"http://127.0.0.1:{port}"
        line = placed(live_server.url, settings, f"http://127.0.0.1:{port}", **values)
        assert line.channel.name == "Shop desk"
        environment["WEBHOOK"] = f"{live_server.url}/hooks/{line.channel.hook_key}/"
        if shutil.which("curl") and shutil.which("openssl"):
            hands_over, reacts = blocks("sh")
            assert _printed(["sh", "-c", hands_over], environment) == '{"new": 1}'
            ingest(**line.ids)
            for _time in range(2):
                assert _printed(["sh", "-c", reacts], environment) == '{"new": 0}'
            told = line.of(lambda: list(Event.objects.filter(kind="items.reacted")))
            line.of(lambda: reactions.apply_events(told))
            (liked,) = line.of(lambda: list(with_reactions(Message.objects.filter(body="Hello"))))
            assert [(sign.emoji, sign.count) for sign in liked.signs] == [("❤", 1)]
        for new in (1, 0):
            assert _printed([sys.executable, "-c", sends], environment) == f'{{"new": {new}}}'
        ingest(**line.ids)
        message: Message = line.of(lambda: Message.objects.get(body="Here is my receipt."))
        file = attached(workspace_id=line.workspace.pk, message_id=message.pk, number=0).file
        assert (file.state, file.name, file.mime) == (FileState.KEPT, "receipt.pdf", "application/pdf")
        sent = answer(line, "It is paid.", ("red.png", PICTURE))
        line.deliver()
        assert line.of(lambda: Delivery.objects.get(id=sent.delivery_id)).state == "sent"
        assert system.stdout is not None
        assert [system.stdout.readline() for _line in range(2)] == [f"file red.png {len(PICTURE)}\n", "reply It is paid.\n"]
        assert line.pull() == 0
        assert requests.post(f"http://127.0.0.1:{port}/rabta/replies", json={}, timeout=5).status_code == 401
    finally:
        system.kill()
        system.wait()


def _printed(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def _listens(port: int) -> None:
    end = time.monotonic() + 20.0
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("It did not start.")
