"""One attempt while it is being recorded: whether it may be, whether it counts, and which way it takes the case."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.disclosure import Dossier
from gateway.policy.calendar import Calendar
from gateway.store.change import Row
from schemas.call import CONSEQUENCES, PROMISE_AHEAD, CallResult, Consequence, Outcome
from schemas.case import MAX_ATTEMPTS, TABLE, CaseEvent, CaseFacts, CaseState, Move, advance
from schemas.errors import Conflict, FieldProblem, Invalid
from schemas.moments import instant, millis
from schemas.notes import readable, refuse_note
from schemas.scripts import CARDS

GRACE_MS: Final = 30 * 60 * 1000
"""A result may come in this long after the lease ran out: the talk took longer than the lease."""

LATE_MS: Final = 24 * 3600 * 1000
"""What a resident said for himself (a help request, an objection) may still come in so long after that."""

_OVER: Final = frozenset({CaseState.GESLOTEN, CaseState.INGETROKKEN})
_AGAIN: Final = (CaseEvent.HEROPENING, CaseEvent.ROUTE_SOCIAAL_WERK)
"""How a case that is over comes back for somebody who asks for help or is in need."""


@dataclass(frozen=True, slots=True)
class Call:
    """Everything about one attempt while it is being recorded.

    ``counts``: it is one of the seven. ``callable_left``: a number is left that may be called.
    """

    lease: Row
    dossier: Dossier
    attempts: Sequence[Row]
    result: CallResult
    attempt_id: str
    now: int
    asked: Row | None
    counts: bool
    recalled: bool
    callable_left: bool = True

    @property
    def consequence(self) -> Consequence:
        """What the outcome means."""
        return CONSEQUENCES[self.result.uitkomst]

    @property
    def acute(self) -> bool:
        """Whether somebody is in acute need: then nothing may stand in the way."""
        return self.result.uitkomst is Outcome.ACUUT

    @property
    def event(self) -> CaseEvent:
        """What happened to the case: one wrong number of several leaves the others to be called."""
        another = self.result.uitkomst is Outcome.FOUT_NUMMER and self.callable_left
        return CaseEvent.POGING if another else self.consequence.event

    @property
    def number(self) -> int:
        """How many attempts were made with this one."""
        return int(self.dossier.case["attempts"]) + self.counts

    @property
    def verified(self) -> bool:
        """Whether the resident showed who he is."""
        return self.lease["verified_at"] is not None

    @property
    def informed(self) -> bool:
        """Whether the notice of AVG art. 14 was given: nothing is said to whoever did not show who it is."""
        return self.verified and self.consequence.reached

    @property
    def said(self) -> dict[str, str]:
        """What was written down; in acute need hidden characters are left out instead of refused."""
        given = {"beste_moment": self.result.beste_moment, "omschrijving": self.result.omschrijving}
        texts = {name: readable(text) if self.acute else text for name, text in given.items() if text}
        return {name: text for name, text in texts.items() if text}


def is_running(lease: Row, now: int) -> bool:
    """Say whether a talk on this dial record may still be going on."""
    return bool(lease["state"] == "open" and now <= lease["expires_at"] + GRACE_MS)


def insist_standing(lease: Row, result: CallResult, now: int) -> None:
    """Let only a result pass that comes in time; what is somebody's own right may come late, acute need always.

    Raises:
        Conflict: the dial record was recalled, given back or has expired; the code says which.
    """
    if is_running(lease, now) or result.uitkomst is Outcome.ACUUT:
        return
    if CONSEQUENCES[result.uitkomst].own_right and now <= lease["expires_at"] + LATE_MS:
        return
    state = "verlopen" if lease["state"] == "open" else lease["state"]
    raise Conflict(f"Dit belrecord is {state}", code=state)


_CALL_BACK = "Alleen en altijd bij de uitkomst terugbellen, en in de toekomst"
_TOO_FAR = f"Spreek een moment af binnen {PROMISE_AHEAD.days} dagen"
_SHUT = "Op dat moment mag er niet gebeld worden; spreek een ander moment af"
_ABOUT_OTHERS = "Bij een verkeerd nummer schrijft u niets op over wie u sprak"
_ONLY_WRONG = "Alleen bij de uitkomst fout_nummer"
_NO_CARD = "Noem een tipkaart die er is, en alleen als u tips gaf"


def insist_on_fit(result: CallResult, now: int, calendar: Calendar) -> None:
    """Let only a result pass whose parts belong together; in acute need nothing is held against it.

    Raises:
        Invalid: every field that does not fit, with its code.
    """
    if result.uitkomst is Outcome.ACUUT:
        return
    wrong = [*_wrong_moment(result, now, calendar), *_wrong_texts(result), *_wrong_rest(result)]
    if wrong:
        raise Invalid(fields=wrong)


def _wrong_moment(result: CallResult, now: int, calendar: Calendar) -> Iterator[FieldProblem]:
    back = result.terugbellen_op
    if (result.uitkomst is Outcome.TERUGBELLEN) != (back is not None) or (
        back is not None and millis(back) <= now
    ):
        yield FieldProblem("terugbellenOp", "moment", _CALL_BACK)
    elif back is not None and back > instant(now) + PROMISE_AHEAD:
        yield FieldProblem("terugbellenOp", "te_ver", _TOO_FAR)
    elif back is not None and not calendar.is_open(back):
        yield FieldProblem("terugbellenOp", "buiten_belvenster", _SHUT)


def _wrong_texts(result: CallResult) -> Iterator[FieldProblem]:
    texts: Mapping[str, str | None] = {
        "omschrijving": result.omschrijving,
        "besteMoment": result.beste_moment,
    }
    for name, text in texts.items():
        if text and result.uitkomst is Outcome.FOUT_NUMMER:
            yield FieldProblem(name, "niet_hier", _ABOUT_OTHERS)
        elif text:
            yield from refuse_note(name, text)


def _wrong_rest(result: CallResult) -> Iterator[FieldProblem]:
    if result.nummer is not None and result.uitkomst is not Outcome.FOUT_NUMMER:
        yield FieldProblem("nummer", "niet_hier", _ONLY_WRONG)
    if result.tipkaart is not None and not (result.tips_gegeven and result.tipkaart in CARDS):
        yield FieldProblem("tipkaart", "tipkaart", _NO_CARD)


def moves_of(call: Call) -> list[Move]:
    """Follow the outcome through the table; the seventh attempt that ends in nothing ends the calling.

    Raises:
        Conflict: the table has no such arrow.
    """
    case = call.dossier.case
    state, event = CaseState(case["state"]), call.event
    if state in _OVER and event in {CaseEvent.HULPVRAAG, CaseEvent.ROUTE_SOCIAAL_WERK} and _needed(call):
        return _walk(call, state, (*_AGAIN, *([event] if event is CaseEvent.HULPVRAAG else [])))
    loose = call.acute or not call.counts
    if loose and (event is CaseEvent.POGING or _out_of_reach(state, event)):
        return [Move(state)]  # The talk is on record all the same; it uses up no attempt.
    moves = [advance(CaseFacts(state, case["attempts"], bool(case["reached"])), event)]
    if event is CaseEvent.POGING and call.number == MAX_ATTEMPTS:
        reached = bool(case["reached"] or call.consequence.reached)
        after = CaseFacts(moves[0].to, call.number, reached)
        moves.append(advance(after, CaseEvent.STILTE if reached else CaseEvent.UITGEBELD))
    return moves


def _needed(call: Call) -> bool:
    """Say whether a case that is over must come back: somebody asks for help himself, or is in danger."""
    return call.acute or call.event is CaseEvent.HULPVRAAG


def _walk(call: Call, state: CaseState, events: Iterable[CaseEvent]) -> list[Move]:
    moves: list[Move] = []
    for event in events:
        moves.append(advance(CaseFacts(state, call.number), event))
        state = moves[-1].to
    return moves


def _out_of_reach(state: CaseState, event: CaseEvent) -> bool:
    """Say whether a talk leaves a case where it is: what social work has in hand, only social work moves."""
    if state in {CaseState.HULP_GEVRAAGD, CaseState.OVERGEDRAGEN}:
        return True
    away = state is CaseState.SOCIAAL_WERK and event is CaseEvent.ROUTE_BRIEF
    return away or event not in TABLE[state]
