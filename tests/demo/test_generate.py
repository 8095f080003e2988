"""What the generator promises: the same for the same seed, little repeated, threads that hold together."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from demo.corpus.weight import PUBLIC_LIMIT, weighted_length
from demo.generate import generate
from demo.plans import PLANS
from demo.shapes import Thread

NOW = datetime(2026, 11, 23, 16, 5, tzinfo=UTC)
MANY = 6000
ORDER = re.compile(r"\b(?:MO|ZH)-\d{6}\b")


@pytest.fixture(scope="module", params=sorted(PLANS))
def threads(request: pytest.FixtureRequest) -> list[Thread]:
    return list(generate(11, PLANS[request.param], MANY, NOW))


def test_it_yields_as_many_as_asked(threads: list[Thread]) -> None:
    assert len(threads) == MANY
    assert len({thread.key for thread in threads}) == MANY


@pytest.mark.parametrize("slug", sorted(PLANS))
def test_it_is_the_same_for_the_same_seed_and_another_for_another(slug: str) -> None:
    first, again, other = (list(generate(seed, PLANS[slug], 200, NOW)) for seed in (5, 5, 6))
    assert first == again
    assert {turn.text for thread in first for turn in thread.turns} != {turn.text for thread in other for turn in thread.turns}


def test_it_refuses_what_makes_no_sense() -> None:
    plan = PLANS["meridian"]
    with pytest.raises(ValueError, match="now"):
        next(generate(1, plan, 5, NOW.replace(tzinfo=None)))
    with pytest.raises(ValueError, match="conversations"):
        next(generate(1, plan, -1, NOW))
    assert list(generate(1, plan, 0, NOW)) == []


def test_it_repeats_fewer_than_two_bodies_in_a_hundred(threads: list[Thread]) -> None:
    bodies = Counter(turn.text for thread in threads for turn in thread.turns)
    total = sum(bodies.values())
    assert total > 2.5 * MANY
    assert (total - len(bodies)) / total < 0.02


def test_it_repeats_few_openings_even_without_names_and_numbers(threads: list[Thread]) -> None:
    """The list shows openings side by side: their wording, numbers put aside, must differ too."""
    openings = Counter(re.sub(r"@\w+|[\d۰-۹]+", "", thread.turns[0].text) for thread in threads)
    assert openings.most_common(1)[0][1] / MANY < 0.005
    assert len(openings) / MANY > 0.9


def test_it_leaves_nothing_unfilled_or_untidy(threads: list[Thread]) -> None:
    for thread in threads:
        for turn in thread.turns:
            assert not re.search(r"[{}\[\]|~]", turn.text), turn.text
            assert not re.search(r"  | [,.!?،؟۔]|^\W?\s|\s$|[،,]{2}|\bNone\b", turn.text), repr(turn.text)
            assert len(turn.text) >= 2


def test_it_names_one_order_through_a_thread(threads: list[Thread]) -> None:
    several = 0
    for thread in threads:
        orders = [found for turn in thread.turns for found in ORDER.findall(turn.text)]
        assert len(set(orders)) <= 1, [turn.text for turn in thread.turns]
        several += len(orders) > 1
    assert several > MANY / 5


def test_a_private_thread_goes_on_about_the_order_it_was_moved_for(threads: list[Thread]) -> None:
    by_key = {thread.key: thread for thread in threads}
    moved = [thread for thread in threads if thread.key.endswith("d")]
    assert len(moved) > MANY / 50
    for private in moved:
        public = by_key[private.key[:-1]]
        assert (public.kind, private.kind) == ("public", "dm")
        assert public.person == private.person
        assert private.turns[0].at > public.turns[0].at


def test_people_take_turns(threads: list[Thread]) -> None:
    for thread in threads:
        first = thread.turns[0]
        assert first.author == "customer"
        assert first.person == thread.person
        assert first.kind == ("dm" if thread.kind == "dm" else "post")
        assert [turn.at for turn in thread.turns] == sorted(turn.at for turn in thread.turns)
        assert thread.turns[-1].at <= NOW
        spoken = [turn for turn in thread.turns if turn.author != "bystander" and turn.kind != "note"]
        for before, after in pairwise(spoken):
            if before.author == after.author == "brand":
                # Only a supervisor steps in where the agent spoke last.
                assert before.agent_key != after.agent_key
        for index, turn in enumerate(thread.turns):
            assert (turn.author == "brand") == (turn.agent_key is not None) == (turn.person is None)
            assert (turn.reply_to is None) == (index == 0 or turn.kind == "note")
            if turn.reply_to is not None:
                assert turn.reply_to < index
                assert thread.turns[turn.reply_to].kind != "note"


def test_public_words_fit_the_network_and_name_the_account(threads: list[Thread]) -> None:
    for thread in threads:
        if thread.kind != "public":
            continue
        for turn in thread.turns:
            assert turn.kind == "note" or weighted_length(turn.text) <= PUBLIC_LIMIT, turn.text
        # X lets an account answer only those who named it.
        assert f"@{thread.account}" in thread.turns[0].text


def test_the_states_fit_who_spoke_last(threads: list[Thread]) -> None:
    for thread in threads:
        authors = [turn.author for turn in thread.turns if turn.kind != "note" and turn.author != "bystander"]
        if thread.status in ("pending", "snoozed"):
            assert authors[-1] == "brand", thread.key
        if thread.status == "open":
            assert authors[-1] == "customer", thread.key
        assert (thread.snoozed_until is not None) == (thread.status == "snoozed")
        if "brand" in authors:
            assert thread.assignee_key


def test_agents_exist_and_speak_the_language_they_answer_in(threads: list[Thread]) -> None:
    plan = PLANS[threads[0].key.split("-")[0]]
    staff = {person.key: person for person in plan.staff}
    for thread in threads:
        for turn in thread.turns:
            if turn.agent_key and turn.kind != "note":
                assert turn.lang in staff[turn.agent_key].first_names, (turn.agent_key, turn.lang)


def test_handles_are_unique_whatever_their_case_and_valid(threads: list[Thread]) -> None:
    people = {turn.person.handle: turn.person for thread in threads for turn in thread.turns if turn.person}
    assert len({handle.lower() for handle in people}) == len(people)
    assert all(re.fullmatch(r"[A-Za-z0-9_]{4,15}", handle) for handle in people)
    wrote = Counter(thread.person.handle for thread in threads)
    assert max(wrote.values()) >= 5, "somebody comes back"
    assert sum(count == 1 for count in wrote.values()) / len(wrote) > 0.6, "most write once"


def test_a_plan_with_one_language_gives_only_that_language() -> None:
    plan = PLANS["zarrin"]
    only = replace(plan, markets=tuple(market for market in plan.markets if market.language == "fa"))
    found = list(generate(2, only, 300, NOW))
    assert {turn.lang for thread in found for turn in thread.turns} == {"fa"}
    assert {thread.account for thread in found} == {"zarrinhome_ir"}
