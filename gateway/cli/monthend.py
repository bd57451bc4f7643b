"""``sluis month-end``: a plan by one member of staff, carried out by another, and undone while that can be."""

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.home import Home, opened
from gateway.cli.speech import Json, answering, document, say, show
from gateway.cli.staff import User, staff_of

if TYPE_CHECKING:
    from gateway.services.month_end import Summary

Plan = Annotated[str, typer.Argument(metavar="PLAN", help="Nummer van het plan.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="Een maand afsluiten, met twee personen.", no_args_is_help=True)
    group.command("plan")(plan)
    group.command("run")(run)
    group.command("undo")(undo)
    app.add_typer(group, name="month-end")


def plan(
    home: Home,
    user: User,
    month: Annotated[str | None, typer.Option(help="JJJJ-MM; zonder: deze maand.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Ga na wat er met elk dossier gebeurt; er verandert niets."""
    with answering(), opened(home) as (gateway, _):
        from gateway.services.month_end import MonthEndPlans
        from schemas.moments import month_of
        from schemas.parties import PartyKind

        asker = staff_of(gateway, user, PartyKind.MATCHING)
        plans = MonthEndPlans(gateway.house, gateway.codes)
        _tell(plans.plan(asker, month or month_of(gateway.house.now())), as_json=as_json)
        say("Een ander voert dit plan uit met: sluis month-end run PLAN --user …")


def run(plan_id: Plan, home: Home, user: User, *, as_json: Json = False) -> None:
    """Bevestig het plan van een ander en voer het uit; een uitvoering die afbrak gaat verder."""
    with answering(), opened(home) as (gateway, _):
        from gateway.services.month_end import MonthEndPlans, MonthEndRuns
        from schemas.month_end import PlanState
        from schemas.parties import PartyKind

        asker = staff_of(gateway, user, PartyKind.MATCHING)
        plans = MonthEndPlans(gateway.house, gateway.codes)
        if plans.summary(asker, plan_id).state is PlanState.GEPLAND:
            plans.confirm(asker, plan_id)
        _tell(MonthEndRuns(gateway.house).run(asker, plan_id), as_json=as_json)


def undo(plan_id: Plan, home: Home, user: User, *, as_json: Json = False) -> None:
    """Draai een uitvoering terug, zolang dat nog kan."""
    with answering(), opened(home) as (gateway, _):
        from gateway.services.month_end import MonthEndUndo
        from schemas.parties import PartyKind

        asker = staff_of(gateway, user, PartyKind.MATCHING)
        _tell(MonthEndUndo(gateway.house).undo(asker, plan_id), as_json=as_json)


def _tell(summary: "Summary", *, as_json: bool) -> None:
    from gateway.api.governance import maandafsluiting_of

    if as_json:
        document(maandafsluiting_of(summary).model_dump(mode="json", by_alias=True))
        return
    show(f"Plan {summary.plan_id}  maand {summary.month}  {summary.state}")
    for action, reasons in summary.groups.items():
        for reason, count in reasons.items():
            show(f"  {action:12} {reason:32} {count:6}")
    for reason, count in summary.few.items():
        show(f"  minder dan zeven pogingen: {reason:32} {count:6}")
    for outcome, count in summary.outcomes.items():
        show(f"  {outcome:45} {count:6}")
    show(f"  signalen die nog op een besluit wachten       {summary.waiting:6}")
