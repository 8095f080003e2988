"""No commit and no network call of both lines without a failpoint."""

import inspect

from social.networks.base import Network
from tests.faults import steps

GOOD = '''
from core.failpoints import calling
from social.services import credentials
def pull(workspace_id, network):
    with tenant(workspace_id, step="a.claim"), connection.cursor() as cursor:
        cursor.execute("UPDATE …")
    with calling("a.ask"), not_after(3.0):
        page = network.fetch(1, 2)
    credentials.refresh(workspace_id=1)
    with tenant(workspace_id, step=f"events.{subscriber}"):
        page.store()
'''


def test_every_commit_and_every_call_of_the_lines_is_named() -> None:
    assert steps.problems() == []


def test_the_list_of_savepoints_is_current() -> None:
    assert steps.savepoints() == steps.SAVEPOINTS


def test_names_are_found_in_good_source() -> None:
    found = steps.scan(GOOD, "a.py")
    assert found.unnamed == ()
    assert {step.name for step in found.steps} >= {"a.claim", "a.ask", "events.delivery_states", "events.deletions"}
    assert steps.Step("a.ask", "call").points == ("a.ask.before_call", "a.ask.after_call")


def test_a_commit_without_a_name_is_found() -> None:
    assert len(steps.scan("with tenant(1):\n    pass\n", "a.py").unnamed) == 1
    assert len(steps.scan("with tenant(1, step=name):\n    pass\n", "a.py").unnamed) == 1


def test_a_call_outside_of_a_named_block_is_found() -> None:
    assert len(steps.scan("page = network.fetch(access, cursor)\n", "a.py").unnamed) == 1
    assert len(steps.scan("with not_after(3):\n    claim.network.send(access, out)\n", "a.py").unnamed) == 1


def test_a_transaction_of_its_own_is_found() -> None:
    found = steps.scan("def save():\n    with transaction.atomic():\n        row.save()\n", "a.py")
    assert found.savepoints == {("a.py", "save")}


def test_every_method_of_a_network_is_known_to_ask_or_not_to() -> None:
    pure = {"reconnected", "remarks", "unpack", "read", "authorize_url", "refusal", "length", "is_practice", "profile_url"}
    pure |= {"deed_refusal", "templates", "answers", "practice_offer", "cursor_at", "polls_with", "renewable", "greet", "looks_at"}
    pure |= {"wants_address", "load"}
    pure |= {"media_refusal", "media_count", "file_refusal", "stream_refusal", "stream_feed", "most_bytes", "parts_of"}
    pure |= {"sign_in_lacks", "sign_in_fields", "app_place", "greet_app", "addressees", "answers_privately", "check", "original"}
    pure |= {"farewell", "hub", "rung"}
    methods = {name for name, _ in inspect.getmembers(Network, inspect.isfunction) if not name.startswith("_")}
    assert methods == steps.ASKING | pure
