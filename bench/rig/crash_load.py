"""The clients of a server that is about to be killed: everything they ask, and everything they were promised."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from random import Random
from typing import Any

import httpx2

from gateway.demo.cast import Cast
from gateway.demo.client import PartyClient
from gateway.demo.files import delivery
from gateway.wiring import wall_ms
from schemas.parties import PartnerType

_BREATH = 0.03
"""Seconds that somebody waits who found nothing to do, so that the others get on."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_OUTCOMES = ("niet_opgenomen", "voicemail", "hulpvraag", "geverifieerd_geweigerd", "zelf_betaald", "bezwaar")
_VERIFIED = frozenset({"geverifieerd_geweigerd", "zelf_betaald"})
PARTNERS = {
    "energie": PartnerType.ENERGIE,
    "woonstichting": PartnerType.HUUR,
    "zorgverzekeraar": PartnerType.ZORG,
}


@dataclass(frozen=True, slots=True)
class Promise:
    """One acknowledged request: who asked what, and what the answer said."""

    kind: str
    client: str
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """One body with a person in it that reached a client: whose case, which members, where its entries are, when."""

    client: str
    act: str
    ref: str
    members: frozenset[str]
    links: tuple[str, ...]
    at: int = field(default_factory=wall_ms)


@dataclass(slots=True)
class History:
    """What the clients remember; it outlives every server."""

    promises: list[Promise] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    unanswered: dict[str, tuple[str, bytes, str, int]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    people: dict[str, dict[str, str]] = field(default_factory=dict)


class Load:
    """Nine clients that go on until the line is dead."""

    def __init__(self, origin: str, cast: Cast, seed: int) -> None:
        self.history = History()
        self._origin, self._cast = origin, cast
        self._chance = Random(f"{seed}/belasting")
        self._number = count()
        self._keys = count()
        self._day = date(2026, 10, 1)
        self._clients: dict[str, PartyClient] = {}
        self._pool = ThreadPoolExecutor(max_workers=16)

    def client(self, name: str) -> PartyClient:
        """Give the client of a party or a member of staff."""
        if name not in self._clients:
            client_id = f"client-{name}"
            self._clients[name] = PartyClient(self._origin, client_id, self._cast.keys[client_id])
        return self._clients[name]

    def close(self) -> None:
        """Let everybody and all connections go."""
        self._pool.shutdown()
        for client in self._clients.values():
            client.close()

    def begin(self, day: date) -> list[Future[bool]]:
        """Let everybody begin; each ends with the server and tells whether a request of it was cut off."""
        self._day = day
        actors: list[Callable[[], None]] = [
            *(lambda name=name: self._deliver(name) for name in PARTNERS),
            self._match,
            lambda: self._call("bel-cem"),
            lambda: self._call("bel-dina"),
            self._divide,
            lambda: self._help("sw-farid"),
            lambda: self._help("sw-greet"),
        ]
        return [self._pool.submit(_until_dead, actor) for actor in actors]

    def repeat(self) -> dict[str, bool]:
        """Send every unanswered delivery twice more, with its key: is it there once, and whole?"""
        found = {}
        for key, (name, body, media_type, lines) in list(self.history.unanswered.items()):
            first, second = (self.client(name).upload(body, media_type, key).json() for _ in range(2))
            found[key] = first == second and first.get("aangenomen") == lines
            if found[key]:
                self._promised("delivery", name, id=first["leveringId"], accepted=lines, key=key)
            del self.history.unanswered[key]
        return found

    def _good(self, answer: httpx2.Response) -> bool:
        self.history.statuses[answer.status_code] += 1
        return answer.is_success

    def _promised(self, kind: str, client: str, **given: Any) -> None:
        self.history.promises.append(Promise(kind, client, given))

    def _saw(self, client: str, act: str, ref: str, body: Mapping[str, Any], answer: httpx2.Response) -> None:
        self.history.shown.append(Shown(client, act, ref, _members(body), _places(answer)))

    # --- The actors ---------------------------------------------------------------------------------------------

    def _deliver(self, name: str) -> None:
        rows = [self._person() for _ in range(self._chance.randint(1, 4))]
        body, media_type = delivery(PARTNERS[name], rows)
        key = f"{name}-{next(self._keys)}"
        self.history.unanswered[key] = (name, body, media_type, len(rows))
        answer = self.client(name).upload(body, media_type, key)
        del self.history.unanswered[key]
        if self._good(answer):
            receipt = answer.json()
            self._promised(
                "delivery", name, id=receipt["leveringId"], accepted=receipt["aangenomen"], key=key
            )
            if self._chance.random() < 0.1:
                self._withdraw(name, receipt["leveringId"])

    def _withdraw(self, name: str, delivery_id: str) -> None:
        path = f"/leveringen/{delivery_id}/intrekkingen"
        if self._good(self.client(name).post(path, {"regels": [1]})):
            self._promised("withdrawal", name, id=delivery_id, line=1)

    def _match(self) -> None:
        answer = self.client("gem-anna").post("/matchrondes")
        if self._good(answer):
            self._promised("round", "gem-anna", id=answer.json()["rondeId"])
        time.sleep(_BREATH)

    def _call(self, agent: str) -> None:
        answer = self.client(agent).post("/belrecords/_lease", {"aantal": 3})
        if not self._good(answer):
            return
        records = answer.json()["belrecords"]
        for record, place in zip(records, _places(answer), strict=True):
            self.history.shown.append(Shown(agent, "dial.leased", record["ref"], _members(record), (place,)))
            self._promised("lease", agent, ref=record["ref"])
        for record in records:
            self._talk(agent, record)
        time.sleep(0 if records else _BREATH)

    def _talk(self, agent: str, record: Mapping[str, Any]) -> None:
        ref, row = record["ref"], self.history.people[record["achternaam"]]
        outcome = self._chance.choice(_OUTCOMES)
        if outcome in _VERIFIED:
            said = {"geboortedatum": row["geboortedatum"], "huisnummer": int(row["huisnummer"])}
            answer = self.client(agent).post(f"/belrecords/{ref}/verificaties", said)
            if not self._good(answer) or not answer.json()["bevestigd"]:
                return
            self._promised("verification", agent, ref=ref)
        result = {"uitkomst": outcome} | (
            {"omschrijving": "Wil graag bellen"} if outcome == "hulpvraag" else {}
        )
        answer = self.client(agent).post(f"/belrecords/{ref}/belresultaten", result)
        if self._good(answer):
            self._promised("result", agent, id=answer.json()["pogingId"], outcome=outcome)

    def _divide(self) -> None:
        answer = self.client("sw-eva").get("/werkvoorraden")
        if not self._good(answer):
            return
        for line in answer.json()["dossiers"][:3]:
            path = f"/dossiers/{line['ref']}/toewijzingen"
            given = {"medewerker": self._chance.choice(("sw-farid", "sw-greet")), "reden": "verdeling"}
            if self._good(self.client("sw-eva").post(path, given)):
                self._promised("assignment", "sw-eva", ref=line["ref"], user=given["medewerker"])
        time.sleep(_BREATH)

    def _help(self, name: str) -> None:
        self._take_over(name)
        answer = self.client(name).get("/dossiers")
        if not self._good(answer):
            return
        for line in answer.json()["dossiers"][-3:]:
            case = self.client(name).get(f"/dossiers/{line['ref']}")
            if self._good(case):
                self._saw(name, "case.read", line["ref"], case.json(), case)
        time.sleep(_BREATH)

    def _take_over(self, name: str) -> None:
        answer = self.client(name).get("/hulpvragen")
        if not self._good(answer):
            return
        for waiting in answer.json()["hulpvragen"]:
            seen = Shown(
                name, "case.listed", waiting["ref"], _members(waiting["dossier"]), (waiting["logontvangst"],)
            )
            self.history.shown.append(seen)
        for waiting in answer.json()["hulpvragen"][:2]:
            ref = waiting["ref"]
            taken = self.client(name).post(f"/hulpvragen/{ref}/overnames")
            if self._good(taken):
                self._saw(name, "case.read", ref, taken.json(), taken)
                self._promised("handover", name, ref=ref)

    def _person(self) -> dict[str, str]:
        """Write a line about somebody whom no other line is about; every fourth goes to social work."""
        n = next(self._number)
        row = {
            "signaal_ref": f"S-{n}",
            "soort": "vroegsignaal",
            "natuurlijk_persoon": "ja",
            "achternaam": f"Proef{_letters(n)}",
            "geboortedatum": f"{1940 + n % 60}-{1 + n % 12:02d}-{1 + n % 28:02d}",
            "postcode": f"{1000 + n % 9000}AB",
            "huisnummer": str(1 + n // 9000),
            "telefoon_1": f"06-1{n:07d}",
            "bedrag": f"{100 + n % 900},50",
            "oudste_vordering": "2026-06-01",
            "peildatum": self._day.isoformat(),
            "crisissignaal": "ja" if n % 4 == 0 else "nee",
            "att_persoonlijk_contact": "ja",
            "att_gewezen_schuldhulp": "ja",
            "att_herinneringen": "3",
            "att_aanbod_datum": "2026-09-01",
            "att_geen_afwijzing": "ja",
        }
        self.history.people[row["achternaam"]] = row
        return row


def _until_dead(actor: Callable[[], None]) -> bool:
    """Go on until the server is gone; a request that found nobody there was not cut off."""
    try:
        while True:
            actor()
    except httpx2.ConnectError:
        return False
    except httpx2.TransportError:
        return True


def _members(body: Mapping[str, Any]) -> frozenset[str]:
    """Give the members of a body and of the signals in it."""
    return frozenset(body).union(*body.get("signalen", ()))


def _places(answer: httpx2.Response) -> tuple[str, ...]:
    """Give the addresses of the receipts that an answer links to."""
    parts = answer.headers.get("link", "").split(",")
    return tuple(part.partition("<")[2].partition(">")[0] for part in parts if part)


def _letters(n: int) -> str:
    text = ""
    for _ in range(5):
        n, rest = divmod(n, len(_LETTERS))
        text = _LETTERS[rest] + text
    return text
