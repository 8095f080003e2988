"""Google's own client library, a tool of these tests only (docs/adr/google.md), on what we read and on the wire we speak.

It brings YouTube's discovery document along. It reads our golden payloads, and asks the practice network as any program of anybody
would: what it finds there, writes and moderates is what our own network file then reads.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from social.networks.values import Access
from social.networks.youtube import YouTube
from tests.social.networks.overpractice import read_everything
from tests.social.networks.servers import Practice, Says, Scripted
from tests.social.networks.vendorschemas import faults_by_google

GOLDEN = sorted((Path(__file__).parent / "payloads").glob("*.json"))
#: What is broken on purpose in ways that the schema forbids or does not ask for.
ODD = {"no_comment"}
NETWORK = YouTube(read_seconds=1.5, total_seconds=6.0)


def client(url: str, token: str = "secret-access-token") -> Any:
    """The library with its shipped description, led to `url`."""
    return build(
        "youtube",
        "v3",
        credentials=Credentials(token),
        client_options={"api_endpoint": url},
        static_discovery=True,
        cache_discovery=False,
    )


def test_golden_comments_pass_through_it_and_its_schema(scripted: Scripted) -> None:
    goldens = {file.stem: json.loads(file.read_text("utf-8")) for file in GOLDEN}
    rows = [golden["payload"]["comment"] for golden in goldens.values()]
    scripted.says(Says.json({"kind": "youtube#commentListResponse", "etag": "e", "items": rows}))
    heard = client(scripted.url).comments().list(part="snippet", id="x").execute(num_retries=0)["items"]
    assert (scripted.asked[0].path, len(heard)) == ("/youtube/v3/comments", len(goldens))
    for (name, golden), comment in zip(goldens.items(), heard, strict=True):
        if name not in ODD:
            assert faults_by_google(comment, "youtube.v3", "Comment") == [], name
        if "malformed" not in golden:
            item = NETWORK.read({**golden["payload"], "comment": comment}, account_id=golden["account_id"])
            assert item == NETWORK.read(golden["payload"], account_id=golden["account_id"]), name


def test_it_lists_answers_and_moderates_on_the_practice_network(practice: Practice) -> None:
    made = practice.person("brand", is_brand=True, network="youtube")
    practice.person("ali", network="youtube")
    token = practice.tokens("brand")["access_token"]
    channel = f"UC{int(made['id']):022d}"
    film = practice.post("brand", "How to pitch a tent")
    practice.post("ali", "میرا پارسل کہاں ہے؟ & <why>", reply_to=film)
    library = client(practice.url, token)
    listing = {"part": "id,snippet,replies", "allThreadsRelatedToChannelId": channel, "textFormat": "html", "maxResults": 50}
    (thread,) = library.commentThreads().list(**listing).execute()["items"]
    top = thread["snippet"]["topLevelComment"]
    answer = {"snippet": {"parentId": top["id"], "textOriginal": "It is on its way."}}
    written = library.comments().insert(part="snippet", body=answer).execute()
    (below,) = library.comments().list(part="snippet", parentId=top["id"]).execute()["items"]
    assert (below["id"], below["snippet"]["textDisplay"]) == (written["id"], "It is on its way.")
    items, aside, _cursor = read_everything(NETWORK, Access(channel, {"access_token": token}, "brand"), {}, polls=3)
    assert aside == []
    assert {item.text for item in items.values()} == {"میرا پارسل کہاں ہے؟ & <why>", "It is on its way."}
    assert library.comments().setModerationStatus(id=top["id"], moderationStatus="heldForReview").execute() in ("", b"", {})
    assert "items" not in (held := library.commentThreads().list(**listing).execute()) or held["items"] == []
    (waiting,) = library.commentThreads().list(**listing, moderationStatus="heldForReview").execute()["items"]
    assert waiting["snippet"]["topLevelComment"]["id"] == top["id"]


def test_its_errors_are_the_vendors_on_the_practice_network(practice: Practice) -> None:
    practice.person("brand", is_brand=True, network="youtube")
    # Over a refused token it wants another one, and has none to ask for.
    with pytest.raises(RefreshError):
        client(practice.url, "worthless").channels().list(part="id", mine=True).execute(num_retries=0)
    practice.call("POST", "/trouble", {"name": "429", "options": {"capped": True}})
    with pytest.raises(HttpError) as caught:
        client(practice.url, practice.tokens("brand")["access_token"]).channels().list(part="id", mine=True).execute(num_retries=0)
    assert (caught.value.resp.status, caught.value.error_details[0]["reason"]) == (403, "quotaExceeded")
