"""The README keeps its word: its commands exist and its demo prints what it shows."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.support.folders import ROOT
from tests.support.markdown import blocks

LONGEST = 150
SCRIPT_VERBS = {"test", "bench", "torture", "docs", "dev"}
SLUIS = Path(sys.executable).parent / "sluis"

# What differs from one run to the next: figures, dates, hashes, spoken references and temporary folders.
VARIES = re.compile(
    r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]|/tmp/\S+|\b[0-9a-f]{8,}\b|[A-Za-z0-9+/=_-]{20,}|\d+([.,:-]\d+)*"
)


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    """Give every ``./sluis`` command of the fenced blocks, as words."""
    lines = [line.removeprefix("$ ") for block in blocks(readme()) for line in block.text.splitlines()]
    return [line.split("#")[0].split()[1:] for line in lines if line.startswith("./sluis")]


def shape(line: str) -> str:
    """Give a line of output without what differs from run to run."""
    return re.sub(r"\s+", " ", VARIES.sub("#", line)).strip()


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(SLUIS), *words], capture_output=True, text=True, check=False, cwd=ROOT)


def test_it_can_be_read_in_one_sitting() -> None:
    assert len(readme().splitlines()) <= LONGEST


def test_it_starts_with_the_demo_and_the_suite() -> None:
    first = [words[0] for words in commands() if words]
    assert first[:2] == ["demo", "test"]


@cache
def known_verbs() -> str:
    return run("--help").stdout


def test_every_command_it_names_exists() -> None:
    unknown = [
        words
        for words in commands()
        if words
        and words[0] not in SCRIPT_VERBS
        and not re.search(rf"\b{re.escape(words[0])}\b", known_verbs())
    ]
    assert unknown == []


def shown_output() -> list[str]:
    """Give the output that stands under ``$ ./sluis demo``, one shape per line; an ellipsis stands for anything."""
    block = next(block for block in blocks(readme()) if block.text.startswith("$ ./sluis demo"))
    lines = block.text.splitlines()[1:]
    ends = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    return [shape(line) for line in lines[: ends[0] if ends else None] if line.strip() and "…" not in line]


def test_the_demo_prints_what_the_readme_shows() -> None:
    done = run("demo")
    assert done.returncode == 0, done.stderr[-2000:]
    real = {shape(line) for line in (done.stdout + done.stderr).splitlines()}
    assert shown_output()
    assert [line for line in shown_output() if line not in real] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("487 signals in 1.2 s", "512 signals in 0.9 s"),
        ("root 9c1f00aa41d2", "root 00aa41d29c1f"),
        ("case 7K3P-9QX2-C", "case 4M1B-77ZQ-0"),
    ],
    ids=["figures", "hashes", "references"],
)
def test_only_the_shape_of_a_line_is_compared(one: str, other: str) -> None:
    assert shape(one) == shape(other)
    assert shape(one) != shape(f"no {one}")
