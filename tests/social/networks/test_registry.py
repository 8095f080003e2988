"""A network is one file here and one folder of payloads in the tests; neither can be forgotten."""

import importlib
from pathlib import Path

import pytest

from social.networks import networks
from tests.social.networks.contract import NetworkContract
from tests.social.networks.mailing import MailContract
from tests.social.networks.payloads import PayloadContract, payload_files
from tests.social.networks.readonly import ReadOnlyContract

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
    # Mail speaks no HTTP: its contract makes the same promises at the steps of IMAP and SMTP.
    whole = ReadOnlyContract if networks()[slug].read_only else MailContract if slug == "email" else NetworkContract
    assert issubclass(classes[0], whole)
    assert len(payload_files(HERE / slug)) >= 5


def test_a_network_without_contract_is_noticed() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("tests.social.networks.nosuch.test_contract")


def test_there_are_networks_and_their_names_are_their_files() -> None:
    assert "x" in networks()
    for slug, network in networks().items():
        assert network.slug == slug
        assert type(network).__module__ == f"social.networks.{slug}"
        assert network.label
        assert network.icon
        assert network.color
        assert network.limits.source
