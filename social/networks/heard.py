"""What stands around what is heard: words that a network is searched for, and the post that a post quotes. Frozen and JSON-safe."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listened:
    """Words that a channel's network is searched for: their key, and since when (ISO time, UTC)."""

    key: str
    words: str
    since: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """The post that a post quotes: its words and whose they are, as far as the network says."""

    text: str
    author: str = ""
    url: str = ""
    ours: bool = False
