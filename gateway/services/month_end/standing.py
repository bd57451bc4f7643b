"""Where cases stand at month end, read for many at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.store import governance
from gateway.store.change import Row
from schemas.case import CaseState, CloseReason
from schemas.ids import CaseId, Tenant
from schemas.month_end import TALKING_MS, Standing, Verdict, judge

_LIVE = frozenset({"gevalideerd", "gekoppeld"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A case with its signals (newest first), its letters and the dial records that were not ended.

    ``proven``: it is sure that the resident self asked for help, and nobody else who picked up the telephone.
    """

    row: Row
    standing: Standing
    members: Sequence[Row]
    letters: Sequence[Row]
    leases: int
    proven: bool

    @property
    def case_id(self) -> CaseId:
        """The case's id."""
        return CaseId(self.row["case_id"])

    @property
    def subject(self) -> str | None:
        """Whom the log tells of."""
        return self.members[0]["signal_id"] if self.members else None

    @property
    def verdict(self) -> Verdict:
        """What month end does with it."""
        return judge(self.standing)

    def signals(self, *states: str) -> list[str]:
        """Give the ids of the signals in these states; without any, of those that still count."""
        wanted = frozenset(states) or _LIVE
        return [member["signal_id"] for member in self.members if member["state"] in wanted]


def look(connection: Connection, tenant: Tenant, rows: Iterable[Row], now: int) -> list[Seen]:
    """Look at many cases at one moment (ms UTC), in the order given."""
    wanted = list(rows)
    ids = [row["case_id"] for row in wanted]
    members = governance.members_of(connection, tenant, ids)
    leases = governance.open_leases(connection, tenant, ids)
    letters = governance.letters_of(connection, tenant, ids)
    asked = governance.handovers_of(connection, tenant, ids)
    doubts = governance.in_doubt(connection, tenant)
    held = {hold["case_id"] for hold in governance.standing_holds(connection, tenant)}
    return [
        _seen(
            row,
            members.get(case, ()),
            letters.get(case, ()),
            leases.get(case, ()),
            _Marks(
                asked.get(case, ()),
                any(m["signal_id"] in doubts for m in members.get(case, ())),
                case in held,
            ),
            now,
        )
        for row in wanted
        for case in (row["case_id"],)
    ]


@dataclass(frozen=True, slots=True)
class _Marks:
    asked: Sequence[Row]
    proposal: bool
    held: bool

    @property
    def settled(self) -> bool:
        """Whether the help request came to an end."""
        return any(row["settled_at"] is not None for row in self.asked)

    @property
    def proven(self) -> bool:
        """Whether it is sure that the resident self asked for help."""
        return any(row["verified"] or row["first_talk_at"] is not None for row in self.asked)


def _seen(
    row: Row,
    members: Sequence[Row],
    letters: Sequence[Row],
    leases: Sequence[Row],
    marks: _Marks,
    now: int,
) -> Seen:
    live = [member for member in members if member["state"] in _LIVE]
    standing = Standing(
        state=CaseState(row["state"]),
        attempts=row["attempts"],
        reached=bool(row["reached"]),
        offer_made=row["offer_at"] is not None,
        live=bool(live),
        has_phone=any(member["has_phone"] for member in live),
        phone_blocked=bool(row["phone_blocked"]),
        protected=bool(row["protected"]) or row["restricted"] is not None,
        in_flight=any(lease["expires_at"] + TALKING_MS > now for lease in leases),
        promised=row["promised_at"] is not None and row["promised_at"] > now,
        letter=any(letter["done_at"] is None for letter in letters),
        settled=marks.settled,
        given=CloseReason(row["close_reason"]) if row["close_reason"] else None,
        proposal=marks.proposal,
        held=marks.held,
    )
    return Seen(row, standing, members, letters, len(leases), marks.proven)
