"""Month end, retention and legal holds: what the municipality closes, keeps and erases."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from starlette.responses import Response

from gateway.api.deps import Kenmerk, Matchend, Ref, Toeziend
from gateway.api.resources import LOCATED, Incoming, Moment, OptionalMoment, Resource, location, moment
from gateway.api.routes import router
from gateway.services.holds import Hold, Holds
from gateway.services.month_end import Line, MonthEndPlans, MonthEndRuns, MonthEndUndo, Summary
from gateway.services.retention import RetentionDecisions, RetentionPlan, RetentionPlans, RetentionRuns
from schemas.month_end import Action, FewReason, ItemOutcome, PlanState
from schemas.retention import HoldReason, Outcome, Terms


class Maand(Incoming):
    """Welke maand u afsluit."""

    maand: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="JJJJ-MM")]


class Maandafsluiting(Resource):
    """Een plan in aantallen; elk dossier staat in precies een groep."""

    maandafsluiting_id: str
    maand: str
    stand: PlanState
    gepland_op: Moment
    te_herroepen_tot: OptionalMoment = None
    dossiers: int
    groepen: Annotated[
        dict[str, dict[str, int]], Field(description="Aantal dossiers per handeling en reden.")
    ]
    minder_dan_zeven_pogingen: Annotated[dict[str, int], Field(description="Aantal dossiers per reden.")]
    wachtende_signalen: Annotated[
        int, Field(description="Signalen die nog in geen dossier zitten en op een besluit wachten.")
    ]
    afgehandeld: Annotated[dict[str, int], Field(description="Wat er van de dossiers geworden is.")]
    brievenpartij_id: str


class Afsluitregel(Resource):
    """Wat het plan met een dossier doet; nooit een persoon."""

    dossierkenmerk: str
    handeling: Action
    reden: str
    pogingen: int
    minder_dan_zeven: FewReason | None = None
    uitkomst: ItemOutcome | None = None


class Afsluitregels(Resource):
    """Een bladzijde van een plan; leeg als er geen dossiers meer zijn."""

    dossiers: list[Afsluitregel]


class Termijnen(Terms):
    """De bewaartermijnen in een besluit; wat u niet noemt, houdt de termijn van het register."""

    model_config = ConfigDict(populate_by_name=False)


class Besluit(Incoming):
    """Wat de verwerkingsverantwoordelijke besloot, en in welk document."""

    kenmerk: Annotated[str, Field(min_length=3, max_length=80)]
    termijnen: Termijnen = Termijnen()


class Bewaarbesluit(Resource):
    """Een vastgelegd besluit."""

    bewaarbesluit_id: str
    kenmerk: str
    termijnen: Terms
    vastgelegd_op: Moment


class TeWissen(Resource):
    """Een dossier dat gewist mag worden."""

    dossierkenmerk: str
    uitkomst: Outcome
    wisbaar_op: date


class Vastgehouden(Resource):
    """Een dossier dat om een wettelijke reden blijft."""

    dossierkenmerk: str
    reden: HoldReason
    sinds: Moment


class Bewaarplan(Resource):
    """Wat gewist mag worden; het plan zelf wist niets."""

    bewaarplan_id: str
    besloten: Annotated[bool, Field(description="Zonder besluit is het plan niet uit te voeren.")]
    termijnen: Terms
    aantallen: Annotated[dict[str, int], Field(description="Aantal dossiers per uitkomst.")]
    vastgehouden: int
    losse_signalen: Annotated[int, Field(description="Ingetrokken signalen die in geen dossier kwamen.")]
    logboek: Annotated[int, Field(description="Inwoners van wie de termijn van het logboek voorbij is.")]
    te_wissen: Annotated[list[TeWissen], Field(description="De eerste dossiers, op uw kenmerk.")]
    bewaarplichten: list[Vastgehouden]


class Vernietiging(Resource):
    """Wat gewist is, in aantallen; de verklaring staat onder hetzelfde nummer."""

    bewaarplan_id: str
    gewist: dict[str, int]
    sleutels: int


class Bewaarplicht(Incoming):
    """Waarom een dossier niet gewist mag worden."""

    reden: HoldReason


class Bewaarplichtregel(Resource):
    """Een bewaarplicht die geldt."""

    bewaarplicht_id: str
    reden: HoldReason
    sinds: Moment


class Bewaarplichten(Resource):
    """De bewaarplichten van een dossier, oudste eerst."""

    bewaarplichten: list[Bewaarplichtregel]


class JoseResponse(Response):
    """A compact JWS (RFC 7515 section 9.2.1)."""

    media_type = "application/jose"


_JOSE = {
    200: {"description": "De verklaring als ondertekende tekst (JWS)", "content": {"application/jose": {}}}
}


def month_end_routes(plans: MonthEndPlans, runs: MonthEndRuns, undo: MonthEndUndo) -> APIRouter:
    """Make the routes of ``/maandafsluitingen``."""
    routes = router("/maandafsluitingen", "maandafsluiting")

    @routes.post("", status_code=201, responses=LOCATED)
    def plan(asker: Matchend, maand: Maand, answer: Response) -> Maandafsluiting:
        """Maak een plan om een maand af te sluiten; er verandert nog niets."""
        made = maandafsluiting_of(plans.plan(asker, maand.maand))
        answer.headers.update(location("maandafsluitingen", made.maandafsluiting_id))
        return made

    @routes.get("/{ref}")
    def read(asker: Matchend, ref: Ref) -> Maandafsluiting:
        """Geef een plan in aantallen."""
        return maandafsluiting_of(plans.summary(asker, ref))

    @routes.get("/{ref}/dossiers")
    def lines(
        asker: Matchend,
        ref: Ref,
        pagina: Annotated[int, Query(ge=1, le=100_000, description="Bladzijde van honderd dossiers.")] = 1,
    ) -> Afsluitregels:
        """Geef de dossiers van een plan, wat verandert eerst; elke regel staat in het logboek."""
        return Afsluitregels(dossiers=[_line(line) for line in plans.lines(asker, ref, pagina)])

    @routes.post("/{ref}/bevestigingen", status_code=201)
    def confirm(asker: Matchend, ref: Ref) -> Maandafsluiting:
        """Bevestig het plan van een ander."""
        return maandafsluiting_of(plans.confirm(asker, ref))

    @routes.post("/{ref}/uitvoeringen", status_code=201)
    def run(asker: Matchend, ref: Ref) -> Maandafsluiting:
        """Voer een bevestigd plan uit; wat sindsdien veranderde, blijft zoals het is."""
        return maandafsluiting_of(runs.run(asker, ref))

    @routes.post("/{ref}/herroepingen", status_code=201)
    def take_back(asker: Matchend, ref: Ref) -> Maandafsluiting:
        """Draai een uitvoering terug, zolang dat nog kan."""
        return maandafsluiting_of(undo.undo(asker, ref))

    return routes


def maandafsluiting_of(summary: Summary) -> Maandafsluiting:
    """Write a plan as a resource."""
    return Maandafsluiting(
        maandafsluiting_id=summary.plan_id,
        maand=summary.month,
        stand=summary.state,
        gepland_op=moment(summary.planned_at),
        te_herroepen_tot=None if summary.undo_until is None else moment(summary.undo_until),
        dossiers=summary.cases,
        groepen={action: dict(reasons) for action, reasons in summary.groups.items()},
        minder_dan_zeven_pogingen=dict(summary.few),
        wachtende_signalen=summary.waiting,
        afgehandeld=dict(summary.outcomes),
        brievenpartij_id=summary.letter_batch,
    )


def _line(line: Line) -> Afsluitregel:
    return Afsluitregel(
        dossierkenmerk=line.ref,
        handeling=line.action,
        reden=line.reason,
        pogingen=line.attempts,
        minder_dan_zeven=None if line.few is None else FewReason(line.few),
        uitkomst=None if line.outcome is None else ItemOutcome(line.outcome),
    )


def retention_routes(
    decisions: RetentionDecisions, plans: RetentionPlans, runs: RetentionRuns, holds: Holds
) -> list[APIRouter]:
    """Make the routes of ``/bewaarbesluiten``, ``/bewaarplannen``, certificates and holds."""
    return [_decisions(decisions), _plans(plans, runs), _certificates(runs), _on_cases(holds), _holds(holds)]


def _decisions(decisions: RetentionDecisions) -> APIRouter:
    routes = router("/bewaarbesluiten", "bewaren")

    @routes.post("", status_code=201)
    def decide(asker: Toeziend, besluit: Besluit) -> Bewaarbesluit:
        """Leg het besluit van de verwerkingsverantwoordelijke over bewaartermijnen vast."""
        made = decisions.decide(asker, besluit.termijnen, besluit.kenmerk)
        return Bewaarbesluit(
            bewaarbesluit_id=made.decision_id,
            kenmerk=made.reference,
            termijnen=made.terms,
            vastgelegd_op=moment(made.decided_at),
        )

    return routes


def _plans(plans: RetentionPlans, runs: RetentionRuns) -> APIRouter:
    routes = router("/bewaarplannen", "bewaren")

    @routes.post("", status_code=201)
    def plan(asker: Toeziend) -> Bewaarplan:
        """Ga na wat gewist mag worden; er wordt niets gewist."""
        return bewaarplan_of(plans.plan(asker))

    @routes.post("/{ref}/uitvoeringen", status_code=201, responses=LOCATED)
    def run(asker: Toeziend, ref: Ref, answer: Response) -> Vernietiging:
        """Wis wat bij het plan wisbaar was en niet vastgehouden wordt; daarna is er een verklaring."""
        done = runs.run(asker, ref)
        answer.headers.update(location("vernietigingsverklaringen", done.plan_id))
        return Vernietiging(bewaarplan_id=done.plan_id, gewist=dict(done.counts), sleutels=done.keys)

    return routes


def bewaarplan_of(plan: RetentionPlan) -> Bewaarplan:
    """Write a retention plan as a resource."""
    return Bewaarplan(
        bewaarplan_id=plan.plan_id,
        besloten=plan.decided,
        termijnen=plan.terms,
        aantallen=dict(plan.due),
        vastgehouden=plan.held,
        losse_signalen=plan.strays,
        logboek=plan.logged,
        te_wissen=[TeWissen(dossierkenmerk=o.ref, uitkomst=o.outcome, wisbaar_op=o.due) for o in plan.lines],
        bewaarplichten=[
            Vastgehouden(dossierkenmerk=o.ref, reden=o.reason, sinds=moment(o.since)) for o in plan.held_lines
        ],
    )


def _certificates(runs: RetentionRuns) -> APIRouter:
    routes = router("/vernietigingsverklaringen", "bewaren")

    @routes.get("/{ref}", responses=_JOSE, response_class=JoseResponse)  # type: ignore[arg-type]
    def read(asker: Toeziend, ref: Ref) -> Response:
        """Geef de ondertekende verklaring van een uitgevoerd bewaarplan."""
        return JoseResponse(runs.certificate(asker, ref))

    return routes


def _on_cases(holds: Holds) -> APIRouter:
    routes = router("/dossiers", "bewaren")

    @routes.post("/{ref}/bewaarplichten", status_code=201)
    def place(asker: Toeziend, ref: Kenmerk, bewaarplicht: Bewaarplicht) -> Bewaarplichtregel:
        """Leg vast dat een dossier om een wettelijke reden niet gewist mag worden."""
        return _hold(holds.place(asker, ref, bewaarplicht.reden))

    @routes.get("/{ref}/bewaarplichten")
    def standing(asker: Toeziend, ref: Kenmerk) -> Bewaarplichten:
        """Geef de bewaarplichten die op een dossier rusten."""
        return Bewaarplichten(bewaarplichten=[_hold(hold) for hold in holds.standing(asker, ref)])

    return routes


def _hold(hold: Hold) -> Bewaarplichtregel:
    return Bewaarplichtregel(bewaarplicht_id=hold.hold_id, reden=hold.reason, sinds=moment(hold.placed_at))


def _holds(holds: Holds) -> APIRouter:
    routes = router("/bewaarplichten", "bewaren")

    @routes.delete("/{ref}", status_code=204)
    def lift(asker: Toeziend, ref: Ref) -> None:
        """Hef een bewaarplicht op; het dossier volgt weer zijn gewone termijn."""
        holds.lift(asker, ref)

    return routes
