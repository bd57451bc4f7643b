"""A month in the synthetic town, played over real HTTP; every number it tells comes out of an answer."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from gateway.demo.cast import ROLES
from gateway.demo.client import PartyClient, succeed
from gateway.demo.faces import Face, ask
from gateway.demo.files import delivery
from gateway.demo.stage import START, Stage
from gateway.demo.telephone import Answer, Telephone
from gateway.demo.town import INHABITANTS, Town, TownSignal
from schemas.call import CONSEQUENCES, Outcome
from schemas.errors import Broken, Invalid
from schemas.parties import PartnerType
from schemas.phone import phone

Say = Callable[[str], None]


_PARTNERS = {role.partner_type: role.client_id for role in ROLES if role.partner_type is not None}
_AGENTS = ("client-bel-cem", "client-bel-dina")
_HOURS = (10, 14, 19)
_CALLING_DAYS = (5, 8, 13, 16, 21)
_OUT_OF_HOURS, _CONFLICT = 403, 409


@dataclass(frozen=True, slots=True)
class Witness:
    """A resident who said yes: his number, and what the caller saw while he was on the line."""

    number: str
    face: Face


@dataclass(slots=True)
class Tally:
    """What the month came to."""

    lines: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    called: set[str] = field(default_factory=set)
    spoken: set[str] = field(default_factory=set)
    helped: list[str] = field(default_factory=list)
    deliveries: dict[PartnerType, str] = field(default_factory=dict)


class Play:
    """The actors and what they do, month part by month part."""

    def __init__(
        self, stage: Stage, seed: int, say: Say, start: datetime = START, inhabitants: int = INHABITANTS
    ) -> None:
        self._stage = stage
        self._say = say
        self._chance = Random(f"{seed}/spel")
        self._clients = {
            role.client_id: PartyClient(stage.origin, role.client_id, stage.cast.keys[role.client_id])
            for role in ROLES
        }
        self._start = start
        self._days: tuple[int, ...] = _CALLING_DAYS
        first, tenant = start.date().replace(day=1), stage.settings.tenant
        self.town = Town(seed, inhabitants, first_month=first, gemeentecode=tenant)
        self.signals: list[TownSignal] = []
        self.tally = Tally()
        self.witness: Witness | None = None

    def begin(self, start: datetime, days: Sequence[int]) -> None:
        """Go on with another month, with calls on these days of it."""
        self._start, self._days = start, tuple(days)
        self.signals, self.tally, self.witness = [], Tally(), None

    @property
    def clients(self) -> Mapping[str, PartyClient]:
        """Every actor's client."""
        return self._clients

    def client(self, client_id: str) -> PartyClient:
        """Give an actor's client."""
        return self._clients[client_id]

    def close(self) -> None:
        """Let all connections go."""
        for client in self._clients.values():
            client.close()

    def deliver(self) -> None:
        """Four partners upload their month, each in its own format, one of them twice."""
        self.signals = self.town.month(self._stage.clock().date())
        for sector, client_id in _PARTNERS.items():
            rows = [signal.row for signal in self.signals if signal.sector is sector]
            body, media_type = delivery(sector, rows)
            key = f"{sector}-{self._stage.clock():%Y-%m}"
            answer = self._upload(client_id, body, media_type, key)
            again = self._upload(client_id, body, media_type, key)
            if again["leveringId"] != answer["leveringId"]:
                raise Broken("Een herhaalde levering kreeg een tweede ontvangstbewijs")
            self._count(sector, answer)

    def match(self) -> None:
        """A person starts the round, judges the doubts, and starts it again for what was waiting."""
        anna = self.client("client-gem-anna")
        first = succeed(anna.post("/matchrondes"))
        self._say(
            f"  ronde: {first['signalen']} signalen, {first['koppelingen']} zekere koppelingen, "
            f"{first['voorstellen']} twijfels voor een mens"
        )
        proposals = succeed(anna.get("/koppelvoorstellen"))["voorstellen"]
        for proposal in proposals[:2]:
            self._say(f"    twijfel: {proposal['tekst']}")
        for proposal in proposals:
            judged = {"zelfdePersoon": "geboortedatum_ontbreekt" in proposal["redenen"]}
            succeed(anna.post(f"/koppelvoorstellen/{proposal['voorstelId']}/beoordelingen", judged))
        second = succeed(anna.post("/matchrondes"))
        for round_ in (first, second):
            self.tally.ways.update(round_["wegen"])

    def call_month(self) -> None:
        """Two agents call on ten days in three parts of the day, until nobody may be called any more."""
        telephone = Telephone((signal.row for signal in self.signals), 637)
        for moment in self._calling_moments():
            self._stage.clock.set(moment)
            self._round(telephone)
            if moment.hour == _HOURS[-1]:
                self._say(
                    f"  {moment:%d-%m}  gebeld {len(self.tally.called)}, "
                    f"gesproken {len(self.tally.spoken)}, ja {len(self.tally.helped)}"
                )

    def call_some(self, leases: int) -> None:
        """Call with a few leases only, so that there is something of everything to look at."""
        telephone = Telephone((signal.row for signal in self.signals), 637)
        for _ in range(leases):
            agent = _AGENTS[0]
            for record in succeed(self.client(agent).post("/belrecords/_lease", {"aantal": 5}))["belrecords"]:
                self._attempt(agent, record, telephone.call(record["telefoonnummers"][0]))

    def out_of_hours(self) -> str:
        """Ask for dial records on a Sunday and give the reason of the refusal."""
        self._stage.clock.set(self._start.replace(day=4, hour=11))
        answer = self.client(_AGENTS[0]).post("/belrecords/_lease", {"aantal": 1})
        if answer.status_code != _OUT_OF_HOURS:
            raise Broken("Buiten de beltijden gaf de server een belrecord uit")
        return str(answer.json()["detail"])

    def _calling_moments(self) -> Iterator[datetime]:
        for day in self._days:
            for hour in _HOURS:
                yield self._start.replace(day=day, hour=hour, minute=0)

    def _round(self, telephone: Telephone) -> None:
        busy = list(_AGENTS)
        while busy:
            for agent in list(busy):
                records = succeed(self.client(agent).post("/belrecords/_lease", {"aantal": 5}))["belrecords"]
                if not records:
                    busy.remove(agent)
                for record in records:
                    self._attempt(agent, record, telephone.call(record["telefoonnummers"][0]))

    def _attempt(self, agent: str, record: dict[str, Any], answer: Answer) -> None:
        ref, client = record["ref"], self.client(agent)
        outcome = answer.outcome
        if CONSEQUENCES[outcome].verified and not self._verified(client, ref, answer):
            outcome = Outcome.NIET_OPGENOMEN if answer.born is None else Outcome.VOICEMAIL
        result: dict[str, Any] = {"uitkomst": outcome.value}
        if outcome is Outcome.HULPVRAAG:
            known = self._verified(client, ref, answer)
            self._remember(client, record, known=known)
            result |= {"besteMoment": answer.moment, "omschrijving": answer.words}
        if outcome is Outcome.TERUGBELLEN:
            calendar, later = self._stage.gateway.house.calendar, self._stage.clock() + timedelta(hours=20)
            result["terugbellenOp"] = calendar.next_opening(later).isoformat()
        if outcome is Outcome.FOUT_NUMMER:
            result["nummer"] = record["telefoonnummers"][0]
        succeed(client.post(f"/belrecords/{ref}/belresultaten", result))
        self._note(ref, outcome)

    def _remember(self, client: PartyClient, record: dict[str, Any], *, known: bool) -> None:
        """Keep what the caller sees of the first resident who says yes, for the five faces."""
        number = record["telefoonnummers"][0]
        if known and self.witness is None and self._line(number) is not None:
            self.witness = Witness(number, ask("callcenter", client, record["ref"], "bellen"))

    def _line(self, number: str) -> tuple[PartnerType, int] | None:
        """Find the sector and line of a delivery in which a number stands."""
        for sector in _PARTNERS:
            rows = [signal.row for signal in self.signals if signal.sector is sector]
            for line, row in enumerate(rows, 1):
                if number in {_canonical(row.get("telefoon_1", "")), _canonical(row.get("telefoon_2", ""))}:
                    return sector, line
        return None

    def partner_face(self, number: str) -> Face:
        """Ask a partner's view of its own signal about a resident, by the reference it got for its line."""
        found = self._line(number)
        if found is None:
            raise Broken("Geen partner leverde dit nummer aan")
        sector, line = found
        client = self.client(_PARTNERS[sector])
        own = succeed(client.get(f"/leveringen/{self.tally.deliveries[sector]}/signalen"))["signalen"]
        ref = next(signal["ref"] for signal in own if signal["regel"] == line)
        return ask("partner", client, ref, "aanleveren")

    def withdraw(self) -> str:
        """A partner takes a signal back while an agent holds the dial record; give what the agent is told."""
        self._stage.clock.set(self._start.replace(day=5, hour=9))
        agent = self.client(_AGENTS[0])
        record = succeed(agent.post("/belrecords/_lease", {"aantal": 1}))["belrecords"][0]
        found = self._line(record["telefoonnummers"][0])
        if found is None:
            raise Broken("Geen partner leverde dit nummer aan")
        sector, line = found
        path = f"/leveringen/{self.tally.deliveries[sector]}/intrekkingen"
        succeed(self.client(_PARTNERS[sector]).post(path, {"regels": [line]}))
        said = {"geboortedatum": "1980-01-01", "huisnummer": 1}
        answer = agent.post(f"/belrecords/{record['ref']}/verificaties", said)
        if answer.status_code != _CONFLICT:
            raise Broken("Een teruggeroepen belrecord was nog te gebruiken")
        return str(answer.json()["detail"])

    def _verified(self, client: PartyClient, ref: str, answer: Answer) -> bool:
        if answer.born is None or not answer.number:
            return False
        said = {"geboortedatum": answer.born, "huisnummer": answer.number}
        return bool(succeed(client.post(f"/belrecords/{ref}/verificaties", said))["bevestigd"])

    def _note(self, ref: str, outcome: Outcome) -> None:
        self.tally.called.add(ref)
        self.tally.outcomes[outcome.value] += 1
        if CONSEQUENCES[outcome].reached:
            self.tally.spoken.add(ref)
        if outcome is Outcome.HULPVRAAG:
            self.tally.helped.append(ref)

    def _upload(self, client_id: str, body: bytes, media_type: str, key: str) -> dict[str, Any]:
        return succeed(self.client(client_id).upload(body, media_type, key))

    def _count(self, sector: PartnerType, answer: dict[str, Any]) -> None:
        self.tally.deliveries[sector] = answer["leveringId"]
        codes = Counter(result["code"] for result in answer["resultaten"])
        self.tally.lines.update(codes)
        refused = answer["aantal"] - answer["aangenomen"]
        self._say(
            f"  {sector.value:8} {answer['aantal']:4} regels, {answer['aangenomen']:4} aangenomen, {refused} geweigerd"
        )


def _canonical(number: str) -> str:
    try:
        return phone(number)
    except Invalid:
        return ""
