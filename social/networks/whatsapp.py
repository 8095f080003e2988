"""WhatsApp's Cloud API, through facebook-sdk: webhooks in, text out within a day of the customer's last message, delivery states.

The parts are Facebook's (`_graph_…`) and `_whatsapp_hook`. Nothing can be read back: a webhook says
what became of a message, and each of ours carries its key along so that one in doubt is known again; without it a person decides.

Not reached live so far: the shapes come from the documents, sending was proven against the practice network. Not done: templates
(nobody is written to after a day), sending pictures and files, reactions, the ticks of delivered and read.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.http import READ_SECONDS, TOTAL_SECONDS
from social.networks import _graph_hook, _whatsapp_files, _whatsapp_hook
from social.networks._graph_send import WINDOW, person_of, refusal_of_message, since_heard
from social.networks._graph_shapes import is_person, message_key
from social.networks._graph_wire import ask, client, post, quotas_of, unreadable, unsent, window_closed
from social.networks._shapes import mapping, mappings, string
from social.networks._wire import Answer, Patience
from social.networks.base import Network
from social.networks.errors import Text
from social.networks.values import (
    Access,
    Capability,
    CredentialField,
    Cursor,
    Found,
    Greeting,
    Hook,
    Item,
    Limits,
    Media,
    Opened,
    Outgoing,
    Page,
    Profile,
    Receipt,
)

#: There is nothing to poll; one look in five minutes shows whether the token still lives.
POLL_SECONDS = 300.0


class WhatsApp(Network):
    """One business number."""

    slug: ClassVar[str] = "whatsapp"
    label: ClassVar[str] = "WhatsApp"
    icon: ClassVar[str] = "brand-whatsapp"
    color: ClassVar[str] = "#0b6b4f"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DIRECT_MESSAGES, Capability.MEDIA_IN, Capability.WEBHOOKS}
    )
    limits: ClassVar[Limits] = Limits(
        public_length=0,
        private_length=4096,
        reply_window_seconds=int(WINDOW.total_seconds()),
        source="developers.facebook.com/docs/whatsapp/cloud-api: messages/text-messages and conversations, read 2026-11",
    )
    quota_labels: ClassVar[Mapping[str, Text]] = {"app": gettext_lazy("The whole app")}
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "phone_number_id",
            gettext_lazy("Phone number ID"),
            gettext_lazy("In your app at developers.facebook.com: WhatsApp, API Setup. It is not the number itself."),
            secret=False,
        ),
        CredentialField(
            "access_token",
            gettext_lazy("Access token"),
            gettext_lazy("A permanent token of a system user with whatsapp_business_messaging."),
        ),
        CredentialField(
            "app_secret",
            gettext_lazy("App secret"),
            gettext_lazy("In your app at developers.facebook.com: Settings, Basic. It signs questions and proves webhooks."),
        ),
        CredentialField(
            "verify_token",
            gettext_lazy("Verify token"),
            gettext_lazy("Any words without spaces. Write the same where you enter the webhook's address in your app."),
        ),
    )
    hook_help: ClassVar[Text] = gettext_lazy(
        "In your app: WhatsApp, Configuration. Enter this address and the verify token, and subscribe to messages. "
        "Nothing arrives without."
    )
    signs_in: ClassVar[bool] = False
    media_needs_access: ClassVar[bool] = True
    poll_seconds: ClassVar[float] = POLL_SECONDS
    settle_seconds: ClassVar[float] = 20.0
    call_seconds: ClassVar[float] = TOTAL_SECONDS

    def __init__(self, *, read_seconds: float = READ_SECONDS, total_seconds: float = TOTAL_SECONDS) -> None:
        self.patience = Patience(read_seconds, total_seconds)

    def _line(self, access: Access) -> Any:
        return client(access, settings.GRAPH_API_BASE, self.patience, self.label)

    def _number(self, access: Access, number: str) -> Answer:
        """The number's own entry. Raises Unauthorized, TryLater, Rejected."""
        with self._line(access) as line:
            answer = ask(line, lambda graph: graph.get_object(number, fields="id,display_phone_number,verified_name"))
        if not is_person(string(answer.body.get("id"))):
            raise unreadable(Answer(answer.status, answer.headers, None), self.label)
        return answer

    def identify(self, access: Access) -> Profile:
        answer = self._number(access, access.secrets.get("phone_number_id", ""))
        shown = string(answer.body.get("display_phone_number"))
        name = string(answer.body.get("verified_name"))
        return Profile(external_id=string(answer.body.get("id")), name=name or shown, handle=shown)

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        """There is no list of messages: this only shows that the account can still be asked."""
        return Page((), {}, quota=quotas_of(self._number(access, access.external_id)))

    def unpack(self, access: Access, hook: Hook) -> Page:
        return _whatsapp_hook.unpacked(access, _graph_hook.opened(access, hook))

    def greet(self, access: Access, query: Mapping[str, str]) -> Greeting:
        return _graph_hook.greeting(access, query)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return _whatsapp_hook.read_item(payload)

    def open_media(self, access: Access, media: Media) -> Opened:
        patience = Patience(self.patience.read_seconds, self.patience.all_in() / 2)
        with client(access, settings.GRAPH_API_BASE, patience, self.label) as line:
            return _whatsapp_files.open_file(line, access, media, self.patience, self.label)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        waited = since_heard(outgoing)
        if waited is not None and waited > WINDOW:
            raise window_closed(self.label)
        form = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": person_of(outgoing),
            "type": "text",
            "text": json.dumps({"preview_url": True, "body": outgoing.text}),
            # Comes back with every word on what became of it (…/cloud-api/reference/messages, read 2026-11).
            **({"biz_opaque_callback_data": outgoing.key} if outgoing.key else {}),
        }
        with self._line(access) as line:
            answer = post(line, lambda graph: graph.put_object(access.external_id, "messages", **form))
        sent = next(iter(mappings(answer.body.get("messages"))), {})
        identifier = message_key(mapping(sent).get("id"))
        if not identifier:
            raise unsent(Answer(answer.status, answer.headers, None), self.label)
        return Receipt(identifier, quota=quotas_of(answer))

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        """Nothing can be read back; `unpack` brings fates."""
        return Found((), complete=False)

    def refusal(self, outgoing: Outgoing) -> Text | None:
        if not outgoing.text.strip():
            return _("There is nothing to send.")
        if outgoing.kind != "direct":
            return _("{network} has private messages only.").format(network=self.label)
        reason = refusal_of_message(outgoing, self.label, WINDOW)
        if reason:
            return reason
        size, limit = self.length(outgoing.text), self.limits.private_length
        if size <= limit:
            return None
        words = _("The text is too long for {network}: {length} of {limit} characters.")
        return words.format(network=self.label, length=size, limit=limit)

    def length(self, text: str) -> int:
        return len(text)

    def is_practice(self) -> bool:
        return bool(settings.PRACTICE_URL and settings.GRAPH_API_BASE)


NETWORK = WhatsApp()
