"""Texts that a network has approved, and that may be sent when the time to answer is over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Template:
    """A text that the network has approved, and that may be sent at any time. Variables are counted from 1: {{1}}, {{2}}."""

    name: str
    language: str
    body: str
    variables: int = 0
    #: What its network file needs to send it; `file` is the kind of the one file it wants.
    form: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its name among the templates of an account."""
        return f"{self.name}|{self.language}"

    def filled(self, parameters: list[str]) -> str:
        """The words that the customer will read."""
        text = self.body
        for number, value in enumerate(parameters, 1):
            text = text.replace(f"{{{{{number}}}}}", value)
        return text
