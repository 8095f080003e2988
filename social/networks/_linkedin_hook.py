"""LinkedIn's calls to us: is it their hand, is this address ours, and what was deleted.

learn.microsoft.com/linkedin/shared/api-guide/webhook-validation and …/marketing/community-management/organizations/
organization-social-action-notifications (2026-07), read 2026-11: before the first call, and every two hours, LinkedIn asks with GET
for its challenge, signed with the app's secret; calls carry X-LI-Signature, made over `hmacsha256=` and the body. Apps of the
development tier are not called. A call tells too little of a comment (not what it answers), so that it only has the channel read at
once.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext as _

from social.networks._linkedin_read import name_of
from social.networks._shapes import mapping, mappings
from social.networks.errors import Forged, Malformed
from social.networks.values import Access, Greeting, Hook, Page

SIGNATURE = "x-li-signature"
PREFIX = b"hmacsha256="
MAX_CHALLENGE = 200


def _signed(content: bytes) -> str:
    if not settings.LINKEDIN_CLIENT_SECRET:
        raise Forged(_("This installation has no app at LinkedIn."), code="not_set_up")
    return hmac.new(settings.LINKEDIN_CLIENT_SECRET.encode(), content, hashlib.sha256).hexdigest()


def greeting(query: Mapping[str, str]) -> Greeting:
    """The challenge back, signed. Raises Forged for a question that holds none."""
    challenge = query.get("challengeCode", "")
    if not challenge or len(challenge) > MAX_CHALLENGE or not (challenge.isascii() and challenge.isprintable()):
        raise Forged(_("This call holds no challenge."), code="no_challenge")
    answer = {"challengeCode": challenge, "challengeResponse": _signed(challenge.encode())}
    return Greeting(json.dumps(answer), kind="application/json")


def unpacked(access: Access, hook: Hook) -> Page:
    """What a call tells: that there is something to read, and what was deleted. Raises Forged, Malformed."""
    given = hook.headers.get(SIGNATURE, "").removeprefix(PREFIX.decode())
    if not hmac.compare_digest(_signed(PREFIX + hook.body).encode(), given.encode("utf-8", "replace")):
        raise Forged(_("The signature does not fit the body and the installation's app secret."), code="wrong_signature")
    try:
        document = json.loads(hook.body, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        document = None
    rows = mapping(document).get("notifications")
    if not isinstance(rows, list):
        raise Malformed(_("The body is not a JSON object with a list `notifications`."), code="no_notifications")
    # An app has one secret for all its pages: what is another's is not ours to hear.
    ours = [row for row in mappings(rows) if row.get("organizationalEntity") == access.external_id]
    gone = tuple(name for row in ours if row.get("action") == "COMMENT_DELETE" and (name := name_of(row, {})))
    return Page((), {}, gone=gone, more=any(row.get("action") != "COMMENT_DELETE" for row in ours))
