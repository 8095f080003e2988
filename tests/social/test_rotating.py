"""Keys of secrets are changed while channels are read: nothing fails, nothing is lost, and a run that was cut off is run again.

`ROTATION_SECRETS=10000` makes the first test as large as an installation (docs/operations.md has its figures).
"""

import ast
import base64
import os
import threading
import time
from io import StringIO
from pathlib import Path
from typing import Any, Self

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections

from accounts.models import User
from accounts.services import factors
from core import crypto
from core.clock import now
from core.tenancy import tenant
from social.models import Channel, Credential, NetworkApp
from social.networks import network_of
from social.networks.values import Tokens
from social.services import apps, credentials, rotating
from tests.accounts.factories import make_user, make_workspace

ROOT = Path(__file__).resolve().parents[2]
SIZE = int(os.environ.get("ROTATION_SECRETS", "600"))
WORKSPACES = 5
#: Who seals, and where it lies. What is kept for good belongs into `everything_sealed`; what a session keeps ends by itself.
SEALERS = {
    "accounts/services/factors.py": "mfa.Authenticator",
    "social/services/apps.py": "social.NetworkApp",
    "social/services/chat_widgets.py": "social.Credential",
    "social/services/choosing.py": "the session, for a quarter of an hour",
    "social/services/credentials.py": "social.Credential",
    "social/services/letters.py": "social.Credential",
    "social/services/rotating.py": "social.Credential",
}


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


@pytest.fixture
def ring(settings: Any) -> tuple[str, str]:
    """The older key, alone for now, and the newer one."""
    older, newer = key("older"), key("newer")
    settings.FIELD_KEYS = older
    return older, newer


def fill(number: int) -> dict[int, list[int]]:
    """So many secrets, two a channel, in a few workspaces: workspace → channels."""
    owner = make_user("owner@rotation.example")
    made: dict[int, list[int]] = {}
    for place in range(WORKSPACES):
        workspace = make_workspace(f"Rotation {place}", owner=owner).pk
        share = number // WORKSPACES // 2
        with tenant(workspace):
            channels = Channel.objects.bulk_create(
                Channel(network="x", external_id=str(n), name=f"C{n}", created_at=now(), state="paused") for n in range(share)
            )
            Credential.objects.bulk_create(
                Credential(
                    channel=channel,
                    field=field,
                    sealed=crypto.seal(
                        f"{field} of {channel.pk}", workspace_id=workspace, channel_id=channel.pk, field=field
                    ),
                    updated_at=now(),
                )
                for channel in channels
                for field in ("access_token", "refresh_token")
            )
        made[workspace] = [channel.pk for channel in channels]
    return made


class Readers:
    """Threads that open secrets, and one that stores new ones, until they are stopped."""

    def __init__(self, made: dict[int, list[int]]) -> None:
        self.places = [(workspace, channel) for workspace, channels in made.items() for channel in channels]
        self.stopped = threading.Event()
        self.opened = self.stored = 0
        self.failures: list[str] = []
        self.slowest = 0.0
        self.threads = [threading.Thread(target=self._read, args=(start,)) for start in range(3)]
        self.threads.append(threading.Thread(target=self._write))

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(30)

    def _read(self, start: int) -> None:
        place = start
        try:
            while not self.stopped.is_set():
                workspace, channel = self.places[place % len(self.places)]
                began = time.monotonic()
                access = credentials.open_access(workspace_id=workspace, channel_id=channel)
                self.slowest = max(self.slowest, time.monotonic() - began)
                if f" of {channel}" not in access.secrets["access_token"]:
                    self.failures.append(f"{channel}: {access.secrets['access_token']}")
                self.opened += 1
                place += 7
        except Exception as error:
            self.failures.append(repr(error))
        finally:
            connections.close_all()

    def _write(self) -> None:
        place = 0
        try:
            while not self.stopped.is_set():
                workspace, channel = self.places[place % len(self.places)]
                with tenant(workspace):
                    row = Channel.objects.get(pk=channel)
                    fresh = {"access_token": f"renewed access_token of {channel}", "refresh_token": f"renewed of {channel}"}
                    credentials.store_tokens(channel=row, tokens=Tokens(fresh))
                self.stored += 1
                place += 11
        except Exception as error:
            self.failures.append(repr(error))
        finally:
            connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_all_are_sealed_anew_while_they_are_read_and_written(ring: tuple[str, str], settings: Any) -> None:
    older, newer = ring
    made = fill(SIZE)
    settings.FIELD_KEYS = f"{newer},{older}"
    told: list[tuple[int, int]] = []
    began = time.monotonic()
    with Readers(made) as readers:
        found = rotating.rotate(progress=lambda done, wanted: told.append((done, wanted)))
        seconds = time.monotonic() - began
    print(
        f"\n{found.resealed} of {SIZE} sealed anew in {seconds:.1f} s; meanwhile {readers.opened} channels opened, the slowest in "
        f"{readers.slowest * 1000:.0f} ms, {readers.stored} stored; failures: {len(readers.failures)}"
    )
    assert readers.failures == []
    assert readers.opened > 0
    assert readers.stored > 0
    assert (found.busy, found.unreadable) == (0, [])
    assert told[0][1] >= told[-1][0] > 0
    assert rotating.aged() == []
    settings.FIELD_KEYS = newer
    for workspace, channels in made.items():
        for channel in channels[:3]:
            assert f" of {channel}" in credentials.open_access(workspace_id=workspace, channel_id=channel).secrets["access_token"]


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_cut_off_goes_on_where_it_was(ring: tuple[str, str], settings: Any) -> None:
    older, newer = ring
    fill(1000)
    settings.FIELD_KEYS = f"{newer},{older}"

    class CutOff(Exception):
        pass

    def once(done: int, wanted: int) -> None:
        raise CutOff

    with pytest.raises(CutOff):
        rotating.rotate(progress=once)
    left = len(rotating.aged())
    assert left == 1000 - rotating.BATCH
    assert rotating.rotate().resealed == left
    assert rotating.rotate().resealed == 0


@pytest.mark.django_db(transaction=True)
def test_a_row_somebody_holds_is_not_waited_for(ring: tuple[str, str], settings: Any) -> None:
    older, newer = ring
    made = fill(20)
    settings.FIELD_KEYS = f"{newer},{older}"
    workspace, channels = next(iter(made.items()))
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        with tenant(workspace):
            list(Credential.objects.select_for_update().filter(channel_id=channels[0]))
            holding.set()
            release.wait(30)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(30)
    found = rotating.rotate()
    release.set()
    thread.join(30)
    assert (found.resealed, found.busy) == (18, 2)
    assert rotating.rotate().resealed == 2


@pytest.mark.django_db(transaction=True)
def test_the_command_says_what_it_did(ring: tuple[str, str], settings: Any) -> None:
    older, newer = ring
    fill(20)
    settings.FIELD_KEYS = f"{newer},{older}"
    with pytest.raises(CommandError, match="20 secrets"):
        call_command("rotatekeys", check=True)
    said = StringIO()
    call_command("rotatekeys", stdout=said)
    assert "20 secrets sealed anew" in said.getvalue()
    assert "of 20" in said.getvalue()
    call_command("rotatekeys", check=True, stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_what_no_key_opens_is_named_and_stops_nothing(ring: tuple[str, str], settings: Any) -> None:
    older, newer = ring
    made = fill(20)
    workspace, channels = next(iter(made.items()))
    with tenant(workspace):
        Credential.objects.filter(channel_id=channels[0], field="access_token").update(sealed="lost.AAAA")
    settings.FIELD_KEYS = f"{newer},{older}"
    with pytest.raises(CommandError, match="1 secrets open with no key"):
        call_command("rotatekeys", stdout=StringIO())
    assert len(rotating.aged()) == 1


def test_a_new_key_is_one_the_ring_takes(settings: Any) -> None:
    said = StringIO()
    call_command("rotatekeys", new_key="k2", stdout=said)
    settings.FIELD_KEYS = said.getvalue().strip()
    crypto.check_keys()
    assert crypto.newest_key() == "k2"
    with pytest.raises(CommandError):
        call_command("rotatekeys", new_key="k.2", stdout=StringIO())


def everything_sealed() -> list[int]:
    """One of each thing that is kept sealed. Returns the workspaces."""
    made = fill(20)
    apps._keep(network_of("mastodon"), "toots.example", {"client_id": "one", "client_secret": "ours"}, None)
    person = User.objects.get(email="owner@rotation.example")
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(person)
    codes.instance.data["migrated_codes"] = [crypto.seal("brought", workspace_id=0, channel_id=0, field="mfa")]
    codes.instance.save()
    return list(made)


def sealed_with(name: str, workspaces: list[int]) -> set[str]:
    """Every table in which anything stands that this key sealed."""
    tables = connection.introspection.table_names()
    found = set()

    def look() -> None:
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"SELECT 1 FROM {table} t WHERE t::text ~ %s LIMIT 1", [rf"\y{name}\.[A-Za-z0-9+/]{{20,}}"])
                found.update([table] if cursor.fetchone() else [])

    look()
    for workspace in workspaces:
        with tenant(workspace):
            look()
    return found


@pytest.mark.django_db(transaction=True)
def test_nothing_that_is_kept_is_forgotten(ring: tuple[str, str], settings: Any) -> None:
    older, newer = ring
    workspaces = everything_sealed()
    kept = {"social_credential", "social_networkapp", "mfa_authenticator"}
    assert sealed_with("older", workspaces) == kept
    settings.FIELD_KEYS = f"{newer},{older}"
    with pytest.raises(CommandError, match="23 secrets"):
        call_command("rotatekeys", check=True)
    call_command("rotatekeys", stdout=StringIO())
    assert sealed_with("older", workspaces) == set()
    assert sealed_with("newer", workspaces) == kept
    settings.FIELD_KEYS = newer
    assert apps.kept_at(network_of("mastodon"), "toots.example")["client_secret"] == "ours"
    totp, codes = (Authenticator.objects.get(type=kind).wrap() for kind in ("totp", "recovery_codes"))
    assert totp.validate_code("000000") in (True, False)
    assert codes.get_unused_codes() == ["brought"]


@pytest.mark.django_db(transaction=True)
def test_an_app_or_a_factor_that_no_key_opens_is_named(ring: tuple[str, str], settings: Any) -> None:
    everything_sealed()
    settings.FIELD_KEYS = ring[1]
    assert [name.partition(" ")[0] for name in apps.rotate().unreadable] == ["social.NetworkApp"]
    assert [name.partition(" ")[0] for name in factors.rotate().unreadable] == ["mfa.Authenticator"] * 2
    assert NetworkApp.objects.get().sealed.startswith("older."), "left as it was"


def test_whoever_seals_is_known_to_the_rotation() -> None:
    """A new sealed field: name its place here, and put one of it into `everything_sealed`."""
    found = set()
    for room in ("core", "activity", "accounts", "notifications", "social", "crm", "inbox", "search", "demo", "config"):
        for file in (ROOT / room).rglob("*.py"):
            calls = [node.func for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
            # `crypto.seal(…)`, or `seal(…)` of somebody who imported it.
            if any(ast.unparse(func) in ("crypto.seal", "seal") for func in calls):
                found.add(str(file.relative_to(ROOT)))
    assert found == set(SEALERS)
