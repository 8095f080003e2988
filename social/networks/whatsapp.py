"""WhatsApp's Cloud API, through facebook-sdk: webhooks in, text out within a day of the customer's last message, delivery states.

The parts are Facebook's (`_graph_…`) and `_whatsapp_hook`. Nothing can be read back: a webhook says
what became of a message, and each of ours carries its key along so that one in doubt is known again; without it a person decides.

Not reached live so far: the shapes come from the documents, sending was proven against the practice network. Not done: templates
(nobody is written to after a day), fetching pictures and files, reactions, the ticks of delivered and read.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks import _whatsapp_hook
from social.networks._graph_network import GraphNetwork, access_token, app_fields
from social.networks._graph_send import WINDOW, person_of, since_heard
from social.networks._graph_shapes import is_person, message_key
from social.networks._graph_wire import ask, post, quotas_of, unreadable, unsent, window_closed
from social.networks._shapes import mapping, mappings, string
from social.networks._wire import Answer
from social.networks.errors import Text
from social.networks.values import (
    Access,
    Capability,
    CredentialField,
    Cursor,
    Found,
    Item,
    Limits,
    Outgoing,
    Page,
    Profile,
    Receipt,
)

#: There is nothing to poll; one look in five minutes shows whether the token still lives.
POLL_SECONDS = 300.0


class WhatsApp(GraphNetwork):
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
        access_token(
            gettext_lazy("A permanent token of a system user with whatsapp_business_messaging."), of_page=False
        ),
        *app_fields(hook_needed=True),
    )
    hook_help: ClassVar[Text] = gettext_lazy(
        "In your app: WhatsApp, Configuration. Enter this address and the verify token, and subscribe to messages. "
        "Nothing arrives without."
    )
    poll_seconds: ClassVar[float] = POLL_SECONDS

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

    def unpacked(self, access: Access, document: Mapping[str, Any]) -> Page:
        return _whatsapp_hook.unpacked(access, document)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return _whatsapp_hook.read_item(payload)

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

    def _misplaced(self, outgoing: Outgoing) -> Text | None:
        return None if outgoing.kind == "direct" else _("{network} has private messages only.").format(network=self.label)


NETWORK = WhatsApp()
