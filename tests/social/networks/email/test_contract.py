"""E-mail keeps the contract of networks, at the steps of IMAP and SMTP."""

from pathlib import Path
from typing import ClassVar

from social.networks.base import Network
from social.networks.email import Email
from social.networks.values import Access, Outgoing
from tests.social.networks.contract import PATIENCE_SECONDS
from tests.social.networks.mailing import MailContract
from tests.social.networks.mailservers import ADDRESS, PASSWORD, MailServer, mail

SECRETS = {"address": ADDRESS, "password": PASSWORD, "sender_name": "Anar Help"}


class TestEmail(MailContract):
    slug = "email"
    folder = Path(__file__).parent
    # Three talks share the time of one call.
    network: ClassVar[Network] = Email(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 3)

    def access(self) -> Access:
        return Access(external_id=ADDRESS, secrets=SECRETS, handle=ADDRESS)

    def outgoing(self) -> Outgoing:
        first = self.network.read({"source": mail(1).decode()}, account_id=ADDRESS)
        text = "We are sorry & will help: see https://example.com/help"
        to, thread = "sara@people.example", first.thread_key
        return Outgoing("direct", text, in_reply_to=first.external_id, to=to, thread_key=thread, key="7-1")

    def test_the_mailbox_says_who_it_is_once_both_servers_let_us_in(self, server: MailServer) -> None:
        profile = self.network.identify(self.access())
        assert (profile.external_id, profile.handle, profile.name) == (ADDRESS, "", ADDRESS)
        assert {"LOGIN", "smtp AUTH"} <= set(server.commands)
