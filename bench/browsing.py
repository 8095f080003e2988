"""A web process of the product and a Chromium that is signed in there, for scenarios that need both."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.ground import Ground
from bench.scenarios.live import ROOT, free_port, sign_in, until_answered

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
#: Milliseconds; the machine may be busy.
PATIENCE = 60_000
#: Notes how long each key press takes until what it changed is painted: from the event's own time stamp to the task after the
#: next frame (web.dev, "Optimize Interaction to Next Paint", read 2026-11).
PAINTS = """
window.paints = [];
addEventListener("keydown", (event) => {
  const began = event.timeStamp;
  requestAnimationFrame(() => {
    const line = new MessageChannel();
    line.port1.onmessage = () => window.paints.push(performance.now() - began);
    line.port2.postMessage(0);
  });
}, true);
"""


def missing() -> str:
    """What a browser scenario lacks on this machine; empty when it can run."""
    if find_spec("playwright") is None:
        return "Playwright is not installed here (python3 manage.py test brings it)"
    return "" if chromium_path() else "no Chromium was found here (RABTA_CHROMIUM names one)"


def chromium_path() -> str:
    return os.environ.get("RABTA_CHROMIUM") or shutil.which("chromium") or ""


@dataclass(slots=True)
class Seat:
    """An agent's page, and ways to look at the process that draws it."""

    base: str
    page: Any
    browser: Any

    def renderer_mb(self) -> float:
        """Resident megabytes of the largest renderer, shared pages counted in part (PSS); 0 where the system does not tell."""
        told = self.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        sizes = [_pss_mb(int(row["id"])) for row in told if row["type"] == "renderer"]
        return max(sizes, default=0.0)

    def counts(self) -> dict[str, float]:
        """What the page holds after its rubbish was collected: nodes, listeners, megabytes of the script's heap."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("HeapProfiler.collectGarbage")
        session.send("Performance.enable")
        told = {row["name"]: row["value"] for row in session.send("Performance.getMetrics")["metrics"]}
        session.detach()
        return {"nodes": told["Nodes"], "listeners": told["JSEventListeners"], "heap MB": told["JSHeapUsedSize"] / 1e6}

    def paints(self) -> list[float]:
        """Milliseconds of each key press since the last call."""
        found: list[float] = self.page.evaluate("window.paints.splice(0)")
        return found


def _pss_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextmanager
def seated(ground: Ground, *, language: str = "en") -> Iterator[Seat]:
    """The web process, a browser, and the bench's person at the inbox, with the line to the server up."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where it is installed

    ground.user.language = language
    ground.user.save(update_fields=["language"])
    port = free_port()
    base = f"http://localhost:{port}"
    env = {**os.environ, "RABTA_BASE_URL": base, "ALLOWED_HOSTS": "localhost,127.0.0.1"}
    server = subprocess.Popen([sys.executable, "-m", "config.server", "--port", str(port)], cwd=ROOT, env=env)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread, beside our own queries
    try:
        until_answered(f"{base}/healthz")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=OPTIONS)
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.add_cookies([{"name": "sessionid", "value": sign_in(ground), "url": base}])
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.add_init_script(PAINTS)
            page.goto(f"{base}/w/{ground.workspace.slug}/inbox/?view=open")
            page.wait_for_selector("html[data-ready][data-connection=live] #rows [data-row]")
            yield Seat(base, page, browser)
            browser.close()
    finally:
        server.terminate()
        server.wait(timeout=15)
