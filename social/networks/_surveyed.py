"""Whether customers of a network can be asked how it was."""

from typing import ClassVar

from social.networks.features import Capability


class Surveyed:
    """The part of a network that carries questions (`inbox/services/surveys.py`)."""

    capabilities: ClassVar[frozenset[Capability]]

    @property
    def surveys(self) -> bool:
        """Whether people can be asked in private, once we are done, how it was."""
        return Capability.DIRECT_MESSAGES in self.capabilities
