"""The first hour works as it is written: its commands run in order, against a live demo, and print what it shows."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.app import create_app
from gateway.demo.month import open_day
from gateway.demo.proof import verifier_key
from gateway.demo.stage import Stage
from tests.support.folders import ROOT, program
from tests.support.markdown import blocks

PAGE = ROOT / "docs" / "tutorial" / "first-hour.md"
STARTS_THE_DEMO = "./sluis demo"
MARK = "=== step {} ==="
SEED = 637

# What differs from one run to the next: figures, hashes, spoken references and keys.
VARIES = re.compile(
    r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b|[0-9A-Za-z+/=_-]{20,}|\+[0-9a-f]{8}\+|\d+([.,:-]\d+)*"
)


@dataclass(frozen=True)
class Step:
    """One block of commands and what the page shows below it."""

    commands: str
    shown: str


def steps() -> list[Step]:
    found = blocks(PAGE.read_text(encoding="utf-8"))
    pairs = zip(found, [*found[1:], None], strict=True)
    return [
        Step(block.text, after.text if after is not None and after.language == "text" else "")
        for block, after in pairs
        if block.language == "sh"
    ]


def shape(line: str) -> str:
    return re.sub(r"\s+", " ", VARIES.sub("#", line)).strip()


def shapes(text: str) -> list[str]:
    return [shape(line) for line in text.splitlines() if line.strip() and "…" not in line]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Serve the town as the demo leaves it, without its month; gives the folder where a reader would stand."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "docs").symlink_to(ROOT / "docs")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "sluis").symlink_to(Path(sys.executable).parent / "sluis")
    (folder / "build" / "uur").mkdir(parents=True)
    stage = Stage(folder / "town", create_app)
    try:
        with stage.serving():
            open_day(stage, SEED)
            access = json.dumps(stage.cast.credentials(stage.origin, verifier_key(stage)))
            (folder / "build" / "uur" / "toegang.json").write_text(access, encoding="utf-8")
            yield folder
    finally:
        stage.close()


@pytest.fixture(scope="module")
def printed(town: Path) -> list[str]:
    """Run every step after the first in one shell, as a reader does; give what each printed, errors included."""
    program("curl")
    parts = [f"echo '{MARK.format(n)}'\n{step.commands}" for n, step in enumerate(steps()) if n]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("SLUIS_")}
    done = subprocess.run(
        [program("bash"), "-c", "".join(parts)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=town,
        env=environment,
    )
    return re.split(r"=== step \d+ ===\n", done.stdout)


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
