"""What social work does in a month with the cases that came to it directly: divided, taken up, and ended as codes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from gateway.demo.client import PartyClient, succeed
from gateway.demo.stage import MovableClock
from schemas.moments import local_day

_LEADER: Final = "client-sw-eva"
_TEAM: Final = ("sw-farid", "sw-greet", "sw-eva")
_WAYS: Final = (
    "hulp",
    "geen_hulp_nodig",
    "onbereikt",
    "hulp",
    "zelf_betaald",
    "geen_hulp_nodig",
    "hulp",
    "onbereikt",
)
"""How the contacts end, one after the other; the shares are an assumption."""

_UNTIL_DAY: Final = 22


class Casework:
    """The work of three social workers, in the fourth week of a month."""

    def __init__(self, clients: Mapping[str, PartyClient], clock: MovableClock, start: datetime) -> None:
        self._clients = clients
        self._clock = clock
        self._moment = start.replace(day=_UNTIL_DAY, hour=11)

    def do(self) -> None:
        """Divide what waits, and end each contact."""
        self._clock.set(max(self._moment, self._clock()))
        leader = self._clients[_LEADER]
        for number, case in enumerate(succeed(leader.get("/werkvoorraden"))["dossiers"]):
            worker = _TEAM[number % len(_TEAM)]
            body = {"medewerker": worker, "reden": "verdeling"}
            succeed(leader.post(f"/dossiers/{case['ref']}/toewijzingen", body))
            self._end(self._clients[f"client-{worker}"], case["ref"], _WAYS[number % len(_WAYS)])

    def _end(self, worker: PartyClient, ref: str, way: str) -> None:
        body: dict[str, Any] = {"uitkomst": way, "kanaal": "telefoon"}
        if way == "hulp":
            day = local_day(self._clock()).isoformat()
            succeed(worker.post(f"/dossiers/{ref}/hulpvragen", {"kanaal": "telefoon", "geinformeerd": True}))
            succeed(worker.post(f"/dossiers/{ref}/eerste-gesprekken", {"datum": day}))
            body |= {"uitkomst": "hulp_gegeven", "hulp": ["advies"], "geinformeerd": True}
        succeed(worker.post(f"/dossiers/{ref}/uitkomsten", body))
