"""Where things lie: the checkout, the local environment and the state folder with everything `up` keeps."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from config.boot.trouble import Trouble

#: Bytes: 255 MB of packages, about as much again while they are unpacked, a fresh cluster, demo data and its log.
ROOM_FOR_EVERYTHING = 1_000_000_000
#: Bytes below which Postgres and Valkey soon stop writing.
ROOM_TO_RUN = 200_000_000


@dataclass(frozen=True)
class Layout:
    """Paths of one checkout. Nothing here touches the disk until `prepare` is called."""

    root: Path
    state: Path

    @classmethod
    def of_checkout(cls, environ: dict[str, str] | None = None) -> "Layout":
        """The layout of the checkout this file lies in; RABTA_STATE_DIR moves the state elsewhere."""
        environ = dict(os.environ) if environ is None else environ
        root = Path(__file__).resolve().parents[2]
        state = environ.get("RABTA_STATE_DIR")
        return cls(root=root, state=Path(state).expanduser().resolve() if state else root / ".rabta")

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def run_file(self) -> Path:
        return self.state / "run.json"

    @property
    def lock_file(self) -> Path:
        return self.state / "up.lock"

    @property
    def secrets_file(self) -> Path:
        return self.state / "secrets.json"

    @property
    def environment_file(self) -> Path:
        return self.state / "environment.json"

    @property
    def demo_logins(self) -> Path:
        return self.state / "demo-logins.json"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        """Make the state folder, readable by its owner alone, and check that there is room. Raises Trouble."""
        for folder in (self.state, self.logs):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except FileExistsError:
                raise Trouble(f"{folder} is a file where a folder is needed: move it away, then run this again.") from None
        if not os.access(self.state, os.W_OK | os.X_OK):
            raise Trouble(f"Cannot write to {self.state}: run this as its owner, or point RABTA_STATE_DIR at a folder you own.")
        self.state.chmod(0o700)
        self.require_room(self.state, ROOM_TO_RUN)

    @staticmethod
    def require_room(folder: Path, needed: int) -> None:
        """Raise Trouble when fewer than `needed` bytes are free where `folder` is."""
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise Trouble(
                f"Only {free // 1_000_000} MB are free at {folder} and Rabta needs {needed // 1_000_000} MB: "
                "free some, or move the checkout (RABTA_STATE_DIR moves its data)."
            )
