"""A stranger plays a working day with a page and curl alone: every command of it runs, and prints what the page shows."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.folders import ROOT
from tests.support.walkthrough import a_checkout, play, shapes, steps

DAYS: Mapping[str, str] = {"a-day-as-social-worker": "dag", "a-day-as-agent": "bel"}
"""Pages, and the folder under ``build`` in which each keeps what it makes."""

STEPS = [(day, number) for day in DAYS for number in range(1, len(steps(ROOT / "docs/how-to" / f"{day}.md")))]


def page(day: str) -> Path:
    return ROOT / "docs" / "how-to" / f"{day}.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with a_checkout(tmp_path_factory.mktemp("checkout"), *DAYS.values()) as folder:
        yield folder


@pytest.fixture(scope="module")
def printed(folder: Path) -> Mapping[str, list[str]]:
    return {day: play(page(day), folder) for day in DAYS}


@pytest.mark.parametrize(("day", "number"), STEPS)
def test_a_step_of_the_day_prints_what_the_page_shows(
    printed: Mapping[str, list[str]], day: str, number: int
) -> None:
    real = iter(shapes(printed[day][number]))
    shown = shapes(steps(page(day))[number].shown)
    assert [line for line in shown if line not in real] == [], printed[day][number]


@pytest.mark.parametrize("day", DAYS)
def test_a_day_begins_with_the_demo_and_leaves_nothing_behind(
    folder: Path, printed: Mapping[str, list[str]], day: str
) -> None:
    assert "./sluis demo --serve" in steps(page(day))[0].commands
    assert len(printed[day]) == len(steps(page(day)))
    assert not (folder / "build" / DAYS[day]).exists()


@pytest.mark.parametrize("day", DAYS)
def test_no_step_of_the_day_ends_in_an_error_of_the_shell_or_the_service(
    printed: Mapping[str, list[str]], day: str
) -> None:
    said = "\n".join(printed[day])
    assert not [word for word in ("command not found", "Traceback", '"status": 500', "jq:") if word in said]
