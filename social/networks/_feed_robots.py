"""What a site wishes programs not to read: its robots.txt (RFC 9309), asked for once a day."""

from urllib.parse import urlsplit, urlunsplit
from urllib.robotparser import RobotFileParser

from django.utils.translation import gettext as _

from social.networks._feed_wire import HEADERS, Patience, ask
from social.networks.errors import NetworkError, Rejected

#: RFC 9309, 2.4: what is kept of it should not be used for longer than a day.
GOOD_SECONDS = 86_400.0
#: RFC 9309, 2.5: at least so much of a file is read.
MAX_CHARACTERS = 500 * 1024


def mind(address: str, patience: Patience) -> None:
    """Return when the site lets programs read `address`. Raises Rejected when it does not.

    A site without such a file, or that cannot give it now, forbids nothing: it is asked as seldom as ever, and the feed's own
    answer says whether it is in trouble.
    """
    parts = urlsplit(address)
    try:
        document = ask(urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", "")), patience)
    except NetworkError:
        return
    rules = RobotFileParser()
    rules.parse(document.body[:MAX_CHARACTERS].decode("utf-8", "replace").removeprefix("\ufeff").splitlines())
    if not rules.can_fetch(HEADERS["User-Agent"], address):
        raise Rejected(_("The site's robots.txt asks programs not to read this address."), code="robots")
