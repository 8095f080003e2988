"""A mail in the formatting it came with: what is shown of it, from where, and what can act."""

import pytest
from django.test import Client

from core.tenancy import tenant
from inbox.models import Conversation, Message
from social.models import Channel
from tests.accounts.factories import Cast, signed_in
from tests.inbox.factories import Desk
from tests.inbox.mails import arrives, make_mailbox

pytestmark = pytest.mark.django_db
LETTER = """From: Sara Khan <sara@people.example>\r
To: support@anar.example\r
Subject: Parcel\r
Message-ID: <f1@people.example>\r
MIME-Version: 1.0\r
Content-Type: multipart/related; boundary=r\r
\r
--r\r
Content-Type: multipart/alternative; boundary=a\r
\r
--a\r
Content-Type: text/plain; charset=utf-8\r
\r
Where is it?\r
--a\r
Content-Type: text/html; charset=utf-8\r
\r
{html}\r
--a--\r
--r\r
Content-Type: image/png; name=first.png\r
\r
x\r
--r\r
Content-Type: image/png\r
Content-ID: <lid@people.example>\r
Content-Disposition: inline; filename=lid.png\r
\r
x\r
--r--\r
"""


@pytest.fixture
def mailbox(desk: Desk) -> Channel:
    return make_mailbox(desk.workspace)


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


def letter(mailbox: Channel, html: str) -> Message:
    arrives(mailbox, LETTER.format(html=html).encode())
    with tenant(mailbox.workspace_id):
        return Message.objects.get(channel_id=mailbox.pk)


def shown(tab: Client, message: Message, query: str = "") -> str:
    answer = tab.get(f"/w/meridian/inbox/messages/{message.pk}/original/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_pictures_inside_the_mail_stand_in_their_place_from_our_own_address(mailbox: Channel, tab: Client) -> None:
    message = letter(mailbox, '<p style="color:red">See <img src="cid:lid@people.example" alt="lid"> here</p>')
    page = shown(tab, message)
    assert f'<img src="/w/meridian/inbox/messages/{message.pk}/media/1/" alt="lid">' in page
    assert '<p style="color:red">' in page
    assert "left out" not in page
    with tenant(mailbox.workspace_id):
        conversation = Conversation.objects.get(channel=mailbox)
    thread = tab.get(f"/w/meridian/inbox/{conversation.pk}/").content.decode()
    frame = thread.split("<iframe")[1].split(">")[0]
    assert f"/messages/{message.pk}/original/" in frame
    assert 'sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"' in frame
    assert "Where is it?" in thread


def test_pictures_from_elsewhere_are_left_out_until_somebody_wants_them(mailbox: Channel, tab: Client) -> None:
    message = letter(mailbox, '<p>Hi<img src="https://track.example/1.gif" width=1></p>')
    page = shown(tab, message)
    assert "track.example" not in page
    assert '<a href="?remote=yes">' in page
    assert 'src="https://track.example/1.gif"' in shown(tab, message, "?remote=yes")
    for query, allowed in (("", "img-src 'self' data:;"), ("?remote=yes", "img-src 'self' data: https: http:;")):
        answer = tab.get(f"/w/meridian/inbox/messages/{message.pk}/original/{query}")
        policy = answer["Content-Security-Policy"]
        assert allowed in policy
        assert "default-src 'none'; script-src 'none'" in policy
        assert policy.startswith("sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox;")
        assert (answer["Referrer-Policy"], answer["X-Frame-Options"]) == ("no-referrer", "SAMEORIGIN")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "<style>body { background: url(https://track.example/) }</style>",
        '<p style="background-image:url(https://track.example/)">x</p>',
        '<p style="position:fixed;inset:0">x</p>',
        "<iframe src=https://track.example></iframe>",
        "<form action=https://track.example><input name=password></form>",
        "<meta http-equiv=refresh content=0;url=https://track.example>",
        "<base href=https://track.example>",
        "<svg onload=alert(1)><image href=https://track.example/></svg>",
        "<link rel=stylesheet href=https://track.example/x.css>",
        "<img srcset='https://track.example/1.gif 2x'>",
        "<img src='data:image/svg+xml;base64,AAAA'>",
        "<video poster=https://track.example/1.gif></video>",
        "<td background=https://track.example/1.gif>x</td>",
    ],
)
def test_nothing_in_a_mail_acts_or_loads(mailbox: Channel, tab: Client, hostile: str) -> None:
    page = shown(tab, letter(mailbox, f"<p>Hello</p>{hostile}")).split("<body>")[1]
    assert "Hello" in page
    for word in ("track.example", "alert(1)", "onerror", "javascript:", "fixed", "svg", "<form", "<input", "<meta", "<base"):
        assert word not in page


def test_without_formatting_there_is_none(mailbox: Channel, desk: Desk, tab: Client) -> None:
    assert tab.get(f"/w/meridian/inbox/messages/{desk.incoming.pk}/original/").status_code == 404
    message = letter(mailbox, "<p>Hello</p>")
    with tenant(mailbox.workspace_id):
        Message.objects.filter(pk=message.pk).update(deleted_at=message.stored_at)
    assert tab.get(f"/w/meridian/inbox/messages/{message.pk}/original/").status_code == 404
