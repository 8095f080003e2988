"""A listener: one process that holds many channels' connections, each in a thread that touches no database.

The main thread alone speaks with Postgres: it takes what nobody listens to, keeps its lease, rings for those who heard something,
and gives up what is silent, lost or no longer wanted. Threads only read their sockets and say so.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from social.networks import network_of
from social.networks.base import Network
from social.networks.errors import NetworkError, TryLater
from social.networks.receiver import HungUp, Receiver
from social.networks.values import Access
from social.services import credentials, ears
from social.services.leases import call_seconds

log = structlog.get_logger("rabta.listening")

#: The main thread looks around so often, and asks the database what it should hold.
TICK_SECONDS = 0.25
BEAT_SECONDS = 2.0
#: However much a network says, one poll in so many seconds.
BELL_SECONDS = 1.0
#: An ear that was open so long did not fail: it is opened again at once.
LASTING_SECONDS = 60.0
#: So many are taken at one beat: several listeners share them.
CLAIMS = 20
#: Threads need little: no network file calls deeply.
STACK_BYTES = 512 * 1024
TROUBLE_SECONDS = 15.0


@dataclass(eq=False)
class Ear:
    """One connection. What its thread writes: `is_open`, `rang`, `heard`, `is_over`, `error`."""

    key: ears.Key
    network: Network
    receiver: Receiver = field(default_factory=Receiver)
    heard: float = field(default_factory=time.monotonic)
    is_open: bool = False
    rang: bool = False
    is_over: bool = False
    error: NetworkError | None = None
    #: Since when the table knows that it is open, and when it last rang.
    told: float | None = None
    rung: float = 0.0

    @property
    def place(self) -> tuple[int, int]:
        return self.key["w"], self.key["c"]

    def patience(self) -> float:
        """Seconds without a sign of life after which it is given up."""
        return self.network.silence_seconds if self.is_open else 2 * call_seconds(self.network)

    def attend(self, access: Access, awake: threading.Event) -> None:
        """Listen until it is over. Runs in a thread of its own."""
        try:
            for rang in self.network.listen(access, self.receiver):
                self.heard = time.monotonic()
                if (rang and not self.rang) or not self.is_open:
                    self.rang = self.is_open = True
                    awake.set()
        except HungUp:
            self.error = None
        except NetworkError as error:
            self.error = error
        except Exception as error:
            if not self.receiver.is_over:
                log.exception("listening_failed", channel=self.key["c"])
            reason = _("Rabta stumbled over an answer of the network ({error}). It tries again by itself.")
            self.error = TryLater(reason.format(error=type(error).__name__), seconds=TROUBLE_SECONDS, code="internal")
        finally:
            self.is_over = True
            awake.set()


class Listener:
    """The process. `most` is how many connections it holds at most; `beat_file` is touched at each beat."""

    def __init__(self, most: int, *, beat_file: Path | None = None) -> None:
        self.most = most
        self.beat_file = beat_file
        self.held: dict[tuple[int, int], Ear] = {}
        self._number = 0
        self._awake = threading.Event()
        self._next_beat = 0.0

    def run(self, stopping: threading.Event) -> None:
        """Listen until told to stop; then leave what is held to others. A database that is away for a while is waited for."""
        threading.stack_size(STACK_BYTES)
        while not stopping.is_set():
            try:
                self.turn()
            except DatabaseError as error:
                log.warning("listener_without_database", error=" ".join(str(error).split())[:200])
                connection.close()
                stopping.wait(1.0)
        self.stop()

    def stop(self) -> None:
        """Put everything down."""
        try:
            for ear in list(self.held.values()):
                self._put_down(ear, None)
            ears.leave(self._number)
        except DatabaseError as error:
            log.warning("listener_left_late", error=" ".join(str(error).split())[:200])
        for ear in self.held.values():
            ear.receiver.hang_up()

    def turn(self) -> None:
        """One look around: at once when a thread says something, else after a tick. Raises DatabaseError."""
        self._awake.wait(TICK_SECONDS)
        self._awake.clear()
        for ear in list(self.held.values()):
            self._tend(ear)
        if time.monotonic() >= self._next_beat:
            self._beat()
            self._next_beat = time.monotonic() + BEAT_SECONDS
            if self.beat_file is not None:
                self.beat_file.touch()

    # --- one ear ------------------------------------------------------------------------------------------------------
    def _tend(self, ear: Ear) -> None:
        moment = time.monotonic()
        if ear.is_over:
            self._put_down(ear, ear.error)
        elif ear.is_open and ear.told is None:
            # What rang before is read by the same poll.
            ear.rang = False
            self._tell(ear, ears.opened)
            ear.told = moment
        elif ear.rang and moment - ear.rung >= BELL_SECONDS:
            ear.rang = False
            self._tell(ear, ears.rang)
        elif moment - ear.heard > ear.patience():
            reason = _("{network} was silent for too long.").format(network=ear.network.label)
            self._put_down(ear, TryLater(reason, seconds=0.0, code="silent"))

    def _tell(self, ear: Ear, what: ears.Telling) -> None:
        ear.rung = time.monotonic()
        try:
            still_ours = what(ear.key)
        except DatabaseError:
            ear.rang = True
            raise
        if not still_ours:
            self._drop(ear)

    def _put_down(self, ear: Ear, error: NetworkError | None, *, blameless: bool = False) -> None:
        """End it, and say why. Says nothing where it is no longer ours."""
        lasted = blameless or error is None or (ear.told is not None and time.monotonic() - ear.told >= LASTING_SECONDS)
        ears.closed(ear.key, error, was_open=ear.told is not None, lasted=lasted)
        self._drop(ear)

    def _drop(self, ear: Ear) -> None:
        """End it and say nothing: it is no longer ours. A thread that cannot be woken ends by itself, at its next time-out."""
        ear.receiver.hang_up()
        if self.held.get(ear.place) is ear:
            del self.held[ear.place]

    # --- all of them --------------------------------------------------------------------------------------------------
    def _beat(self) -> None:
        """Keep the lease; drop what is no longer ours or wanted; take what waits."""
        if not self._number or not ears.beat(self._number):
            for ear in list(self.held.values()):
                self._drop(ear)
            self._number = ears.sign_in()
        ours = ears.held(self._number)
        for ear in list(self.held.values()):
            # Paused, disconnected, connected anew, or taken.
            if ours.get(ear.place) != ear.key["fence"]:
                self._put_down(ear, None)
        free = self.most - len(self.held)
        for place in ears.waiting(limit=min(max(free, 1), CLAIMS)):
            if len(self.held) < self.most or self._make_room(place[0]):
                self._take(place)

    def _make_room(self, workspace_id: int) -> bool:
        """Whether a workspace that has clearly more here gives one up for this one. Another one of it will have its turn later."""
        counts = Counter(workspace for workspace, _channel in self.held)
        richest, most = counts.most_common(1)[0]
        if most < counts[workspace_id] + 2:
            return False
        ear = next(ear for place, ear in self.held.items() if place[0] == richest)
        self._put_down(ear, TryLater(_("Others have their turn."), seconds=BEAT_SECONDS, code="turn"), blameless=True)
        return True

    def _take(self, place: tuple[int, int]) -> None:
        workspace_id, channel_id = place
        found = ears.claim(self._number, workspace_id=workspace_id, channel_id=channel_id)
        if found is None:
            return
        key = {"w": workspace_id, "c": channel_id, "listener": self._number, "fence": found[0]}
        ear = self.held[place] = Ear(key, network_of(found[1]))
        try:
            access = credentials.open_access(workspace_id=workspace_id, channel_id=channel_id)
        except NetworkError as error:
            self._put_down(ear, error)
            return
        name = f"ear-{workspace_id}-{channel_id}"
        threading.Thread(target=ear.attend, args=(access, self._awake), name=name, daemon=True).start()


def listener(*, beat_file: Path | None = None) -> Listener:
    """As this installation wants it."""
    return Listener(settings.LISTENER_CONNECTIONS, beat_file=beat_file)
