"""The local environment `.venv`: made when missing, filled from the hashed lock, left alone when nothing changed."""

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from config.boot.layout import ROOM_FOR_EVERYTHING, Layout
from config.boot.trouble import Trouble, last_lines

#: Which lock files a purpose needs; the development lock contains the other.
LOCKS = {"run": "requirements.txt", "test": "requirements-dev.txt"}
INSTALLER = "config/boot/installer.txt"
Tick = Callable[[str], None]


def wanted_stamp(layout: Layout, purpose: str) -> str:
    """What an environment filled for `purpose` (`run` or `test`) is marked with. Raises Trouble for a missing lock."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for name in (INSTALLER, LOCKS[purpose]):
        file = layout.root / name
        if not file.is_file():
            raise Trouble(f"{name} is missing: bring it back with `git checkout {name}`, then run this again.")
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_ready(layout: Layout, purpose: str) -> bool:
    """Whether `.venv` holds what the lock asks for, by its stamp alone (milliseconds)."""
    return layout.python.exists() and _stamps(layout).get(purpose) == wanted_stamp(layout, purpose)


def ensure(layout: Layout, purpose: str, *, tick: Tick) -> None:
    """Bring `.venv` up to the lock for `purpose`. `tick` is called a few times a second with what is being done.

    Safe beside another run of itself, and after one that was killed half-way. Raises Trouble.
    """
    if is_ready(layout, purpose):
        return
    stamp = wanted_stamp(layout, purpose)
    if not os.access(layout.root, os.W_OK | os.X_OK):
        raise Trouble(f"Cannot write to {layout.root}: run this as the owner of the checkout, or make a copy you own.")
    with _alone(layout, tick):
        if is_ready(layout, purpose):
            return
        if not layout.python.exists():
            layout.require_room(layout.root, ROOM_FOR_EVERYTHING)
        log = layout.log("install")
        log.write_bytes(b"")
        _make(layout, log, tick)
        _fill(layout, layout.root / LOCKS[purpose], log, tick)
        stamps = _stamps(layout) | {purpose: stamp}
        if purpose == "test":
            stamps["run"] = wanted_stamp(layout, "run")
        _stamp_file(layout).write_text(json.dumps(stamps), encoding="utf-8")


def _stamp_file(layout: Layout) -> Path:
    return layout.venv / "rabta-lock.json"


def _stamps(layout: Layout) -> dict[str, str]:
    try:
        stamps = json.loads(_stamp_file(layout).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return stamps if isinstance(stamps, dict) else {}


@contextmanager
def _alone(layout: Layout, tick: Tick) -> Iterator[None]:
    """Hold the checkout's install lock; it falls with the process that holds it."""
    descriptor = os.open(layout.root, os.O_RDONLY)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                tick("another run is installing, waiting for it")
                time.sleep(0.2)
        yield
    finally:
        os.close(descriptor)


def _make(layout: Layout, log: Path, tick: Tick) -> None:
    """A working `.venv` with pip, of this Python's version."""
    python = str(layout.python)
    same = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]!r})"
    usable = layout.python.exists() and _run([python, "-c", same], log, tick, "checking .venv") == 0
    if usable and _run([python, "-c", "import pip"], log, tick, "checking .venv") == 0:
        return
    if importlib.util.find_spec("ensurepip") is None:
        short = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        raise Trouble(
            f"Python's venv module is incomplete: install it (Debian: apt install python3-venv or {short}-venv), "
            "then run this again."
        )
    # Made by the real interpreter, so that it does not depend on another environment that runs us.
    base = getattr(sys, "_base_executable", None) or sys.executable
    argv = [python, "-m", "ensurepip"] if usable else [base, "-m", "venv", "--clear", str(layout.venv)]
    if _run(argv, log, tick, "making .venv") != 0:
        raise _diagnosed(log, f"Python could not make {layout.venv}")


def _fill(layout: Layout, lock: Path, log: Path, tick: Tick) -> None:
    """Install the lock with uv, which takes seconds; with pip where uv has no build or cannot do it."""
    python = str(layout.python)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "--retries", "2"]
    uv = layout.venv / "bin" / "uv"
    installer = str(layout.root / INSTALLER)
    environ = {**os.environ, **_registry_settings(python)}
    done = _run([*pip, "install", "--require-hashes", "-r", installer], log, tick, "fetching the installer")
    if done == 0 and uv.exists():
        # hardlinks from the cache where possible; copies would only warn about another file system
        argv = [str(uv), "pip", "install", "--python", python, "--require-hashes", "-r", str(lock)]
        if _run(argv, log, tick, f"installing {lock.name}", env={**environ, "UV_NO_PROGRESS": "1"}) == 0:
            return
    elif _is_unreachable(log):
        raise _diagnosed(log, "The packages could not be installed")
    argv = [*pip, "install", "--require-hashes", "-r", str(lock)]
    if _run(argv, log, tick, f"installing {lock.name} with pip") != 0:
        raise _diagnosed(log, "The packages could not be installed")


def _registry_settings(python: str) -> dict[str, str]:
    """Where pip was told to look, in the words of uv, which does not read pip's configuration."""
    shown = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    said: dict[str, str] = {}
    for line in shown.splitlines():
        key, _, value = line.partition("=")
        said[key.rpartition(".")[2]] = value.strip("'\"").replace("\\n", " ")
    if "extra-index-url" in said:
        # pip takes the best of all indexes; with every hash pinned that is as safe as one
        said["strategy"] = "unsafe-best-match"
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "strategy": "UV_INDEX_STRATEGY",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
    }
    return {uv: said[pip] for pip, uv in names.items() if said.get(pip) and uv not in os.environ}


def _run(argv: list[str], log: Path, tick: Tick, doing: str, *, env: dict[str, str] | None = None) -> int:
    """Run one installer command with its output in `log`; keeps ticking, and ends it when we are interrupted."""
    with log.open("ab") as output:
        output.write(f"$ {' '.join(argv)}\n".encode())
        output.flush()
        process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            while process.poll() is None:
                tick(doing)
                time.sleep(0.1)
        except BaseException:
            process.kill()
            process.wait()
            raise
    return process.returncode


_UNREACHABLE = re.compile(
    r"Failed to fetch|error sending request|NewConnectionError|Failed to establish|Name or service not known"
    r"|Temporary failure in name resolution|dns error|ReadTimeout|ConnectTimeout|Connection refused|ProxyError"
    r"|No matching distribution found for uv|Network is unreachable",
    re.IGNORECASE,
)
_DAMAGED = re.compile(
    r"hash mismatch|do not match the hashes|Hashes? (?:are|is) required|In --require-hashes mode"
    r"|Couldn't parse requirement|Invalid requirement|Unexpected '"
    r"|Expected (?:one of|package)|Unsupported hash|invalid hash",
    re.IGNORECASE,
)


def _is_unreachable(log: Path) -> bool:
    return bool(_UNREACHABLE.search(log.read_text(encoding="utf-8", errors="replace")))


def _diagnosed(log: Path, what: str) -> Trouble:
    """The one line for a failed installation, from what the installer said."""
    said = log.read_text(encoding="utf-8", errors="replace")
    if "No space left on device" in said:
        return Trouble("The disk is full: free about 1 GB, then run this again.")
    if _DAMAGED.search(said):
        return Trouble(
            "The lock file does not match the packages: bring it back with `git checkout requirements.txt "
            f"requirements-dev.txt {INSTALLER}`, then run this again (details: {log})."
        )
    if _UNREACHABLE.search(said):
        return Trouble(
            "The Python package registry cannot be reached: check the network or pip's settings (PIP_INDEX_URL, "
            f"HTTPS_PROXY), then run this again (details: {log})."
        )
    return Trouble(f"{what}: see {log}, or remove .venv and run this again.", tail=last_lines(log, 5))


def site_packages(layout: Layout) -> Path:
    """Where the environment's packages lie. Raises Trouble for an environment that is none."""
    found = sorted((layout.venv / "lib").glob("python3.*/site-packages"))
    if not found:
        raise Trouble(f"{layout.venv} is damaged: remove it and run this again.")
    return found[-1]


def on_path(name: str, *folders: Path) -> Path | None:
    """The program `name` in one of `folders` or on PATH."""
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    return Path(found) if found else None
