"""All verbs together; every verb loads what it needs when it runs, so that ``--help`` answers at once."""

import signal
import sys
import traceback
from types import TracebackType
from typing import NoReturn

import typer
from typer.main import get_command

from gateway.cli import (
    billing,
    contract,
    demo,
    dial,
    installation,
    log,
    monthend,
    parties,
    policy,
    report,
    retention,
    ris,
    signals,
)
from gateway.cli.speech import say
from keys.process import harden_process

app = typer.Typer(
    name="sluis",
    help="Sluis: gegevens uitwisselen voor vroegsignalering, en niemand ziet meer dan nodig.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for verbs in (
    installation,
    parties,
    signals,
    dial,
    ris,
    monthend,
    billing,
    report,
    retention,
    log,
    policy,
    demo,
    contract,
):
    verbs.add_to(app)


def main() -> None:
    """Run the command line; from its first moment it leaves no core dump and lets no debugger in."""
    harden_process()
    sys.excepthook = unforeseen
    signal.signal(signal.SIGTERM, _end)
    get_command(app)(prog_name="sluis")


def _end(number: int, _frame: object) -> NoReturn:
    """Unwind when told to end, so that temporary folders go and databases close."""
    raise SystemExit(128 + number)


def unforeseen(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
    """Say where something went wrong that nobody foresaw; never its message, which may hold a value (exit code 1)."""
    for line in traceback.format_tb(trace):
        say(line.rstrip())
    say(f"Onverwachte fout: {kind.__name__}")
