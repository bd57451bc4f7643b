"""How the command line speaks: results on stdout, progress and errors on stderr, the same words everywhere."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer

from schemas.errors import Invalid, SluisError

NO = 1

Given = TypeVar("Given")
T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)

Json = Annotated[bool, typer.Option("--json", help="Geef JSON, een document per regel.")]
ReadableFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, show_default=False)]


def say(text: str) -> None:
    """Tell how it goes (stderr)."""
    print(text, file=sys.stderr, flush=True)


def show(text: str) -> None:
    """Give a result (stdout)."""
    print(text, flush=True)


def document(content: Mapping[str, Any]) -> None:
    """Give one JSON document on a line of its own (stdout)."""
    sys.stdout.buffer.write(orjson.dumps(content) + b"\n")
    sys.stdout.flush()


@contextmanager
def answering() -> Iterator[None]:
    """Turn an error of the product or of the machine's files into its sentence and exit code 1, nothing else."""
    try:
        yield
    except SluisError as error:
        say(error.detail)
        if isinstance(error, Invalid):
            for field in error.fields:
                say(f"  {field.veld}: {field.hint}")
        raise typer.Exit(NO) from None
    except OSError as error:
        say(f"Dat gaat hier niet: {error.strerror or error}")
        raise typer.Exit(NO) from None


def fitting(read: Callable[[Given], T], given: Given, option: str) -> T:
    """Read what an option or argument gives; what does not fit is wrong usage (exit code 2)."""
    try:
        return read(given)
    except SluisError as problem:
        raise typer.BadParameter(problem.detail, param_hint=option) from None


def one_of(words: type[Word], given: str, option: str) -> Word:
    """Read a word of a closed list; another word is wrong usage and hears the list."""
    try:
        return words(given)
    except ValueError:
        raise typer.BadParameter(f"kies uit {', '.join(words)}", param_hint=option) from None
