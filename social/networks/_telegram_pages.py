"""Reading a bot's updates: by asking, or handed over by a webhook.

Naming an `offset` confirms everything below it, and Telegram then forgets it: what was read is named only in the next question,
when it has been stored. After a quiet week the numbers begin anew, perhaps lower, and an old offset would confirm news unread: once
a question has been answered with nothing, all is confirmed, and no offset is named any more. The cursor, all JSON:

    {"offset": 708,                     everything below is stored
     "hook": {"waiting": 0, "error": "…"}}      Telegram calls us: how many calls wait, and what went wrong last
"""

import hashlib
import hmac
from dataclasses import replace
from typing import Any

from core.clock import now
from social.networks._shapes import mapping, string
from social.networks._telegram_read import ASKED, reaction_of, version_id
from social.networks._telegram_wire import Line, ask
from social.networks._text import clean
from social.networks.errors import Forged, Rejected
from social.networks.reactions import Reaction
from social.networks.values import Cursor, Envelope, Page

#: core.telegram.org/bots/api#getupdates (10.1): at most 100.
PAGE_ROWS = 100
HOOK_HEADER = "x-telegram-bot-api-secret-token"


def fetch_page(line: Line, cursor: Cursor, *, hook_url: str, wants_hook: bool, token: str) -> Page:
    """The next page. With a webhook wished for and an address to call, that one is seen to, and nothing is asked."""
    if wants_hook and hook_url:
        return _seen_to(line, hook_url, token)
    offset = cursor.get("offset")
    wanted = offset if isinstance(offset, int) else None
    try:
        answer = ask(line, lambda bot: bot.get_updates(offset=wanted, limit=PAGE_ROWS, timeout=0, allowed_updates=ASKED), list)
    except Rejected as error:
        if error.code == "webhook_active" and _take_down(line, hook_url):
            # It was our own, from when this bot was connected with one.
            return Page((), cursor, more=True)
        raise
    page, newest = sort_out(answer.result)
    if newest is None:
        return page
    # More at once, whatever came: the next question confirms what is stored by then.
    return replace(page, cursor={"offset": newest + 1}, more=newest + 1 != wanted)


def sort_out(rows: list[Any]) -> tuple[Page, int | None]:
    """The updates that can be told apart, each once, the signs that were set, and the others; and the greatest number among all."""
    found: dict[str, Envelope] = {}
    broken: list[tuple[str, Any]] = []
    signs: list[Reaction] = []
    newest: int | None = None
    seen_at = now().isoformat(timespec="seconds")
    for row in rows:
        count = mapping(row).get("update_id")
        if isinstance(count, int) and not isinstance(count, bool):
            newest = count if newest is None else max(newest, count)
        identifier, sign = version_id(mapping(row)), reaction_of(mapping(row))
        if sign is not None:
            signs.append(sign)
        elif identifier:
            found.setdefault(identifier, Envelope(identifier, {"update": row, "seen_at": seen_at}))
        else:
            broken.append(("An update without a usable message.", row))
    return Page(tuple(found.values()), {}, broken=tuple(broken), reactions=tuple(signs)), newest


# --- handed over ----------------------------------------------------------------------------------------------------
def hook_secret(token: str) -> str:
    """What Telegram says with each call to prove itself. Made from the token, so that nothing more must be kept."""
    return hmac.new(token.encode(), b"rabta: webhook", hashlib.sha256).hexdigest()


def check(token: str, said: str) -> None:
    """Raise Forged unless `said` is the secret we gave to Telegram."""
    if not hmac.compare_digest(hook_secret(token).encode(), said.encode("utf-8", "replace")):
        raise Forged("The call does not hold the secret that Telegram was given.", code="bad_secret")


def _seen_to(line: Line, hook_url: str, token: str) -> Page:
    """See that Telegram calls `hook_url`; say how it fares."""
    found = ask(line, lambda bot: bot.get_webhook_info(), dict).result
    kinds = found.get("allowed_updates")
    if string(found.get("url")) != hook_url or (isinstance(kinds, list) and set(map(string, kinds)) != set(ASKED)):
        # What waits there is not dropped: it is handed over as soon as the address stands.
        ask(
            line,
            lambda bot: bot.set_webhook(hook_url, secret_token=hook_secret(token), allowed_updates=ASKED, max_connections=10),
            bool,
        )
        found = {}
    waiting = found.get("pending_update_count")
    error = clean(string(found.get("last_error_message")))[:200]
    return Page((), {"hook": {"waiting": waiting if isinstance(waiting, int) else 0, "error": error}})


def _take_down(line: Line, hook_url: str) -> bool:
    """Remove the webhook if it is ours; what waits stays for the next question. Returns whether it was. Raises as `ask`."""
    standing = string(ask(line, lambda bot: bot.get_webhook_info(), dict).result.get("url"))
    if not hook_url or standing != hook_url:
        return False
    ask(line, lambda bot: bot.delete_webhook(drop_pending_updates=False), bool)
    return True
