"""How the command line speaks: results on stdout, progress and errors on stderr, the same words everywhere."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import typer

from schemas.errors import Invalid, SluisError

NO = 1
WRONG_USAGE = 2


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
    """Turn an error of the product into its sentence and exit code 1; nothing else is told."""
    try:
        yield
    except SluisError as error:
        say(f"{error.title}: {error.detail}" if error.detail != error.title else error.title)
        if isinstance(error, Invalid):
            for field in error.fields:
                say(f"  {field.veld}: {field.hint}")
        raise typer.Exit(NO) from None
