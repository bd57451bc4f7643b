"""The command as a whole: help at once, wrong usage is 2, and nobody hears a value from an error."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from gateway.cli.files import contents, write_private
from gateway.cli.main import app, unforeseen
from schemas.errors import TooLarge
from tests.support.cli import CANARY, call, environment, run
from tests.support.folders import ROOT
from tests.support.markdown import blocks

VERBS = (
    "init",
    "serve",
    "unseal",
    "party",
    "import",
    "partner",
    "match",
    "audit",
    "verify",
    "policy",
    "demo",
)
HEAVY = {
    "pydantic",
    "sqlalchemy",
    "sqlmodel",
    "fastapi",
    "cryptography",
    "openpyxl",
    "typst",
    "uvicorn",
    "orjson",
}


def loaded_by(*words: str) -> set[str]:
    """Give the top-level packages that a command has loaded when it is done."""
    probe = (
        "import sys\nfrom gateway.cli import main\n"
        f"sys.argv = ['sluis', *{list(words)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=ROOT, env=environment()
    )
    return set(done.stderr.split())


def test_help_names_every_verb() -> None:
    told = run("--help")
    assert (told.code, told.err) == (0, "")
    assert [verb for verb in VERBS if f" {verb} " not in told.out] == []


def test_help_answers_without_loading_the_service() -> None:
    assert loaded_by("--help") & (HEAVY - {"orjson"}) == set()


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("bestaat-niet",),
        ("policy",),
        ("policy", "bestaat-niet"),
        ("init", "--bestaat-niet"),
        ("party", "add"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_two_and_nothing_on_stdout(words: tuple[str, ...]) -> None:
    told = call(*words)
    assert told.code == 2
    assert told.out == "" or "Usage" in told.out


@pytest.mark.parametrize(
    "verb", [("policy", "diff"), ("policy", "who"), ("detect",), ("redact",)], ids=" ".join
)
def test_what_is_not_made_yet_is_absent(verb: tuple[str, ...]) -> None:
    assert call(*verb).code == 2


@pytest.mark.parametrize(
    "verb", [("serve",), ("party", "list"), ("audit", "check"), ("unseal",)], ids=" ".join
)
def test_a_verb_on_an_installation_asks_which(verb: tuple[str, ...], tmp_path: Path) -> None:
    assert call(*verb).code == 2
    nothing = call(*verb, "--home", tmp_path / "nergens")
    assert (nothing.code, nothing.out) == (1, "")


def test_a_setting_that_is_wrong_is_named_without_its_value(home: Path) -> None:
    told = run("party", "list", env=environment(home, SLUIS_PORT=CANARY, SLUIS_RECURRENCE=CANARY))
    assert told.code == 2
    assert "SLUIS_PORT, SLUIS_RECURRENCE" in told.err


def test_an_error_nobody_foresaw_tells_where_and_not_what(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        json.loads(f"{CANARY}")
    except ValueError as error:
        unforeseen(type(error), error, error.__traceback__)
    told = capsys.readouterr()
    assert "test_main_verbs.py" in told.err
    assert told.err.endswith("Onverwachte fout: JSONDecodeError\n")
    assert CANARY not in told.err
    assert told.out == ""


def test_a_database_that_is_no_database_ends_the_verb_without_a_word_of_it(home: Path) -> None:
    (home / "sluis.db").write_bytes(f"{CANARY}\n".encode() * 1000)
    told = run("party", "list", env=environment(home))
    assert told.code == 1
    assert told.out == ""


def test_the_process_leaves_no_core_dump() -> None:
    probe = (
        "import resource, sys\nfrom gateway.cli import main\n"
        "sys.argv = ['sluis', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.endswith("(0, 0)\n")


def test_a_private_file_is_its_owners_and_comes_whole(tmp_path: Path) -> None:
    target = tmp_path / "geheim"
    write_private(target, b"een")
    write_private(target, b"twee")
    assert target.read_bytes() == b"twee"
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["geheim"]


def test_a_file_is_never_read_further_than_its_limit(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    assert contents(tmp_path / "f", 5) == b"12345"
    with pytest.raises(TooLarge):
        contents(tmp_path / "f", 4)
    with pytest.raises(TooLarge):
        contents(Path("/dev/zero"), 1000)


def how_to_commands() -> Iterator[str]:
    """Give every ``sluis`` line of the how-to pages."""
    for page in sorted((ROOT / "docs" / "how-to").glob("*.md")):
        for block in blocks(page.read_text(encoding="utf-8")):
            yield from (text for text in block.text.splitlines() if text.startswith("sluis "))


@pytest.mark.parametrize("text", list(dict.fromkeys(how_to_commands())), ids=str)
def test_every_command_of_the_how_to_pages_is_understood(text: str) -> None:
    """The verb is there, and so is every option."""
    words = shlex.split(text.partition(" > ")[0], comments=True)[1:]
    command: Any = get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options
