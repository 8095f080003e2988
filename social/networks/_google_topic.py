"""Having Google announce reviews on a topic of Cloud Pub/Sub: the topic, whose it is, and entering it at the account.

developers.google.com/my-business/reference/notifications/rest/v1/NotificationSetting, read 2026-11: an account has one setting and
one topic for all its locations, so whatever else is announced there stays, and another topic is never replaced.
"""

import re
from collections.abc import Callable, Mapping

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks._google_wire import Line, ask, unreadable
from social.networks._placing import PLACED, Elsewhere
from social.networks._shapes import mapping, string
from social.networks._wire import Unanswered
from social.networks.errors import Rejected, Text
from social.networks.features import CredentialField
from social.networks.values import Cursor

API = "https://mybusinessnotifications.googleapis.com/v1"
WANTED = ("NEW_REVIEW", "UPDATED_REVIEW")
CALLS = 2
#: docs.cloud.google.com/pubsub/docs/pubsub-basics#resource_names and …/iam/docs/service-accounts-create, read 2026-11.
_TOPIC = re.compile(r"^projects/[a-z0-9.:-]{1,80}/topics/[A-Za-z][A-Za-z0-9._~+%-]{2,254}$")
_ACCOUNT = re.compile(r"^[a-z0-9][a-z0-9.-]{0,80}@[a-z0-9.-]{3,120}$")

FIELDS = (
    CredentialField(
        "topic",
        gettext_lazy("Pub/Sub topic"),
        gettext_lazy("Such as projects/shop/topics/reviews: Google announces reviews there, and Rabta hears at once."),
        required=False,
        secret=False,
        public_only=True,
    ),
    CredentialField(
        "push_account",
        gettext_lazy("Service account of its push subscription"),
        gettext_lazy("Its e-mail address. Calls in any other name are refused."),
        required=False,
        secret=False,
        public_only=True,
    ),
)


def topic_of(secrets: Mapping[str, str]) -> str:
    """Where reviews of an account are announced: on its own topic, or the installation's. Empty for nowhere."""
    return secrets.get("topic", "") or settings.GOOGLE_PUBSUB_TOPIC


def pusher_of(secrets: Mapping[str, str]) -> str:
    """The service account that calls for that topic."""
    return secrets.get("push_account", "") if secrets.get("topic") else settings.GOOGLE_PUBSUB_ACCOUNT


def check(secrets: Mapping[str, str]) -> None:
    """Raises Rejected for a topic or a service account that can be none, and for one without the other. Pure."""
    topic, account = secrets.get("topic", ""), secrets.get("push_account", "")
    if topic and not _TOPIC.match(topic):
        raise Rejected(_("A topic's name looks like projects/shop/topics/reviews."), code="bad_topic", field="topic")
    if account and not _ACCOUNT.match(account):
        raise Rejected(_("This is no service account's e-mail address."), code="bad_account", field="push_account")
    if bool(topic) != bool(account):
        field = "topic" if account else "push_account"
        raise Rejected(_("A topic and the service account of its push subscription belong together."), code="half", field=field)


def announce(line: Line, location: str, topic: str, mine: Callable[[str], bool]) -> None:
    """Have the location's account announce reviews on `topic`. Raises Elsewhere when it has another one, and as `ask`."""
    name = f"{location.partition('/locations/')[0]}/notificationSetting"
    standing = ask(line, f"{API}/{name}").body
    found, told = string(standing.get("pubsubTopic")), standing.get("notificationTypes")
    kinds = [string(kind) for kind in told] if isinstance(told, list) else []
    # A topic on which nothing is announced is nobody's loss.
    if found and kinds and found != topic and not mine(found):
        raise Elsewhere(_("The account announces its news on another topic."), code="elsewhere")
    if found == topic and set(WANTED) <= set(kinds):
        return
    setting = {"name": name, "pubsubTopic": topic, "notificationTypes": sorted({*kinds, *WANTED} - {""})}
    query = {"updateMask": "pubsubTopic,notificationTypes"}
    try:
        answer = line.ask("PATCH", f"{API}/{name}", query=query, body=setting)
    except Unanswered as error:
        raise error.as_trouble(line.whom) from error
    if not answer.good or "error" in answer.body:
        raise unreadable(answer, line.whom)


def remarks(cursor: Cursor) -> tuple[Text, ...]:
    """What to say of it on the channel's page."""
    if PLACED not in cursor:
        return ()
    said = string(mapping(cursor.get(PLACED)).get("said"))
    if not said:
        return (_("Google announces new and changed reviews on the topic, and they are read at once."),)
    if said == "elsewhere":
        words = _("Google announces this account's news on another topic, which Rabta does not replace. Use that one, or free it.")
        return (words,)
    return (_("The topic could not be set at Google: {words}").format(words=said),)
