"""Each guard removed, one at a time: the test that watches it goes red. A check that cannot fail is worth nothing.

docs/guards.md lists them for people; a test here compares the two. What is removed is put back at once."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import environ
import psycopg2
import pytest
import requests
from django.core import checks as django_checks
from django.db import DatabaseError, connection
from urllib3.connection import HTTPSConnection

import accounts.access
import accounts.api_auth
import accounts.middleware
import accounts.services.invitations
import core.checks
import core.crypto
import core.http
import core.tenancy
import inbox.consumers
import inbox.services.triage
from accounts.selectors import place_of, places_of
from core.errors import Forbidden
from core.tenancy import TenantQuerySet, tenant
from tests.accounts import test_api_tokens, test_invitations
from tests.core import test_outbound, test_pinned
from tests.tenancy import (
    chat_guards,
    deed_guards,
    hook_guards,
    media_guards,
    notification_guards,
    other_guards,
    test_database,
    test_sockets,
    test_walk,
    together_guards,
)
from tests.tenancy.operations import OPERATIONS
from tests.tenancy.wall_guards import WALLS
from tests.tenancy.world import World, undone

ROOT = Path(__file__).resolve().parents[2]
Remove = Callable[[pytest.MonkeyPatch, World], None]


@dataclass(frozen=True)
class Guard:
    """One guard of the code: how it is removed, and the test that must notice."""

    name: str
    remove: Remove
    watch: Callable[[World], None]


def goes_red(watch: Callable[[World], None], world: World) -> bool:
    """Whether a test fails; any other error of it is an error here too."""
    try:
        watch(world)
    except (AssertionError, pytest.fail.Exception):
        return True
    return False


# --- guards of the code ---------------------------------------------------------------------------------------------------


def _anybody_is_a_member(patch: pytest.MonkeyPatch, world: World) -> None:
    everywhere = places_of(world.cast.user("owner"))
    patch.setattr(accounts.middleware, "places_of", lambda user: everywhere)


def _a_token_opens_everything(patch: pytest.MonkeyPatch, world: World) -> None:
    place = place_of(world.cast.user("owner"), "meridian")
    patch.setattr(accounts.middleware, "place_by_token", lambda token: (place, None))


def _no_scope(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(core.tenancy.TenantManager, "get_queryset", lambda self: TenantQuerySet(self.model, using=self._db))


def _no_stamp(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(core.tenancy, "_stamp", lambda row: None)


def _pages_ask_no_role(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(accounts.access, "require", lambda member, permission: None)


def _programs_are_asked_no_role(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(accounts.api_auth.MemberMay, "has_permission", lambda self, request, view: True)


def _services_ask_no_role(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.triage, "require", lambda member, permission: None)


def _anybody_reaches_anything(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(accounts.services.invitations, "reaches", lambda role, other: True)


def _no_csrf(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(accounts.api_auth.MiddlewareSessionAuthentication, "enforce_csrf", lambda self, request: None)


def _start_up_asks_nothing(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(django_checks.registry.registry, "registered_checks", set())


def _secrets_open_anywhere(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(core.crypto, "_bound", lambda workspace_id, channel_id, field: b"")


def _calls_in_transactions(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(core.http, "refuse_inside_transaction", lambda: None)


def _private_addresses(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(core.http, "refuse_private", lambda host, port: (host,))


def _any_address_of_a_name(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(core.http._PinnedPool, "ConnectionCls", HTTPSConnection)


# --- the tests that watch them --------------------------------------------------------------------------------------------


def walk_a_little(world: World) -> None:
    """The walk over a few addresses of each kind."""
    few = {"people", "inbox", "api_me", "api_conversations", "api_conversation"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(test_walk, "OPERATIONS", tuple(o for o in OPERATIONS if o.name in few and o.method == "GET"))
        test_walk.test_the_owner_succeeds_then_nobody_else_gets_anything(world)


def roles_of(*names: str) -> Callable[[World], None]:
    """The table of roles, for a viewer and these addresses."""

    def watch(world: World) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(test_walk, "OPERATIONS", tuple(o for o in OPERATIONS if o.name in names))
            test_walk.test_each_role_does_what_the_table_says(world, test_walk.Role.VIEWER)

    return watch


def managers(world: World) -> None:
    test_database.test_no_method_of_a_manager_runs_without_a_workspace(type(world.desk.contact), None)


def foreign_writes(world: World) -> None:
    try:
        test_database.test_wrong_workspace_writes_are_refused_by_name(world)
    except DatabaseError as error:
        raise AssertionError("only the database refused it") from error


def services_refuse_viewers(world: World) -> None:
    """The second look at a role, behind the doors: a service asks by itself."""
    viewer = world.cast.member("viewer")
    with tenant(world.cast.meridian.pk), pytest.raises(Forbidden):
        inbox.services.triage.set_status(member=viewer, conversation_id=world.desk.conversation.pk, status="resolved")


def nobody_invites_above(world: World) -> None:
    test_invitations.test_nobody_invites_above_himself(world.cast, "admin", "owner", False)


def csrf_is_asked(world: World) -> None:
    test_api_tokens.test_a_session_must_show_its_csrf_token_to_write(world.cast)


def a_superuser_is_refused(world: World) -> None:
    """Start-up itself, with the facts of the cluster's superuser: it must not come up."""
    with pytest.MonkeyPatch.context() as patch:
        facts = core.checks.ROLE_FACTS.replace("current_user", "(SELECT rolname FROM pg_roles WHERE oid = 10)")
        patch.setattr(core.checks, "ROLE_FACTS", facts)
        found = django_checks.run_checks(databases=["default"])
    assert "rabta.E001" in {error.id for error in found}


def secrets_are_bound(world: World) -> None:
    sealed = core.crypto.seal("token", workspace_id=world.cast.meridian.pk, channel_id=1, field="access_token")
    for facts in ((world.cast.outside.pk, 1, "access_token"), (world.cast.meridian.pk, 2, "access_token")):
        with pytest.raises(core.crypto.Unreadable):
            core.crypto.unseal(sealed, workspace_id=facts[0], channel_id=facts[1], field=facts[2])


def calls_stay_outside(world: World) -> None:
    with test_outbound.listening() as server:
        test_outbound.test_no_call_inside_a_transaction(server)


def private_is_refused(world: World) -> None:
    try:
        test_outbound.test_private_addresses_are_not_called("https://127.0.0.1/")
    except requests.exceptions.ConnectionError as called:
        raise AssertionError("it was called") from called


def names_are_resolved_once(world: World) -> None:
    with tempfile.TemporaryDirectory() as folder:
        test_pinned.test_a_name_that_turns_private_after_the_look_gets_nobody(Path(folder))


GUARDS = (
    Guard("membership of a page's person", _anybody_is_a_member, walk_a_little),
    Guard("workspace of an API token", _a_token_opens_everything, walk_a_little),
    Guard("scoped manager", _no_scope, managers),
    Guard("workspace stamp on writes", _no_stamp, foreign_writes),
    Guard("role asked by pages", _pages_ask_no_role, roles_of("channel_pause", "aside_discard")),
    Guard("role asked by the API", _programs_are_asked_no_role, roles_of("api_channel_pause", "api_set_aside")),
    Guard("role asked by services", _services_ask_no_role, services_refuse_viewers),
    Guard("nobody grants above himself", _anybody_reaches_anything, nobody_invites_above),
    Guard("CSRF for sessions on the API", _no_csrf, csrf_is_asked),
    Guard("start-up check of the role", _start_up_asks_nothing, a_superuser_is_refused),
    Guard("secrets bound to their place", _secrets_open_anywhere, secrets_are_bound),
    Guard("no call inside a transaction", _calls_in_transactions, calls_stay_outside),
    Guard("no private address", _private_addresses, private_is_refused),
    Guard("the address that was looked at", _any_address_of_a_name, names_are_resolved_once),
    Guard("signature of a webhook", hook_guards.nothing_is_compared, hook_guards.webhooks_are_proven),
    *(Guard(*row) for row in hook_guards.GUARDS),
    Guard("origin of a chat widget's page", chat_guards.every_page_shows_it, chat_guards.other_sites_are_refused),
    Guard("signature of a signed-in visitor", chat_guards.signatures_prove_anything, chat_guards.forged_identities_are_refused),
    Guard("whose a visitor's file is", chat_guards.anybodys_files_are_taken, chat_guards.files_are_their_visitors),
    Guard("pace of a chat's visitor", chat_guards.nobody_is_counted, chat_guards.fast_visitors_wait),
    Guard("right to change customers' words", deed_guards.everybody_moderates, deed_guards.agents_hide_nothing),
    Guard("what a network does not offer", deed_guards.everything_is_offered, deed_guards.customers_words_are_not_deleted),
    Guard("no file of a stranger's", media_guards.files_are_taken, media_guards.files_are_refused),
    *(Guard(*row) for row in other_guards.GUARDS),
    *(Guard(*row) for row in notification_guards.GUARDS),
)


@pytest.mark.django_db
def test_a_guard_of_the_code_removed_is_noticed(connected_world: World) -> None:
    connected_world.browser("viewer")
    for guard in GUARDS:
        with undone():
            assert not goes_red(guard.watch, connected_world), f"{guard.name}: red with the guard in place"
        with undone(), pytest.MonkeyPatch.context() as patch:
            guard.remove(patch, connected_world)
            assert goes_red(guard.watch, connected_world), f"{guard.name}: nobody notices that it is gone"


# --- sockets --------------------------------------------------------------------------------------------------------------


def _sockets_take_anybody(patch: pytest.MonkeyPatch, world: World) -> None:
    place = place_of(world.cast.user("owner"), "meridian")
    patch.setattr(inbox.consumers, "place_of", lambda user, slug: place)


def _sockets_stay_forever(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.consumers, "may_stay", lambda **facts: True)
    patch.setattr(test_sockets, "PATIENCE_SECONDS", 2)


SOCKET_GUARDS = (
    Guard("membership at a socket's door", _sockets_take_anybody, test_sockets.test_nobody_else_is_let_in),
    Guard("origin of a visitor's socket", chat_guards.every_page_shows_it, chat_guards.other_sites_sockets_are_refused),
    Guard("membership of an open socket", _sockets_stay_forever, test_sockets.test_whoever_is_deactivated_is_out_at_once),
    *(Guard(*row) for row in together_guards.SOCKETS),
)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guard", SOCKET_GUARDS, ids=lambda guard: guard.name)
def test_a_guard_of_sockets_removed_is_noticed(world_committed: World, guard: Guard) -> None:
    with pytest.MonkeyPatch.context() as patch:
        guard.remove(patch, world_committed)
        assert goes_red(guard.watch, world_committed), f"{guard.name}: nobody notices that it is gone"


# --- guards of the database -----------------------------------------------------------------------------------------------


@pytest.fixture
def owner_sql() -> Iterator[Callable[[str], None]]:
    """SQL as the owner of the tables, committed at once."""
    settings = connection.settings_dict
    owner = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
    where = {"host": settings["HOST"], "port": settings["PORT"] or 5432, "dbname": settings["NAME"]}
    raw = psycopg2.connect(**where, user=owner["USER"], password=owner["PASSWORD"])
    raw.autocommit = True

    def run(sql: str) -> None:
        with raw.cursor() as cursor:
            cursor.execute("SET lock_timeout = '10s'")
            cursor.execute(sql)

    yield run
    raw.close()


@pytest.mark.django_db(transaction=True)
def test_a_guard_of_the_database_removed_is_noticed(world_committed: World, owner_sql: Callable[[str], None]) -> None:
    world = world_committed
    for desk in (world.desk, world.own):
        test_database.fill_by_hand(desk.workspace.pk, desk.channel.pk)
    for wall in WALLS:
        assert not goes_red(wall.watch, world), f"{wall.name}: red with the guard in place"
        owner_sql(wall.remove)
        try:
            assert goes_red(wall.watch, world), f"{wall.name}: nobody notices that it is gone"
        finally:
            owner_sql(wall.restore)


def test_the_list_for_people_is_this_one() -> None:
    listed = re.findall(r"^\| ([^|`]+?) \|", (ROOT / "docs/guards.md").read_text("utf-8"), re.MULTILINE)
    assert set(listed) - {"guard", "---"} == {guard.name for guard in (*GUARDS, *SOCKET_GUARDS, *WALLS)}
