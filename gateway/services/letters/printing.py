"""The print file: name, address and template of every letter in a batch, shown through the door in one commit."""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure import Codes, Disclosed, Door, load
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.register import Decision
from gateway.services.letters.batches import PURPOSE, again, insist_on_service, open_letters
from gateway.store import cases, work
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.errors import Conflict
from schemas.help import Channel
from schemas.ids import CaseId
from schemas.letters import ENVELOPE, PRINT_COLUMNS, WANTS_LETTER, LetterResult
from schemas.principal import Principal

_RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class PrintFile:
    """The letters of a batch as the letter service may see them; ``lapsed`` ones need no letter any more."""

    batch: str
    letters: tuple[Disclosed, ...]
    lapsed: int

    def rows(self) -> list[dict[str, Any]]:
        """Give the letters as JSON objects in camelCase."""
        return [
            {**letter.view.model_dump(by_alias=True, exclude_unset=True), "envelop": ENVELOPE}
            for letter in self.letters
        ]

    def csv(self) -> str:
        """Write the letters as CSV with ``;`` and a header; no cell runs as a formula (OWASP, CSV injection)."""
        out = io.StringIO()
        table = csv.writer(out, delimiter=";", lineterminator="\r\n")
        table.writerow((*PRINT_COLUMNS, "envelop"))
        for letter in self.letters:
            shown = letter.view.model_dump(exclude_unset=True)
            table.writerow((*(_cell(shown.get(name)) for name in PRINT_COLUMNS), ENVELOPE))
        return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Sheet:
    asks: list[tuple[Ask, Decision]] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    lapsed: list[Event] = field(default_factory=list)


class Printing:
    """What a letter service asks for."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def batches(self, principal: Principal) -> Mapping[str, int]:
        """Count the letters that are not sent yet per batch, oldest batch first.

        Raises:
            Denied: not a letter service; the refusal is in the log.
        """
        insist_on_service(self._house, self._door, principal)
        with self._house.store.read() as connection:
            letters = work.open_offers(connection, principal.tenant, Channel.BRIEF)
        return Counter(letter["batch_id"] for letter in letters)

    def print_file(self, principal: Principal, batch: str) -> PrintFile:
        """Show what goes on the letters of a batch; until it is confirmed, asking again gives the same letters.

        A letter whose case was closed, or answered in another way, since it was ordered lapses.

        Raises:
            Denied: not a letter service; the refusal is in the log. NotFound: no such batch.
            Conflict: the batch was sent already, or its cases kept moving.
        """
        insist_on_service(self._house, self._door, principal)
        return again(lambda: self._print(principal, batch))

    def _print(self, principal: Principal, batch: str) -> PrintFile:
        sheet = _Sheet()
        with self._house.store.read() as connection:
            letters = open_letters(connection, principal, batch)
            if not letters:
                raise Conflict("Deze brieven zijn al verzonden of vervallen", code="partij_afgerond")
            for letter in letters:
                self._look(connection, principal, letter, sheet)
        if not sheet.asks:
            self._house.store.commit(Change(tuple(sheet.writes), tuple(sheet.lapsed)))
            return PrintFile(batch, (), len(sheet.lapsed))
        shown = self._door.show_allowed(principal, Act.LETTER_BATCHED, sheet.asks, sheet.writes, sheet.lapsed)
        return PrintFile(batch, tuple(shown), len(sheet.lapsed))

    def _look(self, connection: Connection, principal: Principal, letter: Row, sheet: _Sheet) -> None:
        dossier = load(connection, principal, CaseId(letter["case_id"]))
        facts = facts_of(connection, self._house, principal, dossier)
        code = self._codes.give(connection, principal, PURPOSE, dossier.case)
        extra = {"dossierkenmerk": code.text, "script": letter["template"]}
        ask = Ask(dossier, facts, extra, (f"partij:{letter['batch_id']}",))
        decision = self._door.decide(principal, PURPOSE, ask)
        fresh = letter["result"] is None
        if decision.allow and dossier.signals and dossier.case["state"] in WANTS_LETTER:
            sheet.asks.append((ask, decision))
            sheet.writes.extend([code.write] if code.write else [])
            sheet.writes.extend(
                [work.update_offer(letter, result=LetterResult.GEDRUKT.value)] if fresh else []
            )
        elif fresh:
            self._lapse(connection, principal, letter, sheet)

    def _lapse(self, connection: Connection, principal: Principal, letter: Row, sheet: _Sheet) -> None:
        now, result = self._house.now_ms(), LetterResult.VERVALLEN.value
        case = CaseId(letter["case_id"])
        ever = cases.all_signals_of_case(connection, principal.tenant, case)
        sheet.writes.append(work.update_offer(letter, done_at=now, result=result))
        sheet.lapsed.append(
            tell(
                principal,
                Act.LETTER_BATCHED,
                PURPOSE,
                subject=ever[0]["signal_id"],
                case=case,
                reason=result,
            )
        )


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_RUNS_AS_FORMULA) else text
