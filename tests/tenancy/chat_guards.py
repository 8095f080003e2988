"""The guards of web chat's public door: how each is taken away, and who notices. `test_guards.py` does it."""

import itertools

import pytest

import social.services.chat_files
import social.services.chatting
from tests.social.webchat import test_door, test_files
from tests.social.webchat import test_sockets as chat_sockets
from tests.social.webchat.factories import open_shop
from tests.tenancy.world import World

NUMBERS = itertools.count()


def every_page_shows_it(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.services.chatting, "_may_show", lambda widget, origin: True)


def other_sites_are_refused(world: World) -> None:
    test_door.test_a_page_that_is_not_on_the_list_learns_and_leaves_nothing(open_shop("guarded"), "https://evil.example")


def signatures_prove_anything(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.services.chatting, "_proves", lambda signature, secret, user: True)


def forged_identities_are_refused(world: World) -> None:
    expected = (401, "bad_signature", "signature")
    test_door.test_a_forged_identity_is_refused_by_name(open_shop("guarded"), "user-42", "0" * 64, expected)


def nobody_is_counted(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.services.chatting, "take", lambda name, **limit: 0)


def fast_visitors_wait(world: World) -> None:
    with pytest.MonkeyPatch.context() as patch:
        test_door.test_a_visitor_who_is_faster_than_people_is_told_to_wait(open_shop("guarded"), patch)


def other_sites_sockets_are_refused(world: World) -> None:
    shop = open_shop(f"guarded{next(NUMBERS)}")
    chat_sockets.test_other_pages_are_not_let_in(shop, b"https://evil.example")


def anybodys_files_are_taken(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.services.chat_files, "_is_theirs", lambda row, person: True)


def files_are_their_visitors(world: World) -> None:
    test_files.nobody_takes_anothers(open_shop(f"guarded{next(NUMBERS)}"))
