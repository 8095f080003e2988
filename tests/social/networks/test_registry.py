"""A network is one file here and one folder of payloads in the tests; neither can be forgotten."""

import importlib
from pathlib import Path

import pytest

from social.networks import networks
from social.networks.base import Network
from social.networks.features import Capability
from tests.social.networks.contract import NetworkContract
from tests.social.networks.hosted import HostedContract
from tests.social.networks.mailing import MailContract
from tests.social.networks.payloads import PayloadContract, payload_files
from tests.social.networks.publishing import Publishes
from tests.social.networks.readonly import ReadOnlyContract
from tests.social.networks.table import contract_table
from tests.social.networks.unread import UnreadContract

HERE = Path(__file__).parent


@pytest.mark.parametrize("slug", sorted(networks()))
def test_every_network_keeps_the_contract(slug: str) -> None:
    module = importlib.import_module(f"tests.social.networks.{slug}.test_contract")
    classes = [
        thing
        for name, thing in vars(module).items()
        if name.startswith("Test") and isinstance(thing, type) and issubclass(thing, PayloadContract)
    ]
    assert [thing.slug for thing in classes] == [slug]
    assert not classes[0].__abstractmethods__
    # By what the network can do, never by what its test would like: one that sends keeps the whole contract.
    assert issubclass(classes[0], contract_of(networks()[slug]))
    assert issubclass(classes[0], Publishes) == (Capability.PUBLISH in networks()[slug].capabilities)
    assert len(payload_files(HERE / slug)) >= 5


def contract_of(network: Network) -> type[PayloadContract]:
    """The contract a network must keep, by what it says of itself."""
    if network.hosted:
        return HostedContract
    if network.slug == "email":
        # Mail speaks no HTTP: its contract makes the same promises at the steps of IMAP and SMTP.
        return MailContract
    if network.read_only:
        return ReadOnlyContract
    return NetworkContract if network.shows_sent else UnreadContract


def test_the_table_of_the_contract_says_what_the_suite_asks() -> None:
    file = HERE.parents[2] / "docs" / "contract.md"
    found = file.read_text(encoding="utf-8") if file.exists() else ""
    file.write_text(contract_table(), encoding="utf-8")
    assert found == contract_table(), "docs/contract.md was stale and is written anew: look at it, and commit it."


def test_a_network_without_contract_is_noticed() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("tests.social.networks.nosuch.test_contract")


def test_only_our_own_widget_is_hosted() -> None:
    """Whoever else says so would get away without a wire's contract."""
    assert [slug for slug, network in networks().items() if network.hosted] == ["webchat"]


def test_there_are_networks_and_their_names_are_their_files() -> None:
    assert "x" in networks()
    for slug, network in networks().items():
        assert network.slug == slug
        assert type(network).__module__ == f"social.networks.{slug}"
        assert network.label
        assert network.icon
        assert network.color
        assert network.limits.source
