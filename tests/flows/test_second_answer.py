"""A second answer to a review on Google replaces the first, on both sides."""

from typing import Any

import pytest

from inbox.models import Message
from social.models import Delivery, RawItem
from tests.flows.conftest import Line, network, running  # noqa: F401 - fixtures
from tests.flows.test_google import answer, line, poll, said  # noqa: F401 - a fixture and its hands


@pytest.mark.parametrize("home", ["google"])
def test_the_first_answer_is_told_to_be_gone(line: Line, home: str) -> None:  # noqa: F811
    made = said(line, "sara", "hm")
    poll(line)
    first = answer(line, "Thanks")
    poll(line)
    second = answer(line, "Thank you, Sara")
    assert (first.state, second.state, first.external_id != second.external_id) == ("sent", "sent", True)
    poll(line)
    standing: list[dict[str, Any]] = line.network.call("GET", f"/posts?reply_to={made}")["posts"]
    assert [post["text"] for post in standing] == ["Thank you, Sara"]
    assert line.recheck() == 1
    with line.inside():
        assert RawItem.objects.get(external_id=first.external_id).state == "gone"
        assert Delivery.objects.filter(state="sent").count() == 2
        assert Message.objects.filter(direction="out").count() == 2
