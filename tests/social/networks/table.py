"""The contract suite as a table: which promise is asked of which network."""

import importlib
import importlib.util
from pathlib import Path

from social.networks import networks
from tests.social.networks.overpractice import MeetsLate, OverPractice
from tests.social.networks.payloads import PayloadContract, payload_files

HEAD = """# The contract: which promise is asked of which network

Every line is a test of the suite that every network inherits (`tests/social/networks/`), run by the test command against real
sockets and the real client library; many are asked with several rows. No live network was reached. A dot says that the network's
kind makes no such promise: our own widget has no wire, a feed cannot be answered, mail has steps instead of requests. Calls to us
from hubs, from Twilio and from mail's senders, which are bells and forms, are asked the same in tests of their own.
Written by `python3 manage.py test tests/social/networks/test_registry.py`, which fails when it was stale.
"""


def suites(slug: str) -> list[type]:
    """The classes in which a network keeps what all promise: its contract, and the one over the practice network."""
    found: list[type] = []
    for name in ("test_contract", "test_over_practice"):
        module_name = f"tests.social.networks.{slug}.{name}"
        if importlib.util.find_spec(module_name) is None:
            continue
        module = importlib.import_module(module_name)
        found += [
            thing
            for word, thing in vars(module).items()
            if word.startswith("Test") and isinstance(thing, type) and issubclass(thing, (PayloadContract, OverPractice, MeetsLate))
        ]
    return found


def shared_cases(slug: str) -> set[str]:
    """The tests of those classes that are not the network's own invention."""
    cases: set[str] = set()
    for suite in suites(slug):
        for base in suite.__mro__:
            if base.__module__.count(".") == 3:
                cases |= {name for name in vars(base) if name.startswith("test_")}
    return cases


def contract_table() -> str:
    """docs/contract.md as it should be."""
    slugs = sorted(networks())
    by_slug = {slug: shared_cases(slug) for slug in slugs}
    here = importlib.import_module("tests.social.networks").__path__[0]
    lines = [HEAD, "| promise | " + " | ".join(slugs) + " |", "|---" * (len(slugs) + 1) + "|"]
    for case in sorted(set().union(*by_slug.values())):
        words = case.removeprefix("test_").replace("_", " ")
        lines.append(f"| {words} | " + " | ".join("✓" if case in by_slug[slug] else "·" for slug in slugs) + " |")
    goldens = (len(payload_files(Path(here) / slug)) for slug in slugs)
    lines.append("| golden payloads, each with document and date | " + " | ".join(str(count) for count in goldens) + " |")
    return "\n".join(lines) + "\n"
