"""`up`: everything from nothing to the first page, then keep it running until told to stop."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from config.boot import environment, keyring, plan, ports, postgres, processes, runstate, services, valkey
from config.boot.console import Console, Step
from config.boot.layout import Layout
from config.boot.supervisor import Child, Supervisor
from config.boot.trouble import Trouble, telling

#: Reverse of the order in which each needs the next: nobody loses a server that it still talks to.
STOP_ORDER = [["web", "worker", "scheduler"], ["practice"], ["valkey"], ["postgres"]]


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    port: int | None = None
    demo: bool = False
    no_demo: bool = False


class Stopped(Exception):
    """Raised in the main thread by SIGINT or SIGTERM while something is waited for."""


class Instance:
    """One run of `up`, from the lock to the last line."""

    def __init__(self, layout: Layout, options: Options, console: Console) -> None:
        self.layout = layout
        self.options = options
        self.console = console
        self.supervisor = Supervisor(report=self._report, changed=self._record)
        self.state = runstate.RunState(pid=os.getpid(), mark=processes.start_mark(os.getpid()) or "")
        self._step: Step | None = None
        self._stopping = False

    # --- from nothing to the first page -----------------------------------------------------------------------
    def start(self) -> None:
        """Every step in order; returns when the first page can be opened. Raises Trouble or Stopped."""
        out = plan.outside(dict(os.environ))
        demo = (self.options.demo or not out.any) and not self.options.no_demo
        web_port = ports.insist(self.options.port) if self.options.port is not None else ports.choose(ports.WEB)
        practice_port = ports.choose(ports.PRACTICE, avoid={web_port}) if demo else None
        left = runstate.end_leftovers(self.layout)
        if left:
            self.console.line(f" Ended what an earlier run left behind: {', '.join(left)}")
        self.state.write(self.layout.run_file)
        with self.console.step("Python environment") as step:
            environment.ensure(self.layout, "run", tick=step.note)
        keys, port_set = self._servers(out, web_port, practice_port)
        base_url = os.environ.get("RABTA_BASE_URL") or f"http://localhost:{web_port}"
        django = plan.django_environment(self.layout, keys, port_set, out, base_url=base_url, environ=dict(os.environ))
        keyring.write_private(self.layout.environment_file, django)
        env = plan.process_environment(django)
        self._applications(env, web_port, practice_port, demo=demo, collect=out.any)
        self.state.url, self.state.demo, self.state.ready = base_url, demo, True
        self.state.practice_url = django.get("PRACTICE_URL", "")
        self._record(self.supervisor.children)

    def _servers(self, out: plan.Outside, web_port: int, practice_port: int | None) -> tuple[keyring.Keyring, plan.Ports]:
        """Postgres and Valkey as far as they are ours, with roles and database made."""
        packages = environment.site_packages(self.layout)
        home = plan.fallback_home(self.layout)
        wanted = self.layout.state / "postgres"
        children: list[Child] = []
        port_set = plan.Ports(web_port, practice_port, ports.any_free(), ports.any_free())
        if out.database_url:
            keys = keyring.load_or_make(self.layout.secrets_file, guarded=self.layout.state / "never")
        else:
            with self.console.step("Database") as step:
                step.note("making the data folder" if not wanted.exists() else "starting")
                binaries = postgres.find(packages, fallback_home=home)
                data = postgres.data_folder(binaries, wanted, fallback_home=home)
                keys = keyring.load_or_make(self.layout.secrets_file, guarded=data)
                log = self.layout.log("postgres")
                postgres.init(binaries, data, password=keys.cluster_password, durable=True, log=log)
                postgres.forget_the_dead(data)
                server = postgres.service(binaries, data, port=port_set.postgres, durable=True, log=log)
                children.append(self.supervisor.start(server))
                self._wait(step, children[-1])
                self._roles(step, keys, port_set.postgres)
        if not out.redis_url:
            with self.console.step("Message broker") as step:
                binary = valkey.find(packages)
                broker = valkey.service(
                    binary, self.layout.state / "valkey", port=port_set.valkey, password=keys.valkey_password,
                    durable=True, log=self.layout.log("valkey"),
                )  # fmt: skip
                children.append(self.supervisor.start(broker))
                self._wait(step, children[-1])
        return keys, port_set

    def _roles(self, step: Step, keys: keyring.Keyring, port: int) -> None:
        """The two roles and the database, by the cluster's superuser, whose password nobody else gets."""
        env = plan.process_environment(
            {
                "CLUSTER_URL": postgres.url(postgres.SUPERUSER, keys.cluster_password, port, "postgres"),
                "DATABASE_OWNER_URL": postgres.url("rabta_owner", keys.owner_password, port),
                "DATABASE_URL": postgres.url("rabta_app", keys.app_password, port),
            }
        )
        program = str(Path(__file__).with_name("roles.py"))
        self._run(step, "roles", [str(self.layout.python), "-P", program], env)

    def _applications(self, env: dict[str, str], web_port: int, practice_port: int | None, *, demo: bool, collect: bool) -> None:
        """Practice network, tables and demo data, then the three processes that serve."""
        if practice_port is not None:
            names = ("PRACTICE_ADMIN_KEY", "X_CLIENT_ID", "X_CLIENT_SECRET")
            own = {name: env[name] for name in names} | {"PRACTICE_CALLBACK": env["RABTA_BASE_URL"]}
            own = plan.process_environment(own, _without_secrets())
            store = self.layout.state / "practice"
            store.mkdir(mode=0o700, exist_ok=True)
            service = services.practice(self.layout, port=practice_port, env=own, store=store)
            with self.console.step("Practice network") as step:
                self._wait(step, self.supervisor.start(service))
        manage = [str(self.layout.python), "manage.py"]
        with self.console.step("Tables and demo data" if demo else "Tables") as step:
            self._run(step, "prepare", [*manage, "prepare", *(["--demo"] if demo else [])], env)
        if collect:
            with self.console.step("Static files") as step:
                self._run(step, "collectstatic", [*manage, "collectstatic", "--noinput"], env)
        with self.console.step("Web, worker, scheduler") as step:
            self._wait(
                step,
                self.supervisor.start(services.web(self.layout, port=web_port, env=env)),
                self.supervisor.start(services.worker(self.layout, env=env)),
                self.supervisor.start(services.scheduler(self.layout, env=env)),
            )

    def _wait(self, step: Step, *children: Child) -> None:
        def tick() -> None:
            waiting = [child.service.label for child in children if child.state != "running"]
            step.note(", ".join(waiting) if len(children) > 1 else "starting")

        self.supervisor.wait_ready(*children, tick=tick)

    def _run(self, step: Step, name: str, argv: list[str], env: dict[str, str]) -> None:
        """One command to its end, its output in a log, its STEP and PROGRESS lines on the screen. Raises Trouble."""
        log = self.layout.log(name)
        reader, writer = os.pipe()
        tail: list[str] = []
        with log.open("wb") as output, os.fdopen(reader, "rb", buffering=0) as source:
            process = processes.launch(argv, env=env, cwd=self.layout.root, stdout=writer)
            os.close(writer)
            selector = selectors.DefaultSelector()
            selector.register(source, selectors.EVENT_READ)
            rest = b""
            try:
                while True:
                    if selector.select(timeout=0.1):
                        chunk = source.read(65_536)
                        if not chunk:
                            break
                        output.write(chunk)
                        output.flush()
                        *lines, rest = (rest + chunk).split(b"\n")
                        for line in lines:
                            tail = [*tail[-39:], line.decode("utf-8", errors="replace")]
                            show_progress(step, tail[-1])
                    self.supervisor.tick(restart=False)
                    self._require_servers()
                    step.tick()
            finally:
                selector.close()
                processes.kill_group(process.pid)
                code = process.wait()
        if code != 0:
            raise Trouble(f"`{name}` failed: see {log}, then run this again.", tail=telling(tail))

    def _require_servers(self) -> None:
        for child in self.supervisor.children:
            if child.state == "waiting":
                raise Trouble(f"The {child.service.label} ended while starting: see {child.service.log}, then run this again.")

    # --- while it runs --------------------------------------------------------------------------------
    def watch(self) -> None:
        """Keep everything running until Stopped is raised."""
        while True:
            self.supervisor.tick()
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop in order, one line each. A second signal meanwhile changes nothing; SIGKILL still works."""
        self._stopping = True
        if any(child.process for child in self.supervisor.children):
            self.console.line(" Stopping")
        self.supervisor.stop(groups=STOP_ORDER)
        self.state.ready = False
        self.layout.run_file.unlink(missing_ok=True)

    def _record(self, children: list[Child]) -> None:
        self.state.processes = [
            runstate.Process(
                name=child.service.name,
                pid=child.process.pid if child.process else 0,
                mark=child.mark,
                state=child.state,
                port=child.service.port,
                restarts=child.restarts,
                began_at=child.began_at,
            )
            for child in children
        ]
        self.state.write(self.layout.run_file)

    def _report(self, line: str) -> None:
        stamp = "" if self._stopping else time.strftime("%H:%M:%S ")
        self.console.line(f" {stamp}{line}")


def show_progress(step: Step, line: str) -> None:
    """Show one line of `prepare`: `STEP <text>` or `PROGRESS <done> <total> <text>`; anything else is for the log."""
    word, _, rest = line.partition(" ")
    if word == "STEP":
        step.note(rest)
    elif word == "PROGRESS":
        done, _, rest = rest.partition(" ")
        total, _, text = rest.partition(" ")
        if done.isdigit() and total.isdigit():
            step.progress(int(done), int(total), text)


def _without_secrets() -> dict[str, str]:
    """The person's environment without what the practice network has no business with."""
    hidden = {"SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"}
    return {name: value for name, value in os.environ.items() if name not in hidden}


def demo_lines(layout: Layout, console: Console) -> list[str]:
    """The demo log-ins `prepare` left, as a table; nothing where there are none."""
    try:
        rows = json.loads(layout.demo_logins.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    columns = ("workspace", "role", "email", "password")
    table = [[str(row.get(column, "")) for column in columns] for row in rows]
    widths = [max(len(row[index]) for row in [list(columns), *table]) for index in range(4)]
    lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    head = "   ".join(cell.ljust(width) for cell, width in zip(columns, widths, strict=True)).rstrip()
    return [console.paint(head, "2"), *lines]


def panel(layout: Layout, state: runstate.RunState, console: Console, *, detached: bool) -> None:
    """The last thing a person reads: where to go, how to get in, how to stop."""
    console.line()
    console.line(f" Rabta is running at   {console.paint(state.url, '1;36')}")
    if state.practice_url:
        console.line(f" Practice network at   {console.paint(state.practice_url, '1;36')}   (you play the customers there)")
    logins = demo_lines(layout, console) if state.demo else []
    if logins:
        console.line()
        console.line(" Sign in with one of these:")
        for line in logins:
            console.line(f"   {line}")
    console.line()
    console.line(f" Stop with             {'python3 manage.py down' if detached else 'Ctrl-C, or python3 manage.py down'}")
    console.line(f" Logs in               {layout.logs}")
    console.line()


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def run(layout: Layout, options: Options, console: Console, *, detached: bool) -> int:
    """Start, keep running, stop. `detached`: let go of the terminal after the panel. Returns the exit code."""
    lock = runstate.take_lock(layout)
    if lock is None:
        return say_already_running(layout, console)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stopped)
    instance = Instance(layout, options, console)
    code = 0
    try:
        instance.start()
        panel(layout, instance.state, console, detached=detached)
        if detached:
            let_go(layout)
        instance.watch()
    except Stopped:
        console.line()
    except Trouble as trouble:
        say(trouble, console)
        code = 1
    finally:
        instance.stop()
        os.close(lock)
    return code


def let_go(layout: Layout) -> None:
    """From here on write to the log: whoever started us waits for the end of our output."""
    log = os.open(layout.log("up"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    sys.stdout.flush()
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)


def detach(layout: Layout, arguments: list[str], console: Console) -> int:
    """Start `up` in a session of its own, show what it says until it is ready, then leave it alone."""
    command = [sys.executable, str(layout.root / "manage.py"), "up", *arguments]
    env = dict(os.environ) | {"RABTA_UP_DETACHED": "live" if console.live else "plain", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, cwd=layout.root, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    source = process.stdout.fileno()
    try:
        console.relay(source)
    except KeyboardInterrupt:
        process.terminate()
        console.relay(source)
        process.wait()
        return 130
    state = runstate.running(layout)
    if state is not None and state.ready:
        return 0
    return process.wait()


def say_already_running(layout: Layout, console: Console) -> int:
    """`up` on a running instance: where it is."""
    state = runstate.running(layout)
    if state is None or not state.ready:
        console.line(" Rabta is already being started; `python3 manage.py status` tells when it is ready.")
        return 0
    console.line(" Rabta is already running.")
    panel(layout, state, console, detached=True)
    return 0


def say(trouble: Trouble, console: Console) -> None:
    """The end of the log if there is one, then the one line."""
    for line in trouble.tail:
        console.line(f"   {console.paint(line, '2')}")
    console.line(f" {console.paint('Stopped:', '31')} {trouble.line}")
