"""`test`: environment, throw-away servers, browser, then pytest. A running `up` of the same checkout is not touched."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from config.boot import browser, environment, faultmatrix, keyring, plan, ports, postgres, processes, valkey
from config.boot import soak as soaking
from config.boot.console import Console
from config.boot.layout import Layout
from config.boot.supervisor import Supervisor
from config.boot.trouble import Trouble, telling

#: Three workers fill two cores, since half of the tests wait for somebody; `-n` on the command line decides otherwise. A module's
#: tests stay together, as some make their ground for minutes, in the order of their folders (groups of pytest-xdist 3.8 do
#: nothing under pytest 9.2).
DEFAULTS = ["-n", "3", "--dist", "loadscope", "--no-loadscope-reorder"]
PREFIX = "rabta-test-"
#: What `mailproof` needs: program → Debian's package of it.
MAIL_PROGRAMS = {"postfix": "postfix", "dovecot": "dovecot-imapd"}
MAIL_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
MAIL_TESTS = ["-n", "0", "-q", "tests/mailproof"]


class _Stopped(Exception):
    """SIGINT or SIGTERM before pytest runs."""


def run(layout: Layout, arguments: list[str], console: Console) -> int:
    """Everything pytest needs, then pytest with `arguments`; its exit code is ours. Raises Trouble."""
    return _on_throw_away_servers(layout, console, lambda extra: _pytest(layout, arguments, extra), purpose="test")


def bench(layout: Layout, arguments: list[str], console: Console) -> int:
    """The benchmark with `arguments`, on servers that keep their promises to the disk; its exit code is ours."""
    from bench.arguments import checked  # here, as nothing else needs more than this folder to start

    arguments = checked(arguments)

    def measure(extra: dict[str, str]) -> int:
        argv = [str(layout.python), "manage.py", "bench", *arguments]
        return _followed(argv, layout, plan.process_environment(extra, _clean_environment()))

    return _on_throw_away_servers(layout, console, measure, purpose="run")


def fault_matrix(layout: Layout, arguments: list[str], console: Console) -> int:
    """The fault matrix with `arguments`, on servers of its own; its exit code is ours."""
    faultmatrix.parser().parse_args(arguments)

    def play(extra: dict[str, str]) -> int:
        argv = [str(layout.python), "-m", "tests.faults.matrix", *arguments]
        return _followed(argv, layout, plan.process_environment(extra, _clean_environment()))

    return _on_throw_away_servers(layout, console, play, purpose="test", with_browser=False)


def soak(layout: Layout, arguments: list[str], console: Console) -> int:
    """A day in simulated time with `arguments`, on servers of its own; its exit code is ours."""
    soaking.parser().parse_args(arguments)

    def live(extra: dict[str, str]) -> int:
        argv = [str(layout.python), "-m", "tests.soak.play", *arguments]
        return _followed(argv, layout, plan.process_environment(extra, _clean_environment()))

    return _on_throw_away_servers(layout, console, live, purpose="test", with_browser=False, as_superuser=True)


def mail_proof(layout: Layout, console: Console) -> int:
    """The proof of e-mail over servers that others wrote; its exit code is ours. Raises Trouble that says what is missing."""
    missing = [package for program, package in MAIL_PROGRAMS.items() if not shutil.which(program, path=MAIL_PATH)]
    if missing or os.geteuid() != 0:
        wanted = f"missing here: {', '.join(missing)} (Debian's packages)" if missing else "and root, as Postfix begins so"
        raise Trouble(f"The proof of mail needs Postfix and Dovecot; {wanted}. Nothing was proven.")
    return _on_throw_away_servers(
        layout, console, lambda extra: _pytest(layout, MAIL_TESTS, {**extra, "RABTA_MAILPROOF": "1"}), purpose="test"
    )


def _on_throw_away_servers(
    layout: Layout,
    console: Console,
    work: Callable[[dict[str, str]], int],
    *,
    purpose: str,
    with_browser: bool = True,
    as_superuser: bool = False,
) -> int:
    """Servers of our own for the time of `work`, which gets the environment that names them. Raises Trouble."""
    for_tests = purpose == "test"
    layout.prepare()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stopped)
    sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    keyring.write_private(folder / "owner.json", [os.getpid(), processes.start_mark(os.getpid())])
    supervisor = Supervisor(report=lambda line: None, changed=lambda children: None)
    try:
        with console.step("Python environment, with test tools" if for_tests else "Python environment") as step:
            environment.ensure(layout, purpose, tick=step.note)
        own: dict[str, str] = {}
        if for_tests and with_browser:
            with console.step("Browser") as step:
                own["RABTA_CHROMIUM"] = str(browser.ensure(layout, tick=step.note))
        with console.step("Throw-away servers") as step:
            extra = _servers(layout, folder, supervisor, durable=not for_tests, tick=step.tick)
        cluster = extra.pop("CLUSTER_URL")
        return work(extra | own | ({"CLUSTER_URL": cluster} if as_superuser else {}))
    except _Stopped:
        return 130
    finally:
        # SIGKILL: what they hold is thrown away in the next line
        for child in supervisor.children:
            if child.process is not None:
                child.process.kill()
                child.process.wait()
                processes.kill_group(child.process.pid)
        shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Path) -> list[Path]:
    """Remove what test runs that were killed left in `folder`; their servers died with them. Returns what went."""
    removed = []
    for left in folder.glob(f"{PREFIX}*"):
        try:
            pid, mark = json.loads((left / "owner.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # another user's, or one that is just being made
        if not processes.is_alive(pid, mark):
            shutil.rmtree(left, ignore_errors=True)
            removed.append(left)
    return removed


def _servers(
    layout: Layout, folder: Path, supervisor: Supervisor, *, tick: Callable[[], None], durable: bool = False
) -> dict[str, str]:
    """Postgres and Valkey, durable only for measuring, both roles, and the environment that names them."""
    keys = keyring.Keyring.random()
    packages = environment.site_packages(layout)
    home = folder / "reachable"
    binaries = postgres.find(packages, fallback_home=home)
    if binaries.identity.startswith("dropped"):
        folder.chmod(0o711)
    data = postgres.data_folder(binaries, folder / "postgres", fallback_home=home)
    postgres.init(binaries, data, password=keys.cluster_password, durable=durable, log=folder / "postgres.log")
    database = supervisor.start_on_a_free_port(
        lambda port: postgres.service(binaries, data, port=port, durable=durable, log=folder / "postgres.log"),
        choose=ports.any_free,
        tick=tick,
    )
    program = valkey.find(packages)
    broker = supervisor.start_on_a_free_port(
        lambda port: valkey.service(
            program,
            folder / "valkey",
            port=port,
            password=keys.valkey_password,
            durable=durable,
            log=folder / "valkey.log",
        ),
        choose=ports.any_free,
        tick=tick,
    )
    extra = {
        "CLUSTER_URL": postgres.url(postgres.SUPERUSER, keys.cluster_password, database, "postgres"),
        "DATABASE_URL": postgres.url("rabta_app", keys.app_password, database),
        "DATABASE_OWNER_URL": postgres.url("rabta_owner", keys.owner_password, database),
        "REDIS_URL": valkey.url(keys.valkey_password, broker),
        "SECRET_KEY": keys.secret_key,
        "FIELD_KEYS": keys.field_keys,
        "RABTA_TEST": "1",
        "RABTA_STATE_DIR": str(folder / "state"),
    }
    (folder / "state" / "static").mkdir(parents=True)
    roles = [str(layout.python), "-P", str(Path(__file__).with_name("roles.py")), "--template"]
    made = subprocess.run(
        roles, env=plan.process_environment(extra, _clean_environment()),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        raise Trouble(
            "The roles for the tests could not be made: see the lines above.", tail=telling(made.stderr.splitlines())[-8:]
        )
    return extra


def _clean_environment() -> dict[str, str]:
    """The person's environment without what would make a test depend on this machine's installation of Rabta."""
    ours = ("RABTA_", "PRACTICE_", "X_API_", "X_CLIENT_", "DJANGO_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _pytest(layout: Layout, arguments: list[str], extra: dict[str, str]) -> int:
    """Pytest on our terminal, so that its closing line is the last one."""
    chosen = any(word == "-n" or word.startswith(("-n", "--numprocesses", "--dist")) for word in arguments)
    argv = [str(layout.python), "-m", "pytest", *([] if chosen else DEFAULTS), *arguments]
    return _followed(argv, layout, plan.process_environment(extra, _clean_environment()))


def _followed(argv: list[str], layout: Layout, env: dict[str, str]) -> int:
    """Run something on our terminal to its end; a signal to us is passed on to it. Its exit code is ours."""
    began = time.monotonic()
    process = subprocess.Popen(processes.leashed(argv), cwd=layout.root, env=env)
    while True:
        try:
            code = process.wait()
            break
        except _Stopped:
            # The terminal has sent Ctrl-C to pytest as well; a SIGTERM came to us alone. Either way it may clean up.
            process.terminate()
            _await_or_kill(process, seconds=20)
    if code < 0:
        sys.stderr.write(f"It was ended by {signal.Signals(-code).name} after {time.monotonic() - began:.0f} s\n")
        return 128 - code
    return code


def _await_or_kill(process: "subprocess.Popen[bytes]", *, seconds: float) -> None:
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Stopped
