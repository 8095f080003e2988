"""WhatsApp's Cloud API, through facebook-sdk: webhooks in, text and files out within a day of the customer's last message, and what
became of them.

The parts are Facebook's (`_graph_…`) and `_whatsapp_hook`. Nothing can be read back: a webhook says
what became of a message, and each of ours carries its key along so that one in doubt is known again; without it a person decides.

Not reached live so far: the shapes come from the documents, sending was proven against the practice network. Not done:
reactions, templates with pictures, heads or buttons to fill.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks import _graph_files, _graph_oauth, _placing, _whatsapp_files, _whatsapp_hook, _whatsapp_templates
from social.networks._graph_network import GraphNetwork, access_token, app_fields
from social.networks._graph_send import WINDOW, person_of, since_heard
from social.networks._graph_shapes import is_person, message_key
from social.networks._graph_wire import Line, ask, ask_list, client, post, quotas_of, unreadable, unsent, window_closed
from social.networks._shapes import mapping, mappings, string
from social.networks._wire import Answer, Patience
from social.networks.errors import Rejected, Text
from social.networks.features import Capability, CredentialField, Limits, Shelf
from social.networks.values import (
    Access,
    Attachment,
    Cursor,
    Found,
    Item,
    Media,
    Opened,
    Outgoing,
    Page,
    Profile,
    Receipt,
    Template,
    Tokens,
)

#: There is nothing to poll; one look in five minutes shows whether the token still lives.
POLL_SECONDS = 300.0
#: So many business accounts of one person are looked through for their numbers.
MOST_ACCOUNTS = 5


class WhatsApp(GraphNetwork):
    """One business number."""

    slug: ClassVar[str] = "whatsapp"
    label: ClassVar[str] = "WhatsApp"
    icon: ClassVar[str] = "brand-whatsapp"
    color: ClassVar[str] = "#0b6b4f"
    about: ClassVar[Text] = gettext_lazy("Messages to a business number. You need a number on WhatsApp's Cloud API.")
    shelf: ClassVar[Shelf] = Shelf.MESSAGES
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DIRECT_MESSAGES, Capability.MEDIA_IN, Capability.MEDIA_OUT, Capability.WEBHOOKS, Capability.TEMPLATES}
    )
    limits: ClassVar[Limits] = Limits(
        public_length=0,
        private_length=4096,
        media_kinds=("image", "video", "audio", "file"),
        media_types=_graph_files.WHATSAPP_TYPES,
        media_bytes=_graph_files.WHATSAPP_BYTES,
        media_count=1,
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
        CredentialField(
            "business_account_id",
            gettext_lazy("WhatsApp Business account ID"),
            gettext_lazy("Beside the phone number ID. With it the approved templates can be sent when a day has passed."),
            required=False,
            secret=False,
        ),
    )
    hook_help: ClassVar[Text] = gettext_lazy(
        "In your app: WhatsApp, Configuration. Enter this address and the verify token, and subscribe to messages. "
        "Nothing arrives without."
    )
    media_needs_access: ClassVar[bool] = True
    uploads_first: ClassVar[bool] = True
    practice_fields: ClassVar[tuple[str, ...]] = ("7770300", "practice-meta-anarwhats", "practice-app-secret")
    hook_object: ClassVar[str] = "whatsapp_business_account"
    hook_fields: ClassVar[tuple[str, ...]] = ("messages",)
    rights: ClassVar[tuple[str, ...]] = ("whatsapp_business_management", "whatsapp_business_messaging")
    poll_seconds: ClassVar[float] = POLL_SECONDS

    def _number(self, line: Line, number: str) -> Answer:
        """The number's own entry. Raises Unauthorized, TryLater, Rejected."""
        answer = ask(line, lambda graph: graph.get_object(number, fields="id,display_phone_number,verified_name"))
        if not is_person(string(answer.body.get("id"))):
            raise unreadable(Answer(answer.status, answer.headers, None), self.label)
        return answer

    def identify(self, access: Access) -> Profile:
        with self._line(access) as line:
            answer = self._number(line, access.secrets.get("phone_number_id", ""))
        shown = string(answer.body.get("display_phone_number"))
        name = string(answer.body.get("verified_name"))
        return Profile(external_id=string(answer.body.get("id")), name=name or shown, handle=shown)

    def accounts(self, access: Access) -> tuple[Profile, ...]:
        token, share = access.secrets.get("access_token", ""), Patience(self.patience.read_seconds, self.patience.all_in() / 4)
        found: list[Profile] = []
        for account in _graph_oauth.business_accounts(share, token, self.label)[:MOST_ACCOUNTS]:
            with client(access, settings.GRAPH_API_BASE, share, self.label, calls=MOST_ACCOUNTS) as line:
                _answer, rows = ask_list(line, lambda graph, account=account: graph.get_object(f"{account}/phone_numbers"))  # type: ignore[misc]
            found += [self._signed_in(row, account, token) for row in mappings(rows) if is_person(row.get("id"))]
        if not found:
            reason = _("This sign-in opens no number on WhatsApp. Start again, and choose the business account it is in.")
            raise Rejected(reason, code="no_account")
        return tuple(found)

    @staticmethod
    def _signed_in(row: Mapping[str, Any], account: str, token: str) -> Profile:
        identifier, shown = string(row.get("id")), string(row.get("display_phone_number"))
        kept = {"phone_number_id": identifier, "business_account_id": account, "access_token": token}
        # Nobody types it: it is said where the webhook's address is entered.
        tokens = Tokens(secrets={**kept, "verify_token": secrets.token_urlsafe(16)})
        return Profile(external_id=identifier, name=string(row.get("verified_name")) or shown, handle=shown, tokens=tokens)

    def heard_of(self, access: Access) -> Mapping[str, tuple[str, ...]]:
        account = access.secrets.get("business_account_id", "").strip()
        return {account: ()} if is_person(account) else {}

    def accounts_in(self, document: Mapping[str, Any]) -> tuple[str, ...]:
        return _whatsapp_hook.numbers_in(document)

    def read_page(self, access: Access, cursor: Cursor) -> Page:
        """There is no list of messages: this shows that the account can still be asked, and finds the approved templates."""
        account = access.secrets.get("business_account_id", "").strip()
        with self._line(access, calls=2) as line:
            answer = self._number(line, access.external_id)
            if not is_person(account):
                return Page((), {}, quota=quotas_of(answer))
            found: Cursor
            try:
                found = {"templates": _whatsapp_templates.ask_for(line, account)}
            except Rejected as error:
                found = {**cursor, "trouble": str(error.reason)}
        return Page((), found, quota=quotas_of(answer))

    def remarks(self, cursor: Cursor) -> tuple[Text, ...]:
        trouble, said = string(cursor.get("trouble")), _placing.remarks(cursor, self.label)
        return (*said, _("Templates could not be read: {words}").format(words=trouble)) if trouble else said

    def unpacked(self, access: Access, document: Mapping[str, Any]) -> Page:
        return _whatsapp_hook.unpacked(access, document)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return _whatsapp_hook.read_item(payload)

    def templates(self, cursor: Cursor) -> tuple[Template, ...]:
        return _whatsapp_templates.of_cursor(cursor)

    def open_media(self, access: Access, media: Media) -> Opened:
        patience = Patience(self.patience.read_seconds, self.patience.all_in() / 2)
        with client(access, settings.GRAPH_API_BASE, patience, self.label) as line:
            return _whatsapp_files.open_file(line, access, media, self.patience, self.label)

    def upload(self, access: Access, outgoing: Outgoing, attachment: Attachment) -> str:
        with self._line(access) as line:
            return _graph_files.to_number(line, access.external_id, attachment)

    def media_refusal(self, outgoing: Outgoing) -> Text | None:
        return super().media_refusal(outgoing) or _graph_files.whatsapp_refusal(outgoing, self.label)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        waited = since_heard(outgoing)
        if waited is not None and waited > WINDOW and not outgoing.template:
            raise window_closed(self.label)
        text = {"type": "text", "text": json.dumps({"preview_url": True, "body": outgoing.text})}
        said = _graph_files.whatsapp_form(outgoing) if outgoing.media else text
        form = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": person_of(outgoing),
            **(_whatsapp_templates.form_of(outgoing) if outgoing.template else said),
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
