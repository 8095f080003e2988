"""Answering as the organisation: in the right place of two levels, once; reading back, and what is certainly gone."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from core.clock import now
from social.networks.errors import OutcomeUnknown, Rejected, TryLater, Unauthorized, Unsupported
from social.networks.linkedin import LinkedIn
from social.networks.values import Access, Outgoing
from tests.social.networks.linkedin.shapes import ALI, BRAND, POST, SECRETS, comment, elements, own, problem, results, urn
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = LinkedIn(read_seconds=10.0, total_seconds=30.0)
ACCESS = Access(BRAND, SECRETS, "meridian")
REPLY = Outgoing("reply", "On our way & soon", in_reply_to=urn(1), thread_key=POST)
SHARE = "urn:li:share:7300000000000000001"
BACK = "https://rabta.example/connect/linkedin/callback"


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.LINKEDIN_API_BASE = scripted.url
    settings.LINKEDIN_CLIENT_ID, settings.LINKEDIN_CLIENT_SECRET = "rabta-app", "secret-of-rabta"


def answers(made: Says, asked_about: Any = None) -> Any:
    shown = Says.json(comment(1) if asked_about is None else asked_about)
    return lambda asked: made if asked.method == "POST" else shown


@pytest.mark.parametrize(
    ("outgoing", "answered", "path", "parent"),
    [
        (REPLY, comment(1), urn(1), urn(1)),
        # Two levels: an answer to an answer hangs on the first comment.
        (REPLY, comment(1, parentComment=urn(9)), urn(9), urn(9)),
        (Outgoing("reply", "Hello", in_reply_to=f"{urn(1)}~60"), comment(1), urn(1), urn(1)),
        (Outgoing("reply", "Hello", in_reply_to=SHARE), None, SHARE, None),
    ],
)
def test_an_answer_stands_below_what_it_answers(
    scripted: Scripted, outgoing: Outgoing, answered: Any, path: str, parent: str | None
) -> None:
    scripted.says(answers(Says.json(comment(70, actor=BRAND), 201), answered))
    receipt = NETWORK.send(ACCESS, outgoing)
    sent = scripted.asked[-1]
    assert sent.path == f"/rest/socialActions/{quote(path, safe='')}/comments"
    expected = {"actor": BRAND, "object": SHARE if parent is None else POST, "message": {"text": outgoing.text}}
    assert sent.json() == {**expected, **({"parentComment": parent} if parent else {})}
    assert receipt.external_id == urn(70)
    assert len(scripted.asked) == (1 if parent is None else 2)


@pytest.mark.parametrize(
    "made",
    [
        Says(201, b"", {"x-restli-id": "7200000000000000070"}),
        Says(201, b"", {"x-restli-id": urn(70)}),
        Says.json({"id": "7200000000000000070"}, 201),
        Says.json({"commentUrn": urn(70).replace("urn:li:activity", "activity")}, 201),
    ],
)
def test_what_was_made_is_named_by_header_or_body(scripted: Scripted, made: Says) -> None:
    scripted.says(answers(made))
    assert NETWORK.send(ACCESS, REPLY).external_id == urn(70)


def test_a_comment_that_is_gone_is_known_before_anything_is_sent(scripted: Scripted) -> None:
    scripted.says(problem(404, "Could not find entity"))
    with pytest.raises(Rejected) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert caught.value.code == "parent_gone"
    assert [asked.method for asked in scripted.asked] == ["GET"]
    for trouble in (Says(500, b"{}"), Says.html(200), Says(drop=True), Says.json({"id": "1"}), problem(429, "limit")):
        scripted.says(trouble)
        with pytest.raises(TryLater):
            NETWORK.send(ACCESS, REPLY)
        assert len(scripted.asked) == 1


@pytest.mark.parametrize(
    ("says", "code"),
    [
        (problem(403, "Commenting is disabled", "ACCESS_DENIED"), "forbidden"),
        (problem(404, "Could not find entity"), "parent_gone"),
        (problem(400, "text is too long", "ILLEGAL_ARGUMENT"), "invalid_request"),
        (problem(422, "com.linkedin.content.common.exception", "X"), "invalid_request"),
        (problem(426, "Requested version 20230101 is not active", "NONEXISTENT_VERSION"), "version"),
    ],
)
def test_documented_refusals_are_proof(scripted: Scripted, says: Says, code: str) -> None:
    scripted.says(answers(says))
    with pytest.raises(Rejected) as caught:
        NETWORK.send(ACCESS, REPLY)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "says",
    [
        Says.json({"message": "no status"}, 403),
        Says.json({"status": 400, "message": "another status"}, 403),
        problem(409, "conflict"),
        problem(500, "Internal"),
        Says.json({}, 201),
        Says.json({"id": "12 34"}, 201),
        Says(201),
        Says(204),
    ],
)
def test_everything_else_is_doubt(scripted: Scripted, says: Says) -> None:
    scripted.says(answers(says))
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(ACCESS, REPLY)
    assert len([asked for asked in scripted.asked if asked.method == "POST"]) == 1


def lists(*rows: Any, more: bool = False) -> Any:
    shown = elements(list(rows), more=more)
    return lambda asked: shown if asked.path.endswith("/comments") else Says.json(comment(1))


def test_what_was_sent_is_found_by_its_place_words_and_writer(scripted: Scripted) -> None:
    moment = now()
    rows = [
        own(6, REPLY.text, moment, actor=ALI),
        own(5, REPLY.text, moment, parentComment=urn(8)),
        own(4, REPLY.text.replace(" & ", "  &\n"), moment),
        own(3, "On our way", moment),
        own(2, REPLY.text, moment - timedelta(hours=1)),
    ]
    scripted.says(lists(*rows))
    found = NETWORK.find_sent(ACCESS, REPLY, since=moment - timedelta(minutes=5))
    assert ([receipt.external_id for receipt in found.receipts], found.complete) == ([urn(4)], True)
    assert scripted.asked[-1].path == f"/rest/socialActions/{quote(urn(1), safe='')}/comments"


def test_a_list_that_is_cut_short_or_odd_proves_no_absence(scripted: Scripted) -> None:
    since = now() - timedelta(minutes=5)
    scripted.says(lists(own(1, "other", now(), created={"time": "soon"})))
    assert not NETWORK.find_sent(ACCESS, REPLY, since=since).complete
    scripted.says(lists(own(1, "other", now()), more=True))
    assert not NETWORK.find_sent(ACCESS, REPLY, since=since).complete
    assert len(scripted.asked) == 1 + 5


def test_only_a_404_for_the_comment_itself_says_that_it_is_gone(scripted: Scripted) -> None:
    other = urn(5, "urn:li:activity:99")

    def answer(asked: Asked) -> Says:
        if "99" in asked.path:
            return problem(404, "the whole post is gone")
        return results({comment(1)["id"]: comment(1)}, **{comment(2)["id"]: 404, comment(3)["id"]: 403})

    scripted.says(answer)
    seen = NETWORK.recheck(ACCESS, [urn(1), urn(2), f"{urn(2)}~60", urn(3), urn(4), other, SHARE, "nonsense"])
    assert (seen.present, seen.gone) == ({urn(1)}, {urn(2), f"{urn(2)}~60"})
    assert len(scripted.asked) == 2


@pytest.mark.parametrize(
    "outgoing",
    [Outgoing("post", "Hello"), Outgoing("direct", "Hello", to=ALI), Outgoing("reply", "Hello", in_reply_to="urn:li:person:x")],
)
def test_what_linkedin_cannot_take_is_refused_before_it_is_queued(outgoing: Outgoing) -> None:
    assert NETWORK.refusal(outgoing)
    if outgoing.kind != "reply":
        with pytest.raises(Unsupported):
            NETWORK.send(ACCESS, outgoing)


# --- signing in -------------------------------------------------------------------------------------------------------
def session(**fields: Any) -> Says:
    return Says.json({"access_token": "new-token", "expires_in": 5_184_000, "scope": "r_organization_social", **fields})


def form(asked: Asked) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}


def test_the_sign_in_page_asks_for_the_pages_rights(settings: Any) -> None:
    url = urlsplit(NETWORK.authorize_url(state="s t", redirect_uri=BACK, verifier="v"))
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert (url.path, asked["state"], asked["redirect_uri"]) == ("/oauth/v2/authorization", "s t", BACK)
    rights = {"rw_organization_admin", "r_organization_social", "w_organization_social"}
    # Comments and reactions have rights of their own (comments-api, permissions).
    assert set(asked["scope"].split()) == rights | {"r_organization_social_feed", "w_organization_social_feed"}
    settings.LINKEDIN_API_BASE = ""
    assert NETWORK.authorize_url(state="s", redirect_uri=BACK, verifier="v").startswith("https://www.linkedin.com/oauth/")
    settings.LINKEDIN_CLIENT_ID = ""
    with pytest.raises(Unsupported):
        NETWORK.authorize_url(state="s", redirect_uri=BACK, verifier="v")


def test_a_code_becomes_a_session_that_says_when_it_ends(scripted: Scripted) -> None:
    scripted.says(session())
    tokens = NETWORK.exchange(code="c0de", redirect_uri=BACK, verifier="v")
    assert dict(tokens.secrets) == {"access_token": "new-token"}
    assert tokens.expires_at is not None
    assert abs((tokens.expires_at - now()).total_seconds() - 5_184_000) < 60
    assert not NETWORK.renewable(set(tokens.secrets))
    expected = {"grant_type": "authorization_code", "code": "c0de", "redirect_uri": BACK}
    assert form(scripted.asked[0]) == {**expected, "client_id": "rabta-app", "client_secret": "secret-of-rabta"}
    scripted.says(Says.json({"error": "invalid_request", "error_description": "Unable to retrieve access token"}, 400))
    with pytest.raises(Rejected):
        NETWORK.exchange(code="c0de", redirect_uri=BACK, verifier="v")


def test_a_refresh_token_renews_where_one_was_given(scripted: Scripted) -> None:
    scripted.says(session(refresh_token="stays"))
    kept = Access(BRAND, {**SECRETS, "refresh_token": "stays"}, "meridian")
    tokens = NETWORK.refresh(kept)
    assert dict(tokens.secrets) == {"access_token": "new-token", "refresh_token": "stays", "organization": "2414183"}
    assert NETWORK.renewable(set(tokens.secrets))
    assert form(scripted.asked[0])["refresh_token"] == "stays"
    scripted.says(Says.json({"error": "invalid_grant"}, 400))
    with pytest.raises(Unauthorized):
        NETWORK.refresh(kept)
    with pytest.raises(Unauthorized):
        NETWORK.refresh(ACCESS)
    for trouble in (Says(500, b"{}"), Says(drop=True), Says.html(200), Says.json([]), problem(429, "limit")):
        scripted.says(trouble)
        with pytest.raises(TryLater):
            NETWORK.refresh(kept)
