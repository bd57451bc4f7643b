"""The first hour works as it is written: its commands run in order, against a live demo, and print what it shows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folders import ROOT
from tests.support.walkthrough import Step, a_checkout, play, shape, shapes
from tests.support.walkthrough import steps as steps_of

PAGE = ROOT / "docs" / "tutorial" / "first-hour.md"
STARTS_THE_DEMO = "./sluis demo"


def steps() -> list[Step]:
    return steps_of(PAGE)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with a_checkout(tmp_path_factory.mktemp("checkout"), "uur") as folder:
        yield folder


@pytest.fixture(scope="module")
def printed(town: Path) -> list[str]:
    return play(PAGE, town)


def test_it_starts_with_the_demo_and_ends_with_nothing_left(town: Path, printed: list[str]) -> None:
    assert STARTS_THE_DEMO in steps()[0].commands
    assert len(printed) == len(steps())
    assert not (town / "build" / "uur").exists()


@pytest.mark.parametrize("number", range(1, len(steps())))
def test_a_step_prints_what_the_page_shows(printed: list[str], number: int) -> None:
    real = shapes(printed[number])
    assert [line for line in shapes(steps()[number].shown) if line not in real] == [], printed[number]


def test_what_is_shown_stands_in_the_order_in_which_it_is_printed(printed: list[str]) -> None:
    for number, step in enumerate(steps()):
        if number:
            lines = iter(shapes(printed[number]))
            assert all(line in lines for line in shapes(step.shown)), number


def test_only_what_varies_is_left_out_of_the_comparison() -> None:
    shown = sum(len(shapes(step.shown)) for step in steps())
    assert shown >= 100
    assert shape('"code": "ACCEPTED",') != shape('"code": "DUPLICATE",')
    assert shape('"ref": "BAPB-C8DF-X",') == shape('"ref": "JB39-4CDR-B",')
