"""The matrix names every fault, has a scene for each, and says no when something was lost, doubled, or not played."""

import ast
import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from config.boot.faultmatrix import FAULTS, parser
from tests.faults.figures import Figure, fault_of
from tests.faults.matrix import holds, table
from tests.faults.stage import Reckoning

HERE = Path(__file__).parent


def test_every_fault_has_a_scene() -> None:
    names = [
        node.name
        for file in HERE.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert {fault_of(name) for name in names} - {None} == set(FAULTS) == set(range(1, 21))


def test_the_table_says_what_happened() -> None:
    good = Figure(5, "test_f5_a", 1, True, 0, 0, 2.5)
    assert holds(5, [good])
    assert table([5], [good])[1].split() == ["F5", "a", "true", "limit", "1", "0", "0", "2.5", "s"]
    for bad in (
        [],
        [Figure(5, "test_f5_a", 1, True, 1, 0, None)],
        [good, Figure(5, "test_f5_b", 1, True, 0, 2, 1.0)],
        [good, Figure(5, "test_f5_a", 2, False, 0, 0, 1.0)],
    ):
        assert not holds(5, bad)
        assert ("FAILS" if bad else "NOT PLAYED") in table([5], bad)[1]


@pytest.mark.parametrize("words", [["--only", "F21"], ["--only", "5"], ["--seeds", "0"], ["--seeds", "many"], ["F5"]])
def test_a_mistake_is_told_in_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(words)
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_is_lost_and_doubled_is_counted() -> None:
    def reckoning(**fields: Any) -> Reckoning:
        empty = {field.name: Counter() for field in dataclasses.fields(Reckoning)}
        return Reckoning(**{**empty, "states": {}, **fields})

    assert reckoning(expected=Counter("ab"), arrived=Counter("abb")).doubled == 1
    assert reckoning(expected=Counter("ab"), arrived=Counter("b")).lost == 1
    unsent = {"wanted": Counter(["hello", "bye"]), "posted": Counter(["bye", "bye"])}
    assert (reckoning(**unsent).lost, reckoning(**unsent).doubled) == (1, 1)
    assert reckoning(**unsent, states={"hello": "sent"}).lost == 1
    assert reckoning(**unsent, states={"hello": "failed"}).lost == 0, "somebody was told"
