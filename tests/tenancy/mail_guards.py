"""The guards of mail: how each is taken away, and who notices. `test_guards.py` does it."""

import socket
from datetime import timedelta
from types import SimpleNamespace

import pytest

import core.sockets
import inbox.services.auto_answers
import inbox.services.originals
import inbox.views.original
import social.networks._email_esp_hooks
import social.networks._email_ids
import social.networks._email_read
from core.http import OutboundRefused
from core.tenancy import tenant
from inbox.models import Direction, Message
from social.models import Channel
from social.networks.errors import Forged
from tests.inbox import test_mail_original
from tests.inbox.mails import make_mailbox, write
from tests.social.networks.email import test_esp, test_words
from tests.tenancy.world import World


def mailbox_of(world: World) -> Channel:
    """A mailbox that answers by itself."""
    channel = make_mailbox(world.cast.meridian, address="guarded@anar.example")
    with tenant(channel.workspace_id):
        Channel.objects.filter(pk=channel.pk).update(auto_answer="We are away.")
    return channel


def answers_of(channel: Channel) -> int:
    with tenant(channel.workspace_id):
        return Message.objects.filter(channel_id=channel.pk, direction=Direction.OUT).count()


def any_name_is_ours(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.networks._email_ids, "constant_time_compare", lambda one, other: True)


def our_names_are_proven(world: World) -> None:
    test_words.test_our_own_name_in_the_inbox_proves_nothing()


def reports_are_proven(world: World) -> None:
    test_words.test_what_was_never_signed_by_us_settles_nothing()


def any_provider_is_believed(patch: pytest.MonkeyPatch, world: World) -> None:
    for view in ("PostmarkTrackingWebhookView", "MailgunTrackingWebhookView"):
        patch.setattr(f"social.networks._email_esp_hooks.{view}.run_validators", lambda self, request: None)


def providers_are_proven(world: World) -> None:
    forged = test_esp.postmark({"RecordType": "Delivery"}, auth="hooks:another")
    with pytest.raises(Forged):
        test_esp.NETWORK.unpack(test_esp.POSTMARK, forged)


def programs_are_people(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.networks._email_read, "program_of", lambda head, kind, *, ours=(): None)


def programs_are_not_answered(world: World) -> None:
    channel = mailbox_of(world)
    write(channel, 1, auto_submitted="auto-replied")
    assert answers_of(channel) == 0


def people_hear_it_again(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.auto_answers, "ONCE_IN", timedelta())


def people_hear_it_once(world: World) -> None:
    channel = mailbox_of(world)
    for number in range(3):
        write(channel, number)
    assert answers_of(channel) == 1


def letters_may_load(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.views.original, "POLICY", "default-src *; img-src 'self' data:{remote};")


def letters_are_drawn_in_a_sandbox(world: World) -> None:
    channel = make_mailbox(world.cast.meridian, address="formatted@anar.example")
    test_mail_original.test_pictures_from_elsewhere_are_left_out_until_somebody_wants_them(channel, world.browser("owner"))


def letters_are_taken_as_they_are(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.originals, "nh3", SimpleNamespace(clean=lambda html, **named: html))


def nothing_in_a_letter_acts(world: World) -> None:
    channel = make_mailbox(world.cast.meridian, address="formatted@anar.example")
    test_mail_original.test_nothing_in_a_mail_acts_or_loads(channel, world.browser("owner"), "<script>alert(1)</script>")


def any_server_is_called(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(core.sockets, "public_addresses", core.sockets.resolved)


def servers_inside_are_not_called(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as inside, pytest.MonkeyPatch.context() as patch:
        place = inside.getsockname()
        patch.setattr("socket.getaddrinfo", lambda *_args, **_named: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place)])
        try:
            core.sockets.open_socket("mail.evil.example", place[1], tls=False).close()
        except OutboundRefused:
            return
        raise AssertionError("it was called")


GUARDS = (
    ("our proof in a mail's name", any_name_is_ours, our_names_are_proven),
    ("our proof in what came back", any_name_is_ours, reports_are_proven),
    ("signature of a sending provider's calls", any_provider_is_believed, providers_are_proven),
    ("what a program wrote", programs_are_people, programs_are_not_answered),
    ("once a week to a person", people_hear_it_again, people_hear_it_once),
    ("sandbox of a formatted mail", letters_may_load, letters_are_drawn_in_a_sandbox),
    ("what a formatted mail may hold", letters_are_taken_as_they_are, nothing_in_a_letter_acts),
    ("no mail server inside", any_server_is_called, servers_inside_are_not_called),
)
