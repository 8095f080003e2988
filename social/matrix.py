"""What every network can do, read from the network files themselves: for the page, the API and docs/capabilities.md."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, override

from social.networks import networks
from social.networks.base import Network
from social.networks.features import Capability

#: Capability → what a person calls it, in the order of the matrix.
LABELS: dict[Capability, str | Promise] = {
    Capability.MENTIONS: gettext_lazy("Mentions"),
    Capability.COMMENTS: gettext_lazy("Comments"),
    Capability.DIRECT_MESSAGES: gettext_lazy("Private messages"),
    Capability.REPLY: gettext_lazy("Answer"),
    Capability.PUBLISH: gettext_lazy("Publish"),
    Capability.EDIT: gettext_lazy("Edit"),
    Capability.DELETE: gettext_lazy("Delete"),
    Capability.MEDIA_IN: gettext_lazy("Pictures in"),
    Capability.MEDIA_OUT: gettext_lazy("Pictures out"),
    Capability.REACTIONS: gettext_lazy("Reactions"),
    Capability.HIDE: gettext_lazy("Hide"),
    Capability.SEARCH: gettext_lazy("Search"),
    Capability.WEBHOOKS: gettext_lazy("Webhooks"),
    Capability.STREAMING: gettext_lazy("Streaming"),
    Capability.BACKFILL: gettext_lazy("Older posts"),
    Capability.SEES_DELETIONS: gettext_lazy("Sees deletions"),
    Capability.PRIVATE_REPLY: gettext_lazy("Private answer to a comment"),
    Capability.TEMPLATES: gettext_lazy("Templates"),
}
PREAMBLE = """# What each network can do

Written by `python3 manage.py capabilities` from the files in `social/networks/`; a test fails when it is stale. Do not edit it.
Times are in seconds, lengths as the network counts them, sizes in bytes; – means no, none, or no limit.
"""


@dataclass(frozen=True, slots=True)
class Ability:
    """One row of the matrix: a capability and whether each network has it, in the order of `known()`."""

    capability: Capability
    label: str | Promise
    cells: tuple[bool, ...]


def known() -> list[Network]:
    """All networks in the order of their names."""
    return sorted(networks().values(), key=lambda network: str(network.label).lower())


def abilities(rows: Iterable[Network]) -> list[Ability]:
    """What each of these networks can do, from its file's own attributes."""
    listed = list(rows)
    return [
        Ability(capability, label, tuple(capability in network.capabilities for network in listed))
        for capability, label in LABELS.items()
    ]


def as_markdown() -> str:
    """The text of docs/capabilities.md: one table of abilities, one of limits, and where the figures come from. In English."""
    with override("en"):
        rows = known()
        head = ["", *(str(network.label) for network in rows)]
        able = [[str(row.label), *("yes" if cell else "–" for cell in row.cells)] for row in abilities(rows)]
        able.append(["Reads back on demand", *("yes" if network.reads_back else "–" for network in rows)])
        able.append(["Own sign-in page", *("yes" if network.signs_in else "–" for network in rows)])
        sources = [f"- {network.label}: {network.limits.source}" for network in rows if network.limits.source]
        parts = [
            PREAMBLE,
            _table([head, *able]),
            "## Limits\n",
            _table([head, *_limits(rows)]),
            "## Sources\n",
            "\n".join(sources) + "\n",
        ]
        return "\n".join(parts)


def _limits(rows: list[Network]) -> list[list[str]]:
    return [
        ["Longest public answer", *(_number(network.limits.public_length) for network in rows)],
        ["Longest private answer", *(_number(network.limits.private_length) for network in rows)],
        ["Reply window", *(_number(network.limits.reply_window_seconds) for network in rows)],
        ["Kinds of media", *(", ".join(network.limits.media_kinds) or "–" for network in rows)],
        ["Largest media", *(_number(network.limits.media_bytes) for network in rows)],
        ["Media with one public answer", *(_number(network.media_count(private=False)) for network in rows)],
        ["Media with one private answer", *(_number(network.media_count(private=True)) for network in rows)],
        ["Between two polls", *(_number(network.poll_seconds) for network in rows)],
        ["Between two looks for deletions", *(_number(network.recheck_seconds if network.rechecks else None) for network in rows)],
        ["Longest call", *(_number(network.call_seconds) for network in rows)],
        ["Read again behind the last poll", *(_number(network.limits.overlap_seconds) for network in rows)],
    ]


def _number(value: float | None) -> str:
    return f"{value:g}" if value and value < 100_000 else str(int(value)) if value else "–"


def _table(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * len(rows[0]))
    return "\n".join(lines) + "\n"
