"""One run of `up`: every step from nothing to the first page, then keeping it so, then stopping in order."""

import os
import selectors
import time
from dataclasses import dataclass
from pathlib import Path

from config.boot import environment, keyring, plan, ports, postgres, processes, runstate, services, valkey
from config.boot.console import Console, Step
from config.boot.layout import Layout
from config.boot.supervisor import PORT_TRIES, Child, Service, Supervisor
from config.boot.trouble import PortTaken, Trouble, telling

#: Reverse of the order in which each needs the next: nobody loses a server that it still talks to.
STOP_ORDER = [["web", "worker", "scheduler", "listener"], ["practice"], ["valkey"], ["postgres"]]


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
        self._stopping = False

    # --- from nothing to the first page -----------------------------------------------------------------------
    def start(self) -> None:
        """Every step in order; returns when the first page can be opened. Raises Trouble or Stopped."""
        out = plan.outside(dict(os.environ))
        if self.options.port is not None:
            ports.insist(self.options.port)  # said before minutes are spent
        left = runstate.end_leftovers(self.layout)
        if left:
            self.console.line(f" Ended what an earlier run left behind: {', '.join(left)}")
        self.state.write(self.layout.run_file)
        with self.console.step("Python environment") as step:
            environment.ensure(self.layout, "run", tick=step.note)
        keys, database, broker = self._servers(out)
        for attempt in range(1, PORT_TRIES + 1):
            try:
                self._applications(keys, out, database=database, broker=broker)
                return
            except PortTaken as taken:
                if taken.port == self.options.port or attempt == PORT_TRIES:
                    raise
                self.console.line(f" Port {taken.port} was taken by another program just now: once more with others")
                self.supervisor.drop(STOP_ORDER[:2])

    def _servers(self, out: plan.Outside) -> tuple[keyring.Keyring, int, int]:
        """Postgres and Valkey as far as they are ours, with roles and database made; the secrets and the two ports."""
        packages = environment.site_packages(self.layout)
        home = plan.fallback_home(self.layout)
        wanted = self.layout.state / "postgres"
        database = broker = 0
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
                database = self.supervisor.start_on_a_free_port(
                    lambda port: postgres.service(binaries, data, port=port, durable=True, log=log),
                    choose=ports.any_free,
                    tick=step.tick,
                )
                self._roles(step, keys, database)
        if not out.redis_url:
            with self.console.step("Message broker") as step:
                program, folder = valkey.find(packages), self.layout.state / "valkey"
                password, log = keys.valkey_password, self.layout.log("valkey")
                broker = self.supervisor.start_on_a_free_port(
                    lambda port: valkey.service(program, folder, port=port, password=password, durable=True, log=log),
                    choose=ports.any_free,
                    tick=step.tick,
                )
        return keys, database, broker

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

    def _applications(self, keys: keyring.Keyring, out: plan.Outside, *, database: int, broker: int) -> None:
        """Practice network, tables and demo data, then the four processes that serve. Raises PortTaken."""
        demo = (self.options.demo or not out.any) and not self.options.no_demo
        web_port = ports.choose(ports.WEB) if self.options.port is None else ports.insist(self.options.port)
        practice_port = ports.choose(ports.PRACTICE, avoid={web_port}) if demo else None
        taken = {web_port, practice_port or 0}
        imap = ports.choose(ports.IMAP, avoid=taken) if demo else 0
        smtp = ports.choose(ports.SMTP, avoid=taken | {imap}) if demo else 0
        port_set = plan.Ports(web_port, practice_port, database, broker, imap, smtp)
        base_url = os.environ.get("RABTA_BASE_URL") or f"http://localhost:{web_port}"
        django = plan.django_environment(self.layout, keys, port_set, out, base_url=base_url, environ=dict(os.environ))
        keyring.write_private(self.layout.environment_file, django)
        env = plan.process_environment(django)
        if practice_port is not None:
            with self.console.step("Practice network") as step:
                self._wait(step, self.supervisor.start(self._practice(django, port_set)))
        manage = [str(self.layout.python), "manage.py"]
        with self.console.step("Tables and demo data" if demo else "Tables") as step:
            self._run(step, "prepare", [*manage, "prepare", *(["--demo"] if demo else [])], env)
        if out.any:
            with self.console.step("Static files") as step:
                self._run(step, "collectstatic", [*manage, "collectstatic", "--noinput"], env)
        with self.console.step("Web, worker, scheduler, listener") as step:
            self._wait(
                step,
                self.supervisor.start(services.web(self.layout, port=web_port, env=env)),
                self.supervisor.start(services.worker(self.layout, env=env)),
                self.supervisor.start(services.scheduler(self.layout, env=env)),
                self.supervisor.start(services.listener(self.layout, env=env)),
            )
        self.state.url, self.state.demo, self.state.ready = base_url, demo, True
        self.state.practice_url = django.get("PRACTICE_URL", "")
        self._record(self.supervisor.children)

    def _practice(self, django: dict[str, str], chosen: plan.Ports) -> Service:
        names = ("PRACTICE_ADMIN_KEY", "X_CLIENT_ID", "X_CLIENT_SECRET")
        own = {name: django[name] for name in names} | {"PRACTICE_CALLBACK": django["RABTA_BASE_URL"]}
        store = self.layout.state / "practice"
        store.mkdir(mode=0o700, exist_ok=True)
        env = plan.process_environment(own, _without_secrets())
        port = chosen.practice or 0
        return services.practice(self.layout, port=port, imap=chosen.imap, smtp=chosen.smtp, env=env, store=store)

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
    """Show one line of `prepare`: `STEP <text>` or `PROGRESS <done> <total> <text>`, and `SAY <text>` as a line that stays.

    Anything else is for the log.
    """
    word, _, rest = line.partition(" ")
    if word == "STEP":
        step.note(rest)
    elif word == "SAY":
        step.say(rest)
    elif word == "PROGRESS":
        done, _, rest = rest.partition(" ")
        total, _, text = rest.partition(" ")
        if done.isdigit() and total.isdigit():
            step.progress(int(done), int(total), text)


def _without_secrets() -> dict[str, str]:
    """The person's environment without what the practice network has no business with."""
    hidden = {"SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"}
    return {name: value for name, value in os.environ.items() if name not in hidden}
