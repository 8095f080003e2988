"""The guards of snoozing, forms and surveys: how each is taken away, and the test that watches it."""

import pytest
from django.core import signing
from django.test import Client

import inbox.services.surveys
import inbox.services.triage
from core.tenancy import tenant
from inbox.models import Conversation, Survey
from inbox.services import filling, surveys, triage
from tests.tenancy.world import World


def any_signature_fits(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(signing.Signer, "unsign", lambda self, value: value.rsplit(self.sep, 1)[0])


def addresses_are_ours(world: World) -> None:
    """Somebody changes the signature of an address they have."""
    with tenant(world.cast.meridian.pk):
        address = surveys.link_of(Survey.objects.latest("id"))
    token = address.split("/rate/")[1].strip("/")
    assert Client().get(f"/rate/{token}/").status_code == 200
    assert Client().get(f"/rate/{token.rpartition('.')[0]}.forged/").status_code == 404


def nothing_is_asked(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.triage, "see_filled", lambda **given: None)


def forms_are_filled_in(world: World) -> None:
    with tenant(world.cast.meridian.pk):
        filling.Entry.objects.all().delete()
        with pytest.raises(filling.Unfilled):
            triage.set_status(member=world.desk.member, conversation_id=world.desk.private.pk, status="resolved")


def programs_are_people(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.surveys, "UNANSWERED_PROGRAMS", [])


def programs_are_not_asked(world: World) -> None:
    with tenant(world.cast.meridian.pk):
        Survey.objects.all().delete()
        world.desk.incoming.__class__.objects.filter(conversation=world.desk.private).update(program="auto_reply")
        Conversation.objects.filter(pk=world.desk.private.pk).update(status="resolved")
        surveys.resolved(conversation=world.desk.private, member=world.desk.member)
        surveys.ask_due()
        assert Survey.objects.get().state == "dropped"


GUARDS = (
    ("signature of a rating's address", any_signature_fits, addresses_are_ours),
    ("what must be filled in before resolving", nothing_is_asked, forms_are_filled_in),
    ("no program is asked how it was", programs_are_people, programs_are_not_asked),
)
