"""A Chromium for the tests: the machine's own, else installed, else unpacked without root into the state folder."""

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.boot.layout import Layout
from config.boot.trouble import Trouble, last_lines

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PACKAGES = ("chromium", "fonts-noto-color-emoji")
#: Bytes: 210 MB of packages to fetch, three times that unpacked.
ROOM = 1_200_000_000
Tick = Callable[[str], None]


def ensure(layout: Layout, *, tick: Tick) -> Path:
    """The browser to test with; installed when missing. Raises Trouble. RABTA_CHROMIUM names one of your own."""
    named = os.environ.get("RABTA_CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            raise Trouble(f"RABTA_CHROMIUM names {named}, which cannot be run: correct it, or unset it.")
        return Path(named)
    unpacked = layout.state / "browser"
    found = installed() or _unpacked_browser(unpacked)
    if found:
        return found
    log = layout.log("browser")
    log.write_bytes(b"")
    if shutil.which("apt-get") is None:
        raise Trouble("No browser for the tests: install Chromium or Google Chrome, or name one in RABTA_CHROMIUM.")
    if os.geteuid() == 0:
        _install(log, tick)
    else:
        layout.require_room(layout.state, ROOM)
        _unpack(unpacked, log, tick)
    found = installed() or _unpacked_browser(unpacked)
    if not found:
        raise Trouble(f"Chromium was installed but does not start: see {log}, or name a browser in RABTA_CHROMIUM.")
    return found


def installed() -> Path | None:
    """The machine's own browser, if one starts."""
    candidates = [shutil.which(name) for name in NAMES] + [path for path in MAC if sys.platform == "darwin"]
    return next((Path(path) for path in candidates if path and _starts(Path(path))), None)


def _starts(path: Path) -> bool:
    """Whether it tells its version; Ubuntu's `chromium-browser` may be a mere hint at a snap."""
    if not os.access(path, os.X_OK):
        return False
    try:
        return subprocess.run([str(path), "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _install(log: Path, tick: Tick) -> None:
    """With apt, as root."""
    env = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
    patient = ["-o", "DPkg::Lock::Timeout=300"]  # another apt may be at work
    _apt(["apt-get", *patient, "update"], log, tick, "reading Debian's package lists", env)
    _apt(
        ["apt-get", *patient, "install", "-y", "--no-install-recommends", *PACKAGES],
        log,
        tick,
        "installing Chromium with apt",
        env,
    )


def _unpack(folder: Path, log: Path, tick: Tick) -> None:
    """With apt but without root: lists and packages in a folder of our own, unpacked there and never configured."""
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("lists/partial", "cache/archives/partial", "root"):
        (folder / part).mkdir(parents=True)
    options = [
        "-o", f"Dir::State::lists={folder / 'lists'}",
        "-o", f"Dir::Cache={folder / 'cache'}",
        "-o", "Debug::NoLocking=1",
        "-o", "APT::Sandbox::User=",
    ]  # fmt: skip
    env = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
    _apt(["apt-get", *options, "update"], log, tick, "reading Debian's package lists", env)
    _apt(
        ["apt-get", *options, "install", "-y", "--no-install-recommends", "--download-only", *PACKAGES],
        log, tick, "fetching Chromium", env,
    )  # fmt: skip
    root = folder / "root"
    for package in sorted((folder / "cache" / "archives").glob("*.deb")):
        _apt(["dpkg-deb", "-x", str(package), str(root)], log, tick, f"unpacking {package.name.partition('_')[0]}", env)
    shutil.rmtree(folder / "cache")
    shutil.rmtree(folder / "lists")
    _write_starter(folder, root)


def _write_starter(folder: Path, root: Path) -> None:
    """A script that starts the unpacked browser with its own libraries and fonts before the machine's."""
    triplet = f"{platform.machine()}-linux-gnu"
    fonts = folder / "fonts.conf"
    included = [path for path in ("/etc/fonts/fonts.conf", str(root / "etc/fonts/fonts.conf")) if Path(path).exists()]
    include = "".join(f'<include ignore_missing="yes">{_xml(path)}</include>' for path in included[:1])
    fonts.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"{include}<dir>{_xml(str(root / 'usr/share/fonts'))}</dir>"
        f"<cachedir>{_xml(str(folder / 'font-cache'))}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    starter = folder / "chromium"
    libraries = ":".join(_shell(str(root / part)) for part in (f"usr/lib/{triplet}", f"lib/{triplet}", "usr/lib/chromium"))
    starter.write_text(
        "#!/bin/sh\n"
        f"LD_LIBRARY_PATH={libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}\n"
        f"FONTCONFIG_FILE={_shell(str(fonts))}\n"
        "export LD_LIBRARY_PATH FONTCONFIG_FILE\n"
        f'exec {_shell(str(root / "usr/lib/chromium/chromium"))} "$@"\n',
        encoding="utf-8",
    )
    starter.chmod(0o755)


def _unpacked_browser(folder: Path) -> Path | None:
    starter = folder / "chromium"
    return starter if starter.exists() and _starts(starter) else None


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _apt(argv: list[str], log: Path, tick: Tick, doing: str, env: dict[str, str]) -> None:
    """One command with its output in the log. Raises Trouble when it fails."""
    with log.open("ab") as output:
        process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            while process.poll() is None:
                tick(doing)
                time.sleep(0.1)
        except BaseException:
            process.kill()
            process.wait()
            raise
    if process.returncode != 0:
        raise Trouble(
            f"The browser for the tests could not be installed: install Chromium yourself, or see {log}.",
            tail=last_lines(log, 4),
        )
