"""A page that is walked through: its commands run in order, in one shell, against a live town, as a reader does."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.app import create_app
from gateway.demo.month import open_day
from gateway.demo.proof import verifier_key
from gateway.demo.stage import Stage
from tests.support.folders import ROOT, program
from tests.support.markdown import blocks

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


def steps(page: Path) -> list[Step]:
    """Give the steps of a page; the first one starts the demo, which a test does by itself."""
    found = blocks(page.read_text(encoding="utf-8"))
    pairs = zip(found, [*found[1:], None], strict=True)
    return [
        Step(block.text, after.text if after is not None and after.language == "text" else "")
        for block, after in pairs
        if block.language == "sh"
    ]


def shape(line: str) -> str:
    """Write a line without what varies from run to run."""
    return re.sub(r"\s+", " ", VARIES.sub("#", line)).strip()


def shapes(text: str) -> list[str]:
    """Give the shapes of the lines of a text; a line with an ellipsis stands for any."""
    return [shape(line) for line in text.splitlines() if line.strip() and "…" not in line]


@contextmanager
def a_checkout(folder: Path, *boxes: str) -> Iterator[Path]:
    """Serve the town as the demo leaves it, without its month; gives the folder where a reader would stand.

    ``boxes`` are the folders under ``build`` in which the pages keep what they make, each with the credentials.
    """
    (folder / "docs").symlink_to(ROOT / "docs")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "sluis").symlink_to(Path(sys.executable).parent / "sluis")
    stage = Stage(folder / "town", create_app)
    try:
        with stage.serving():
            open_day(stage, SEED)
            access = json.dumps(stage.cast.credentials(stage.origin, verifier_key(stage)))
            for box in boxes:
                (folder / "build" / box).mkdir(parents=True)
                (folder / "build" / box / "toegang.json").write_text(access, encoding="utf-8")
            yield folder
    finally:
        stage.close()


def play(page: Path, folder: Path) -> list[str]:
    """Run every step after the first in one shell; give what each printed, errors included."""
    program("curl")
    parts = [f"echo '{MARK.format(n)}'\n{step.commands}" for n, step in enumerate(steps(page)) if n]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("SLUIS_")}
    done = subprocess.run(
        [program("bash"), "-c", "".join(parts)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=folder,
        env=environment,
    )
    return re.split(r"=== step \d+ ===\n", done.stdout)
