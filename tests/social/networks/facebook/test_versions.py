"""The Graph's version is a setting whose end is said before it comes, and after it when Meta answers as another."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from core.clock import now, shift
from social.networks import _graph_versions
from social.networks.facebook import Facebook
from tests.social.networks.facebook.shapes import listing
from tests.social.networks.facebook.test_contract import TestFacebook as Contract
from tests.social.networks.servers import Scripted

NETWORK = Facebook(read_seconds=1.5, total_seconds=6.0)


def test_an_answer_of_another_version_is_told(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE, settings.GRAPH_VERSION = scripted.url, "v99.0"
    for answered, told in (("v99.0", False), ("v100.0", True), ("", False)):
        page = listing([])
        scripted.says(replace(page, headers={**page.headers, "facebook-api-version": answered}) if answered else page)
        remarks = [str(remark) for remark in NETWORK.remarks(NETWORK.fetch(Contract().access(), {}).cursor)]
        assert [("v99.0" in remark, "v100.0" in remark) for remark in remarks] == ([(True, True)] if told else [])


def test_the_end_is_told_three_months_before(settings: Any) -> None:
    settings.GRAPH_VERSION = "v24.0"
    left = _graph_versions.ENDS["v24.0"] - now().date()
    try:
        for days, told in ((91, False), (89, True), (-3, True)):
            shift(left - timedelta(days=days))
            noted = _graph_versions.noted("v24.0")
            assert bool(noted) is told
            assert len(list(_graph_versions.remarks(noted))) == int(told)
    finally:
        shift(timedelta())
