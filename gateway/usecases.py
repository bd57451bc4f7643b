"""All use cases of one open installation, each made once with the parts it needs."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.services.administration import Administration
from gateway.services.admissions import Admissions
from gateway.services.assignments import Assignments
from gateway.services.billing import Billing
from gateway.services.callback import Callback, CallControl
from gateway.services.callteam import CallTeam
from gateway.services.casework import Casework, Escalations, Worklists
from gateway.services.delivery import Delivery
from gateway.services.dialling import Dialling
from gateway.services.feedback import Feedback
from gateway.services.handover import Handovers, Helping
from gateway.services.holds import Holds
from gateway.services.inbox import Inbox
from gateway.services.incidents import Incidents
from gateway.services.intake import Intake
from gateway.services.letters import LetterOrders, Post, Printing
from gateway.services.matching import Links, MatchRun, Review
from gateway.services.month_end import MonthEndPlans, MonthEndRuns, MonthEndUndo
from gateway.services.oversight import Oversight
from gateway.services.reporting import Reports
from gateway.services.results import Results
from gateway.services.retention import RetentionDecisions, RetentionPlans, RetentionRuns
from gateway.services.routing import Routing
from gateway.services.scorecard import Scorecards
from gateway.services.shielding import Emergencies, Protections, Restrictions
from gateway.services.tokens import TokenService
from gateway.services.visits import Visits
from gateway.wiring import Gateway, wall_ms
from keys.signing import Es256, token_keys
from keys.tokens import AccessTokens, ClientAssertions
from schemas.principal import Principal

TOKEN_PATH = "/oauth/token"  # noqa: S105 (a path, not a secret)


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """Closing a month: its plan, its run and the way back."""

    plans: MonthEndPlans
    runs: MonthEndRuns
    undo: MonthEndUndo


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters: ordering, printing and posting them."""

    orders: LetterOrders
    printing: Printing
    post: Post


@dataclass(frozen=True, slots=True)
class Exchange:
    """The case system of social work: what goes there and what comes back."""

    delivery: Delivery
    inbox: Inbox


@dataclass(frozen=True, slots=True)
class UseCases:
    """What the front doors (API, pages, command line) may call."""

    administration: Administration
    intake: Intake
    feedback: Feedback
    scorecards: Scorecards
    matching: MatchRun
    review: Review
    links: Links
    routing: Routing
    exchange: Exchange
    dialling: Dialling
    results: Results
    callback: Callback
    control: CallControl
    call_team: CallTeam
    incidents: Incidents
    casework: Casework
    worklists: Worklists
    escalations: Escalations
    restrictions: Restrictions
    protections: Protections
    emergencies: Emergencies
    assignments: Assignments
    handovers: Handovers
    helping: Helping
    visits: Visits
    billing: Billing
    letters: Letters
    month_end: MonthEnd
    reports: Reports
    retention_decisions: RetentionDecisions
    retention_plans: RetentionPlans
    retention_runs: RetentionRuns
    holds: Holds
    oversight: Oversight
    tokens: TokenService


def use_cases(gateway: Gateway, issuer: str) -> UseCases:
    """Make every use case; ``issuer`` is the public origin of the service."""
    house, door, codes = gateway.house, gateway.door, gateway.codes
    return UseCases(
        administration=Administration(house),
        intake=Intake(house),
        feedback=Feedback(house, codes),
        scorecards=Scorecards(house),
        matching=MatchRun(house),
        review=Review(house, door),
        links=Links(house, door, codes),
        routing=Routing(house),
        exchange=Exchange(Delivery(house, door, codes), Inbox(house)),
        dialling=Dialling(house, door, codes),
        results=Results(house, codes),
        callback=Callback(house, codes),
        control=CallControl(house),
        call_team=CallTeam(house, door, codes),
        incidents=Incidents(house, codes),
        casework=Casework(house, door, codes),
        worklists=Worklists(house, door, codes),
        escalations=Escalations(house, door, codes),
        restrictions=Restrictions(house, door, codes),
        protections=Protections(house, door, codes),
        emergencies=Emergencies(house, door, codes),
        assignments=Assignments(house, door, codes),
        handovers=Handovers(house, door, codes),
        helping=Helping(house, door, codes),
        visits=Visits(house, door, codes),
        billing=Billing(house),
        letters=_letters(gateway),
        month_end=MonthEnd(MonthEndPlans(house, codes), MonthEndRuns(house), MonthEndUndo(house)),
        reports=Reports(house, door, _bill(Billing(house))),
        retention_decisions=RetentionDecisions(house),
        retention_plans=RetentionPlans(house, codes),
        retention_runs=RetentionRuns(house, gateway.keyring, Es256(gateway.keyring, house.settings.tenant)),
        holds=Holds(house, codes),
        oversight=Oversight(house, gateway.signer),
        tokens=_tokens(gateway, issuer),
    )


def _letters(gateway: Gateway) -> Letters:
    parts = gateway.house, gateway.door, gateway.codes
    return Letters(LetterOrders(*parts), Printing(*parts), Post(*parts))


def _bill(billing: Billing) -> Callable[[Principal, str], int | None]:
    """Let the month report ask what calling cost; without a price there is nothing to tell."""
    return lambda asker, month: billing.month(asker, month).amount_cent or None


def _tokens(gateway: Gateway, issuer: str) -> TokenService:
    tenant = gateway.house.settings.tenant

    def seconds() -> int:
        return wall_ms() // 1000

    access = AccessTokens(lambda: token_keys(gateway.keyring, tenant), issuer, seconds)
    accepted = (issuer, issuer + TOKEN_PATH)
    told = Admissions(gateway.house, wall_ms)
    assertions = ClientAssertions(accepted, seconds, told.spent)
    return TokenService(access, assertions, gateway.find_client, told, gateway.house.ended)
