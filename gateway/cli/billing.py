"""``sluis billing``: the bill of the call center, for whoever works at the machine where its tariff stands."""

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.home import Home, opened, operator_of
from gateway.cli.speech import Json, answering, document, say, show

if TYPE_CHECKING:
    from gateway.api.billing import Rekening

_MONTH = r"\d{4}-(0[1-9]|1[0-2])"


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    group = typer.Typer(help="De rekening van het callcenter.", no_args_is_help=True)
    group.command("month")(month)
    app.add_typer(group, name="billing")


def month(
    month: Annotated[str, typer.Argument(metavar="JJJJ-MM", help="Maand.", show_default=False)],
    home: Home,
    *,
    as_json: Json = False,
) -> None:
    """Maak de rekening van een maand op en vergelijk haar met het logboek."""
    _insist_on_month(month)
    with answering(), opened(home) as (gateway, cases):
        from gateway.api.billing import belbudget_of, rekening_of
        from schemas.billing import Standing

        asker = operator_of(gateway)
        bill, meter = rekening_of(cases.billing.month(asker, month)), belbudget_of(cases.billing.meter(asker))
        if as_json:
            document(bill.model_dump(mode="json", by_alias=True))
        else:
            _tell(bill)
        if meter.stand is not Standing.RUIM:
            say(
                f"Belbudget {meter.stand}: {_euro(meter.besteed_cent)} van {_euro(meter.budget_cent)} besteed"
            )


def _tell(bill: "Rekening") -> None:
    show(f"Rekening {bill.maand}{'  (voorlopig)' if bill.voorlopig else ''}")
    credited = {f"af: {why}": count for why, count in bill.gecrediteerd.items()}
    for name, count in {"geleverd": bill.geleverd, **credited, "te betalen": bill.te_betalen}.items():
        show(f"  {name:20} {count:8}")
    show(f"  {'tarief':20} {_euro(bill.tarief_cent)}")
    show(f"  {'bedrag':20} {_euro(bill.bedrag_cent)}")


def _insist_on_month(month: str) -> None:
    import re

    if not re.fullmatch(_MONTH, month):
        raise typer.BadParameter("schrijf een maand als JJJJ-MM", param_hint="JJJJ-MM")


def _euro(cents: int) -> str:
    """Write euro cents as people do: € 1.234,56."""
    whole = f"{cents // 100:,}".replace(",", ".")
    return f"€ {whole},{cents % 100:02d}"
