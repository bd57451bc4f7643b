"""``sluis retention``: the controller's decision, what is due, and erasing it with a certificate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.home import Home, opened, operator_of
from gateway.cli.speech import Json, ReadableFile, answering, document, say, show
from gateway.cli.staff import OptionalUser, User, staff_of

if TYPE_CHECKING:
    from gateway.services.retention import RetentionPlan, RetentionRuns
    from gateway.wiring import Gateway
    from schemas.principal import Principal
    from schemas.retention import Terms


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(
        help="Bewaartermijnen: nagaan en wissen wat niet langer nodig is.", no_args_is_help=True
    )
    group.command("decide")(decide)
    group.command("plan")(plan)
    group.command("run")(run)
    app.add_typer(group, name="retention")


def decide(
    home: Home,
    user: User,
    reference: Annotated[str, typer.Option(help="Kenmerk van het besluit.", show_default=False)],
    terms: Annotated[ReadableFile | None, typer.Option(help="JSON met de termijnen.")] = None,
) -> None:
    """Leg vast wat de verwerkingsverantwoordelijke over bewaartermijnen besloot."""
    chosen = _terms(terms)
    with answering(), opened(home) as (gateway, _):
        from gateway.services.retention import RetentionDecisions
        from schemas.parties import PartyKind

        asker = staff_of(gateway, user, PartyKind.PRIVACY_OFFICER)
        made = RetentionDecisions(gateway.house).decide(asker, chosen, reference)
        say(f"Besluit {made.reference} vastgelegd")


def plan(home: Home, user: OptionalUser = None, *, as_json: Json = False) -> None:
    """Ga na wat gewist mag worden; er wordt niets gewist."""
    with answering(), opened(home) as (gateway, _):
        _tell(_planned(gateway, _asker(gateway, user)), as_json=as_json)


def run(
    home: Home,
    plan_id: Annotated[
        str | None, typer.Argument(metavar="[PLAN]", help="Nummer van een plan; zonder: een nieuw plan.")
    ] = None,
    user: OptionalUser = None,
    certificate: Annotated[Path | None, typer.Option(help="Schrijf hier de ondertekende verklaring.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Wis wat wisbaar is en niet vastgehouden wordt; zonder vastgelegd besluit gebeurt er niets."""
    with answering(), opened(home) as (gateway, _):
        asker = _asker(gateway, user)
        done = _runs(gateway).run(asker, plan_id or _planned(gateway, asker).plan_id)
        if certificate is not None:
            certificate.write_text(done.certificate + "\n", encoding="ascii")
        if as_json:
            document({"bewaarplanId": done.plan_id, "gewist": dict(done.counts), "sleutels": done.keys})
            return
        for name, count in done.counts.items():
            show(f"  gewist: {name:24} {count:6}")
        show(f"  vernietigd: sleutels             {done.keys:6}")
        say(f"De verklaring staat onder nummer {done.plan_id}")


def _terms(file: Path | None) -> "Terms":
    from pydantic import ValidationError

    from schemas.retention import Terms

    if file is None:
        return Terms()
    try:
        return Terms.model_validate_json(file.read_bytes())
    except ValidationError as problem:
        wrong = ", ".join(sorted({str(part) for error in problem.errors() for part in error["loc"][:1]}))
        raise typer.BadParameter(f"deze termijnen kloppen niet: {wrong}", param_hint="--terms") from None


def _asker(gateway: "Gateway", user: str | None) -> "Principal":
    from schemas.parties import PartyKind

    return operator_of(gateway) if user is None else staff_of(gateway, user, PartyKind.PRIVACY_OFFICER)


def _runs(gateway: "Gateway") -> "RetentionRuns":
    from gateway.services.retention import RetentionRuns
    from keys.signing import Es256

    signer = Es256(gateway.keyring, gateway.house.settings.tenant)
    return RetentionRuns(gateway.house, gateway.keyring, signer)


def _planned(gateway: "Gateway", asker: "Principal") -> "RetentionPlan":
    from gateway.services.retention import RetentionPlans

    return RetentionPlans(gateway.house, gateway.codes).plan(asker)


def _tell(found: "RetentionPlan", *, as_json: bool) -> None:
    from gateway.api.governance import bewaarplan_of

    if as_json:
        document(bewaarplan_of(found).model_dump(mode="json", by_alias=True))
        return
    show(f"Plan {found.plan_id}")
    for outcome, count in found.due.items():
        show(f"  te wissen: {outcome:20} {count:6}")
    show(f"  te wissen: losse signalen       {found.strays:6}")
    show(f"  te wissen: uit het logboek      {found.logged:6}")
    show(f"  vastgehouden                    {found.held:6}")
    if not found.decided:
        say("Er is nog geen besluit vastgelegd: dit plan volgt het voorstel en is niet uit te voeren")
