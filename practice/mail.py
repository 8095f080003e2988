"""The post office of the square: a page on which a person writes mail as anybody and reads what came back."""

from __future__ import annotations

import base64
import email
import email.policy
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from . import web
from .blog import said
from .problems import BadField
from .wire_mail.boxes import INBOX, SENT, Boxes, Mail, written

if TYPE_CHECKING:
    from .world import World

#: The brand's address on the square, and the person a visitor plays first.
BRAND, PERSON = "support@practice.example", "parisa@people.example"
FIELDS = ("name", "from", "to", "subject", "text", "in_reply_to")
HEADERS = ("from", "to", "subject", "message-id", "in-reply-to", "references")
SHOWN = 50


def write(world: World, values: dict[str, Any], *, origin: str) -> dict[str, Any]:
    """A person's mail goes into the inbox it is for, and among those they sent. Raises `BadField`."""
    given = {"name": "", "subject": "", "html": None, "in_reply_to": None, "references": None, "headers": None, "attachments": None}
    to, source = written(given | values)
    boxes = Boxes(world)
    with world.store.write():
        boxes.put(values["from"], SENT, source, origin=origin)
        uid = boxes.put(to, INBOX, source, origin=origin)
    return shown(Mail(uid, source, 0, len(source)))


def put_source(world: World, *, to: str, source: str, received_ms: int | None, size: int | None) -> dict[str, Any]:
    """Any bytes (base64) as a mail, however broken; `size` is what the server then claims it to be. Raises `BadField`."""
    try:
        data = base64.b64decode(source, validate=True)
    except ValueError:
        raise BadField("source", "is not base64") from None
    uid = Boxes(world).put(to, INBOX, data, received_ms=received_ms, origin="control")
    if size:
        with world.store.write() as db:
            db.execute("UPDATE mails SET size = ? WHERE id = ?", (size, uid))
    return {"id": uid}


def describe(world: World, address: str, folder: str) -> list[dict[str, Any]]:
    """The newest mails of a folder, oldest first."""
    return [shown(mail) for mail in Boxes(world).mails(address, folder)[-SHOWN:]]


def shown(mail: Mail) -> dict[str, Any]:
    """A mail as a page or a program shows it."""
    parsed = email.message_from_bytes(mail.source, policy=email.policy.default)
    try:
        plain = parsed.get_body(("plain",))
        text = plain.get_content() if plain is not None else ""
        names = {name: str(parsed.get(name, "")) for name in HEADERS}
        attached = [part.get_filename() or "" for part in parsed.iter_attachments()]
    except (LookupError, ValueError, AttributeError, TypeError, KeyError, IndexError):
        # What somebody put there to be hostile; the page shows that something is there.
        text, attached, names = "(unreadable)", [], dict.fromkeys(HEADERS, "")
    return {
        "id": mail.uid, **{name.replace("-", "_"): value for name, value in names.items()}, "text": text, "attachments": attached,
        "source": mail.source.decode("latin-1"),
    }  # fmt: skip


def mail_routes(world: World) -> list[BaseRoute]:
    """The post office's page and its form."""

    async def office(request: Request) -> Response:
        who = request.query_params.get("as", PERSON)[:160]
        mails = list(reversed(describe(world, who, INBOX)))
        about = next((mail for mail in mails if str(mail["id"]) == request.query_params.get("answer")), None)
        return web.page("mail.html", who=who, brand=BRAND, mails=mails, about=about, listening=bool(world.settings.imap_port))

    async def take(request: Request) -> Response:
        if not web.from_here(request):
            return PlainTextResponse("This did not come from a page of the square.", 403)
        form = await request.form()
        values: dict[str, Any] = {name: said(form, name) for name in FIELDS}
        try:
            write(world, {**values, "references": values["in_reply_to"]}, origin="page")
        except BadField as problem:
            return PlainTextResponse(f"{problem.field} {problem.reason}.", 400)
        return RedirectResponse(request.url_for("office").include_query_params(**{"as": values["from"]}), 303)

    return [Route("/mail/", office, name="office"), Route("/mail/", take, methods=["POST"])]
