"""What follows the calls: help requests taken over, letters sent, visits made, the month closed by two people."""

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gateway.demo.client import PartyClient, succeed
from gateway.demo.faces import Face, ask, table
from gateway.demo.stage import START, MovableClock
from schemas.errors import Broken
from schemas.moments import AMSTERDAM, local_day

Say = Callable[[str], None]
Clients = Mapping[str, PartyClient]

_EVA, _FARID, _GREET = "client-sw-eva", "client-sw-farid", "client-sw-greet"
_ANNA, _BRAM = "client-gem-anna", "client-gem-bram"
_DENIED = 403
_TEAM = ("sw-farid", "sw-greet", "sw-eva")
_LATER = datetime(2027, 7, 1, 9, 0, tzinfo=AMSTERDAM)


class Aftercare:
    """The second half of the month."""

    def __init__(self, clients: Clients, clock: MovableClock, say: Say, start: datetime = START) -> None:
        last = monthrange(start.year, start.month)[1]
        self._clients = clients
        self._clock = clock
        self._say = say
        self._month = f"{start:%Y-%m}"
        self._letters = start.replace(day=last - 5, hour=10)
        self._closing = start.replace(day=last - 1, hour=16)
        self.cases: dict[str, Mapping[str, Any]] = {}

    def take_over(self) -> None:
        """Two social workers take the help requests over; a colleague without the case is refused."""
        waiting = succeed(self._clients[_FARID].get("/hulpvragen"))["hulpvragen"]
        for number, request in enumerate(waiting):
            taker = (_FARID, _GREET)[number % 2]
            shown = succeed(self._clients[taker].post(f"/hulpvragen/{request['ref']}/overnames"))
            self.cases[request["ref"]] = {**shown, "hulpverlener": taker}
        self._say(f"  {len(waiting)} hulpvragen warm overgenomen, elk met beste moment en wat al gezegd is")
        self._say(f"  een collega die hetzelfde dossier opent: {self._refusal()}")

    def help(self) -> None:
        """First talks within their term, and what came of them as codes."""
        day = local_day(self._clock()).isoformat()
        outcomes: Counter[str] = Counter()
        for number, (ref, case) in enumerate(self.cases.items()):
            worker = self._clients[case["hulpverlener"]]
            succeed(worker.post(f"/dossiers/{ref}/eerste-gesprekken", {"datum": day}))
            outcome = "geen_hulp_nodig" if number % 7 == 3 else "hulp_gegeven"  # noqa: PLR2004 (one in seven)
            given = ["advies"] if number % 3 else ["schuldhulp"]
            body: dict[str, Any] = {"uitkomst": outcome, "kanaal": "telefoon", "geinformeerd": True}
            if outcome == "hulp_gegeven":
                body["hulp"] = given
            succeed(worker.post(f"/dossiers/{ref}/uitkomsten", body))
            outcomes[outcome] += 1
        self._say(f"  eerste gesprekken gevoerd: {_counted(outcomes)}")

    def divide(self) -> tuple[int, list[str]]:
        """Let the team leader give three urgent cases away; gives how many waited and the references given."""
        waiting = succeed(self._clients[_EVA].get("/werkvoorraden"))["dossiers"]
        urgent = [case["ref"] for case in waiting if case["spoed"]][: len(_TEAM)]
        for ref, worker in zip(urgent, _TEAM, strict=False):
            body = {"medewerker": worker, "reden": "verdeling"}
            succeed(self._clients[_EVA].post(f"/dossiers/{ref}/toewijzingen", body))
        return len(waiting), urgent

    def visit(self) -> None:
        """The team leader divides the urgent work; one resident gets a visit."""
        waiting, urgent = self.divide()
        farid, day = self._clients[_FARID], local_day(self._clock()).isoformat()
        ref = urgent[0]
        succeed(farid.post(f"/dossiers/{ref}/huisbezoeken", {"datum": day, "reden": "spoed"}))
        done = {"datum": day, "uitkomst": "gesproken", "geinformeerd": True}
        succeed(farid.post(f"/dossiers/{ref}/huisbezoeken/uitkomsten", done))
        self._say(
            f"  {waiting} dossiers bij sociaal werk; {len(urgent)} met spoed verdeeld, 1 huisbezoek gedaan"
        )

    def letters(self) -> None:
        """Whoever has no number gets the offer by letter: name, address and template, in a neutral envelope."""
        self._clock.set(self._letters)
        self._send("de brieven zijn besteld, gedrukt en verstuurd")

    def close(self) -> None:
        """Month end: one plans, another confirms; whoever had no offer yet gets a letter first."""
        self._clock.set(self._closing)
        self._round("eerste ronde")
        self._send("wie nog geen aanbod had, kreeg eerst een brief")
        self._clock.forward(hours=20)
        self._round("tweede ronde")

    def retain(self) -> None:
        """Eight months later: without a decision nothing is erased; with one, keys and rows go, and it is certified."""
        self._clock.set(_LATER)
        jan = self._clients["client-po-jan"]
        plan = succeed(jan.post("/bewaarplannen"))
        path = f"/bewaarplannen/{plan['bewaarplanId']}/uitvoeringen"
        early = jan.post(path)
        self._say(f"  zonder besluit: {early.json()['detail']}")
        succeed(jan.post("/bewaarbesluiten", {"kenmerk": "B2027-014"}))
        again = succeed(jan.post("/bewaarplannen"))
        done = succeed(jan.post(f"/bewaarplannen/{again['bewaarplanId']}/uitvoeringen"))
        gone = {name: done["gewist"][name] for name in ("dossiers", "signalen", "pogingen")}
        self._say(
            f"  met besluit: {_counted(gone)} gewist, {done['sleutels']} sleutels vernietigd, met verklaring"
        )

    def faces(self, partner: Face, caller: Face, number: str) -> list[str]:
        """Lay one resident's five faces side by side; ``number`` finds him among the cases taken over."""
        ref, case = self._whose(number)
        worker = self._clients[case["hulpverlener"]]
        colleague = _GREET if case["hulpverlener"] == _FARID else _FARID
        others = [
            ask("sociaal werk", worker, ref, "hulpverlenen"),
            ask("collega", self._clients[colleague], ref, "hulpverlenen"),
            ask("management", self._clients["client-mt-lex"], ref, "hulpverlenen"),
        ]
        return table([partner, caller, *others])

    def _whose(self, number: str) -> tuple[str, Mapping[str, Any]]:
        for ref, case in self.cases.items():
            if number in case.get("telefoonnummers", ()):
                return ref, case
        raise Broken("De inwoner van het gesprek is niet bij sociaal werk aangekomen")

    def _refusal(self) -> str:
        ref, case = next(iter(self.cases.items()))
        colleague = _GREET if case["hulpverlener"] == _FARID else _FARID
        answer = self._clients[colleague].get(f"/dossiers/{ref}")
        if answer.status_code != _DENIED:
            raise Broken("Een collega zonder het dossier kreeg het te zien")
        return str(answer.json()["detail"])

    def _send(self, told: str) -> None:
        anna, post = self._clients[_ANNA], self._clients["client-briefdienst"]
        ordered = succeed(anna.post("/briefopdrachten", {}))
        batches = succeed(post.get("/briefopdrachten"))["briefopdrachten"]
        printed = 0
        for batch in batches:
            path = f"/briefopdrachten/{batch['briefopdrachtId']}"
            printed += len(succeed(post.get(f"{path}/adressen"))["brieven"])
            succeed(post.post(f"{path}/verzendingen", {"datum": local_day(self._clock()).isoformat()}))
        self._say(f"  {told}: {ordered['aantal']} nieuw besteld, {printed} verstuurd")

    def _round(self, name: str) -> None:
        anna, bram = self._clients[_ANNA], self._clients[_BRAM]
        plan = succeed(anna.post("/maandafsluitingen", {"maand": self._month}))
        path = f"/maandafsluitingen/{plan['maandafsluitingId']}"
        alone = anna.post(f"{path}/bevestigingen")
        if alone.status_code != _DENIED:
            raise Broken("Een mens bevestigde zijn eigen maandafsluiting")
        succeed(bram.post(f"{path}/bevestigingen"))
        done = succeed(anna.post(f"{path}/uitvoeringen"))
        groups = {action: sum(reasons.values()) for action, reasons in done["groepen"].items()}
        self._say(f"  {name}: {_counted(groups)}")


def _counted(found: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(found.items()))
