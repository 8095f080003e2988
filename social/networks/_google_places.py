"""Which locations a Google account manages: a location is a channel.

developers.google.com/my-business/reference/accountmanagement/rest/v1/accounts/list and …/businessinformation/rest/v1/
accounts.locations/list, read 2026-11. Reviews are asked for by account and location, so the account is kept with the secrets.
"""

from collections.abc import Mapping
from typing import Any

from social.networks._google_read import location_id
from social.networks._google_wire import Answer, Line, ask, token_of, unreadable
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks.values import Profile, Tokens

ACCOUNTS = "https://mybusinessaccountmanagement.googleapis.com/v1/accounts"
PLACES = "https://mybusinessbusinessinformation.googleapis.com/v1"
READ_MASK = "name,title,storefrontAddress"
ACCOUNT_ROWS, PLACE_ROWS = 20, 100
#: More pages, and more accounts, are not looked through when somebody connects.
MOST_PAGES = 3
MOST_ACCOUNTS = 10


def _rows(line: Line, url: str, name: str, **query: Any) -> list[Mapping[str, Any]]:
    """Every row of a list. An empty one is left out of the answer."""
    found: list[Mapping[str, Any]] = []
    token = ""
    for _page in range(MOST_PAGES):
        answer = ask(line, url, pageToken=token, **query)
        if name not in answer.body and not {"nextPageToken", "totalSize"}.issuperset(answer.body):
            raise unreadable(Answer(answer.status, answer.headers, None), line.whom)
        found += mappings(answer.body.get(name))
        token = token_of(answer)
        if not token:
            break
    return found


def places(line: Line, secrets: Mapping[str, str]) -> tuple[Profile, ...]:
    """Every location these secrets open, each once. Raises Unauthorized, TryLater, Rejected."""
    found: dict[str, Profile] = {}
    for account in _rows(line, ACCOUNTS, "accounts", pageSize=ACCOUNT_ROWS)[:MOST_ACCOUNTS]:
        name = string(account.get("name"))
        if not location_id(f"{name}/locations/1"):
            continue
        for place in _rows(line, f"{PLACES}/{name}/locations", "locations", pageSize=PLACE_ROWS, readMask=READ_MASK):
            whole = f"{name}/{string(place.get('name'))}"
            identifier = location_id(whole)
            if identifier and identifier not in found:
                kept = Tokens(secrets={**secrets, "location": whole})
                found[identifier] = Profile(external_id=identifier, name=_name(place) or identifier, tokens=kept)
    return tuple(found.values())


def _name(place: Mapping[str, Any]) -> str:
    """The name on the door and the town, since branches share a name."""
    town = clean(string(mapping(place.get("storefrontAddress")).get("locality"))).strip()
    title = clean(string(place.get("title"))).strip()
    return ", ".join(part for part in (title, town) if part)[:120]
