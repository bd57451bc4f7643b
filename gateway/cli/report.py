"""``sluis report``: the figures of a month, counted once, protected, and typeset."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.home import Home, opened
from gateway.cli.speech import Json, answering, say, show
from gateway.cli.staff import User, staff_of

if TYPE_CHECKING:
    from gateway.statistics.report import Report

_UNITS = {"procent": " %", "cent": " cent"}


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="Cijfers over een maand, zonder personen.", no_args_is_help=True)
    group.command("month")(month)
    group.callback()(_group)
    app.add_typer(group, name="report")


def _group() -> None:
    """Keep ``month`` a verb of its own while it is the only one."""


def month(
    which: Annotated[str, typer.Argument(metavar="JJJJ-MM", help="De maand.", show_default=False)],
    home: Home,
    user: User,
    out: Annotated[Path | None, typer.Option(help="Map voor de PDF, de tabellen en de grafieken.")] = None,
    *,
    publication: Annotated[
        bool, typer.Option("--publication", help="Het rapport voor iedereen in plaats van het interne.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Stel het rapport van een afgelopen maand vast, of geef het zoals het is vastgesteld."""
    with answering(), opened(home) as (gateway, cases):
        from gateway.services.reporting import files_of
        from gateway.statistics.report import Readers
        from schemas.parties import PartyKind

        asker = staff_of(gateway, user, PartyKind.MANAGEMENT)
        report = cases.reports.lay_down(asker, which).report
        if publication:
            report = cases.reports.read(asker, which, Readers.OPENBAAR).report
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            for name, content in files_of(report):
                (out / name).write_bytes(content)
            say(f"Het rapport staat in {out}")
        _tell(report, as_json=as_json)


def _tell(report: "Report", *, as_json: bool) -> None:
    if as_json:
        show(report.model_dump_json(by_alias=True))
        return
    show(f"Rapport {report.maand}  {report.lezers}  ten minste {report.ondergrens} inwoners per getal")
    for figure in report.kerncijfers:
        number = "–" if figure.waarde is None else f"{figure.waarde}{_UNITS.get(figure.eenheid, '')}"
        show(f"  {figure.naam:24} {number:>8}")
