"""All networks, found by scanning this folder: a new network is one file here and one folder of payloads in the
tests.
"""

import importlib
import pkgutil
from functools import lru_cache

from social.networks.base import Network

NOT_NETWORKS = frozenset(
    {
        "approved", "base", "brought", "errors", "fates", "features", "heard", "hubs", "looks", "reactions", "receiver", "senders",
        "values",
    }
)


@lru_cache(maxsize=1)
def networks() -> dict[str, Network]:
    """Every network by its slug."""
    found: dict[str, Network] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg or module.name in NOT_NETWORKS or module.name.startswith("_"):
            continue
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        network: Network = loaded.NETWORK
        found[network.slug] = network
    return found


def load_all() -> None:
    """Load every network and what its client library loads late, for a process that will ask many (docs/speed.md)."""
    for network in networks().values():
        network.load()


def network_of(slug: str) -> Network:
    """The network of a channel. Raises KeyError for one whose file is gone."""
    return networks()[slug]
