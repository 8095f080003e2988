"""The whole project against the rules of the house; and each rule against an example it must let pass and some it must not."""

import pytest

from tests.architecture.rules import RULES, Rule, held_against, misnamed, tracked


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_project_keeps_the_rule(rule: Rule) -> None:
    complaints = list(held_against(rule))
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_rule_can_tell(rule: Rule) -> None:
    assert rule.complaints(rule.good) == []
    for bad in rule.bad:
        assert rule.complaints(bad), bad


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_rule_speaks_about_something(rule: Rule) -> None:
    assert sum(rule.covers(path) for path in tracked()) >= 10


def test_files_are_named_for_one_thing() -> None:
    assert [path for path in tracked() if misnamed(path)] == []
    assert misnamed("crm/utils.py")
    assert not misnamed("core/clock.py")
