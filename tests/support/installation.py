"""A real installation in a temporary folder: real database, keys and log, a cast of parties, a clock that a test moves.

::

    with an_installation(tmp_path) as town:
        case = town.person(crisissignaal="ja")  # delivered, matched and routed by the real use cases
        ref = town.ref(town.as_user("sanne"), case)
"""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, RowMapping

from audit import query
from connectors.registry import JSON
from gateway.disclosure import Codes, Door
from gateway.installation import Installation
from gateway.services.administration import Administration, operator
from gateway.services.dialling import Dialling, DialRecord
from gateway.services.intake import Intake, Received
from gateway.services.intake.receive import Upload
from gateway.services.matching import MatchRun
from gateway.services.matching.run import RunReport
from gateway.services.results import Recorded, Results
from gateway.services.routing import Routing
from gateway.settings import Settings
from gateway.store import calls, cases, signals, work
from gateway.store.change import Change, Receipt
from gateway.store.commit import Store
from gateway.wiring import Gateway, assemble, found
from keys.profiles import CHEAPEST
from schemas.audit import Act
from schemas.call import CallResult, Outcome
from schemas.ids import CaseId, ClientId, PartyId, Tenant, UserId
from schemas.moments import AMSTERDAM
from schemas.parties import PartnerType, Party, PartyKind
from schemas.principal import Principal
from tests.support.deliveries import as_json, line

TENANT = Tenant("GM0637")
PASSPHRASE = b"correct horse battery staple"
START = datetime(2026, 11, 3, 10, 0, tzinfo=AMSTERDAM)
"""A Tuesday morning inside the calling hours."""

PARTNERS: Mapping[str, PartnerType] = {
    "woonstichting": PartnerType.HUUR,
    "zorgverzekeraar": PartnerType.ZORG,
    "energiebedrijf": PartnerType.ENERGIE,
    "waterbedrijf": PartnerType.WATER,
}
DESKS: Mapping[PartyKind, str] = {
    PartyKind.MATCHING: "gemeente",
    PartyKind.VERRIJKING: "opzoekdienst",
    PartyKind.CALLCENTER: "belteam",
    PartyKind.SOCIAAL_WERK: "wijkteam",
    PartyKind.BRIEFDIENST: "drukkerij",
    PartyKind.MELDPUNT: "meldpunt",
    PartyKind.CRISISTEAM: "crisisteam",
    PartyKind.PRIVACY_OFFICER: "privacy",
    PartyKind.WOO: "woo-balie",
    PartyKind.MANAGEMENT: "management",
    PartyKind.CBS: "cbs",
    PartyKind.BETROKKENE: "inwoner",
    PartyKind.BEHEER: "beheer",
    PartyKind.SCHULDHULP: "schuldhulp",
}
SECOND_TEAM = "buurtteam"
STAFF: Mapping[str, tuple[str, str]] = {
    "olga": ("gemeente", "coordinator"),
    "farid": ("belteam", "beller"),
    "noor": ("belteam", "beller"),
    "vera": ("belteam", "teamleider"),
    "ineke": ("wijkteam", "teamleider"),
    "sanne": ("wijkteam", "medewerker"),
    "tariq": ("wijkteam", "medewerker"),
    "bram": (SECOND_TEAM, "medewerker"),
    "joke": (SECOND_TEAM, "teamleider"),
}
"""Member of staff: party and role."""

SURNAMES = ("Adelaar", "Bever", "Condor", "Das", "Egel", "Fazant", "Gans", "Hermelijn", "Ibis", "Kraai")


class BusinessClock:
    """The business clock of an installation under test; it stands still until it is moved."""

    def __init__(self, start: datetime = START) -> None:
        self.at = start

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        """Move on, in the words of ``timedelta``."""
        self.at += timedelta(**by)


class Jostled:
    """A store before whose first commit somebody else does something: the race, made certain."""

    def __init__(self, store: Store, action: Callable[[], object]) -> None:
        self._store = store
        self._actions = [action]

    def read(self) -> AbstractContextManager[Connection]:
        """Read as ever."""
        return self._store.read()

    def commit(self, change: Change) -> Receipt:
        """Let the other one go first, once."""
        if self._actions:
            self._actions.pop()()
        return self._store.commit(change)


class Town:
    """An open installation and everything a test does with it; close it, or use it as a context manager."""

    def __init__(self, settings: Settings, clock: BusinessClock) -> None:
        self.clock = clock
        self.gateway: Gateway = assemble(settings, clock)
        self.gateway.unseal(PASSPHRASE)
        self.house: Installation = self.gateway.house
        self.door: Door = self.gateway.door
        self.codes: Codes = self.gateway.codes
        self.written: dict[CaseId, Mapping[str, str]] = {}
        self._people = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the writer and forget the keys."""
        self.gateway.close()

    # --- Who asks -----------------------------------------------------------------------------------------------

    def as_party(self, name: str, user: str | None = None) -> Principal:
        """Ask as a party, by its kind (``callcenter``) or its id (``woonstichting``), with all its purposes."""
        kind = PartyKind.SIGNAALPARTNER if name in PARTNERS else PartyKind(name)
        party = name if name in PARTNERS else DESKS.get(kind, "woonstichting")
        return self._principal(party, kind, user)

    def as_user(self, user: str) -> Principal:
        """Ask as a member of staff (``STAFF``)."""
        party = STAFF[user][0]
        kind = next((kind for kind, desk in DESKS.items() if desk == party), PartyKind.SOCIAAL_WERK)
        return self._principal(party, kind, user)

    def _principal(self, party: str, kind: PartyKind, user: str | None) -> Principal:
        return Principal(
            tenant=TENANT,
            party=PartyId(party),
            kind=kind,
            client=ClientId(f"{user or party}-client"),
            user=UserId(user) if user else None,
            purposes=frozenset(p for k, p in self.house.register.table if k is kind),
        )

    # --- The road of a signal -----------------------------------------------------------------------------------

    def someone(self, **changes: str) -> dict[str, str]:
        """Write a line about a person whom no earlier line is about."""
        n = self._people
        self._people += 1
        own = {
            "signaal_ref": f"S-{n:04d}",
            "achternaam": SURNAMES[n % len(SURNAMES)] + "s" * (n // len(SURNAMES)),
            "geboortedatum": f"{1950 + n % 50}-{1 + n % 12:02d}-{1 + n % 28:02d}",
            "postcode": f"{2700 + n % 29}AB",
            "huisnummer": str(1 + n),
            "telefoon_1": f"06-1{n:07d}",
            "telefoon_2": "",
            "email": "",
            "att_herinneringen": "3",
        }
        return line(**(own | changes))

    def deliver(self, rows: Sequence[Mapping[str, str]], partner: str = "woonstichting") -> Received:
        """Deliver lines as a partner; every one of them must be accepted."""
        received = Intake(self.house).receive(self.as_party(partner), Upload(as_json(rows), JSON))
        refused = [result for result in received.results if not result.code.accepted]
        assert not refused, refused
        return received

    def match(self) -> RunReport:
        """Start a matching round as the municipality."""
        return MatchRun(self.house).start(self.as_user("olga"))

    def route(self, touched: Sequence[CaseId] = ()) -> Mapping[str, int]:
        """Route what waits for a way, and these cases."""
        return Routing(self.house).route(self.as_user("olga"), touched)

    def bring(self, rows: Sequence[Mapping[str, str]], partner: str = "woonstichting") -> tuple[CaseId, ...]:
        """Deliver, match and route lines; give the cases that came of it, in the order of the lines."""
        delivery = self.deliver(rows, partner)
        self.route(self.match().opened)
        with self.house.store.read() as connection:
            made = signals.signals_of_delivery(connection, TENANT, delivery.delivery_id)
            found = [
                CaseId(signals.case_of_signal(connection, TENANT, row["signal_id"]) or "") for row in made
            ]
        self.written |= dict(zip(found, rows, strict=True))
        return tuple(dict.fromkeys(found))

    def person(self, partner: str = "woonstichting", **changes: str) -> CaseId:
        """Make the case of one new person: by default somebody with a telephone, whom the call center calls."""
        return self.bring([self.someone(**changes)], partner)[0]

    def urgent_person(self, **changes: str) -> CaseId:
        """Make a case that goes to social work at once."""
        return self.person(**{"crisissignaal": "ja", **changes})

    def wealthy_debtor(self, **changes: str) -> CaseId:
        """Make a case that goes to social work for its amount, without urgency."""
        return self.person(**{"bedrag": "4.000,00", **changes})

    def letter_person(self, **changes: str) -> CaseId:
        """Make a case whose way is a letter: there is no telephone number."""
        return self.person(**{"telefoon_1": "", "telefoon_2": "", **changes})

    def withdraw(self, case: CaseId) -> None:
        """Let the partners take back every signal of a case, as the API does it: withdrawn, then routed again."""
        for signal in self.signals(case):
            intake, partner = Intake(self.house), self.as_party(signal["party_id"])
            intake.withdraw(partner, signal["delivery_id"], [signal["line"]])
        self.route([case])

    # --- The telephone ------------------------------------------------------------------------------------------

    def lease(self, agent: str = "farid") -> DialRecord:
        """Lease the next dial record."""
        records = Dialling(self.house, self.door, self.codes).lease(self.as_user(agent), 1)
        assert records, "there is nobody to call"
        return records[0]

    def call(self, outcome: Outcome, agent: str = "farid", *, verified: bool = True, **said: Any) -> Recorded:
        """Call the next person and report the outcome."""
        record, asker = self.lease(agent), self.as_user(agent)
        if verified:
            line_of_it = self.written[self.behind(asker, record.ref)]
            born, number = line_of_it["geboortedatum"], int(line_of_it["huisnummer"])
            dialling = Dialling(self.house, self.door, self.codes)
            assert dialling.verify(asker, record.ref, born, number).confirmed
        return Results(self.house, self.codes).record(asker, record.ref, CallResult(uitkomst=outcome, **said))

    def help_request(self, **changes: str) -> CaseId:
        """Make the case of a new person who is called and says yes."""
        case = self.person(**changes)
        self.call(Outcome.HULPVRAAG, beste_moment="na zessen", omschrijving="Wil graag hulp met de post")
        assert self.row(case)["state"] == "hulp_gevraagd"
        return case

    # --- References ---------------------------------------------------------------------------------------------

    def ref(self, principal: Principal, case: CaseId, purpose: str = "hulpverlenen") -> str:
        """Give the reference under which a party knows a case for a purpose."""
        with self.house.store.read() as connection:
            code = self.codes.give(connection, principal, purpose, self.row(case))
        if code.write is not None:
            self.house.store.commit(Change((code.write,)))
        return code.text

    def behind(self, principal: Principal, ref: str) -> CaseId:
        """Give the case behind a reference of a party."""
        with self.house.store.read() as connection:
            return self.codes.resolve(connection, principal, ref)

    # --- What is there ------------------------------------------------------------------------------------------

    def row(self, case: CaseId) -> RowMapping:
        """Give the row of a case."""
        with self.house.store.read() as connection:
            row = cases.find_case(connection, TENANT, case)
        assert row is not None
        return row

    def state(self, case: CaseId) -> str:
        """Give the state of a case."""
        return str(self.row(case)["state"])

    def change(self, case: CaseId, **values: object) -> None:
        """Change columns of a case, as another use case might."""
        self.house.store.commit(Change((cases.move(self.row(case), **values),)))

    def signals(self, case: CaseId) -> list[RowMapping]:
        """Give the signals of a case, also withdrawn ones, newest first."""
        with self.house.store.read() as connection:
            return cases.all_signals_of_case(connection, TENANT, case)

    def subject(self, case: CaseId) -> str:
        """Give the subject of a case of one signal."""
        return str(self.signals(case)[0]["signal_id"])

    def offers(self, case: CaseId) -> list[RowMapping]:
        """Give the offers of a case in order."""
        with self.house.store.read() as connection:
            return work.offers_of(connection, TENANT, case)

    def handover(self, case: CaseId) -> RowMapping:
        """Give the help request of a case."""
        with self.house.store.read() as connection:
            row = work.find_handover(connection, TENANT, case)
        assert row is not None
        return row

    def assignments(self, case: CaseId) -> list[RowMapping]:
        """Give who was responsible for a case, in order."""
        with self.house.store.read() as connection:
            return cases.assignments(connection, TENANT, case)

    def attempts(self, case: CaseId) -> list[RowMapping]:
        """Give the attempts of a case in order."""
        with self.house.store.read() as connection:
            return calls.attempts_of(connection, TENANT, case)

    def give(self, case: CaseId, user: str) -> str:
        """Put a case in a social worker's name, behind the back of the use cases; gives that team's reference."""
        row = {
            "tenant": TENANT,
            "assignment_id": self.house.new_id(),
            "case_id": case,
            "user_id": user,
            "from_at": self.house.now_ms(),
            "assigned_by": "olga",
            "reason": "verdeling",
        }
        self.house.store.commit(Change(tuple(cases.assign(self.row(case), row))))
        return self.ref(self.as_user(user), case)

    # --- The log ------------------------------------------------------------------------------------------------

    def log(self, act: Act | None = None, subject: str | None = None) -> list[dict[str, Any]]:
        """Give the entries of the log, oldest first: all, of an act, or about a subject."""
        wanted = query.Slice(tenant=TENANT, act=act, subject=subject)
        with self.house.store.read() as connection:
            return [found.entry for found in reversed(query.lines(connection, wanted, 100_000))]

    def told(self, case: CaseId) -> list[str]:
        """Give what the log tells of the first subject of a case, as acts in order."""
        return [entry["act"] for entry in self.log(subject=self.subject(case))]

    @contextmanager
    def nothing_changes(self) -> Iterator[None]:
        """Insist that the block writes no row outside the log."""
        before = self._rows()
        yield
        assert self._rows() == before

    def _rows(self) -> list[tuple[object, ...]]:
        with self.house.store.read() as connection:
            names = connection.exec_driver_sql(_OWN_TABLES).scalars().all()
            return [
                (name, *row)
                for name in names
                for row in connection.exec_driver_sql(f"SELECT * FROM {name}").all()
            ]

    # --- Races --------------------------------------------------------------------------------------------------

    def jostled(self, action: Callable[[], object]) -> tuple[Installation, Door, Codes]:
        """Give the parts for a use case that is overtaken: ``action`` happens just before its first commit."""
        store: Any = Jostled(self.house.store, action)
        house = replace(self.house, store=store)
        return house, Door(house), Codes(house)


_OWN_TABLES = """
    SELECT name FROM sqlite_master
    WHERE type = 'table' AND name LIKE 'gateway_%' AND name <> 'gateway_assertion' ORDER BY name
"""
"""Every table but that of used-up assertions: a token is asked for before anything is, and changes nothing of anybody."""


def an_installation(folder: Path, start: datetime = START, **settings: Any) -> Town:
    """Open a new installation in ``folder`` with the whole cast on record."""
    home = folder / "sluis"
    shutil.copytree(_template(), home)
    return Town(Settings(home=home, tenant=TENANT, demo=True, **settings), BusinessClock(start))


@cache
def _template() -> Path:
    """Found one installation for the whole run; every test gets a copy of it."""
    holder = tempfile.TemporaryDirectory(prefix="sluis-template-")
    atexit.register(holder.cleanup)
    home = Path(holder.name) / "sluis"
    settings = Settings(home=home, tenant=TENANT, demo=True)
    found(settings, PASSPHRASE, CHEAPEST)
    with Town(settings, BusinessClock()) as town:
        _register(Administration(town.house))
    return home


def _register(administration: Administration) -> None:
    by = operator(TENANT)
    cast = [(name, PartyKind.SIGNAALPARTNER, sector) for name, sector in PARTNERS.items()]
    desks = [(desk, kind, None) for kind, desk in DESKS.items()]
    team = (SECOND_TEAM, PartyKind.SOCIAAL_WERK, None)
    for number, (name, kind, sector) in enumerate([*cast, *desks, team], 1):
        party = Party(
            tenant=TENANT,
            party_id=PartyId(name),
            kind=kind,
            name=name.capitalize(),
            number=f"{10_000_000 + number}",
            partner_type=sector,
        )
        administration.register_party(by, party)
    for user, (party_id, role) in STAFF.items():
        administration.register_user(by, PartyId(party_id), UserId(user), role)
