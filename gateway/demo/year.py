"""Twelve months of the synthetic town over the real services: recurrence, reports, retention, and a budget that ends."""

import time
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.demo.aftercare import Aftercare
from gateway.demo.casework import Casework
from gateway.demo.client import succeed
from gateway.demo.play import Play
from gateway.demo.proof import verified
from gateway.demo.stage import Stage
from gateway.demo.town import INHABITANTS
from schemas.moments import AMSTERDAM

Say = Callable[[str], None]

BEGIN: Final = datetime(2026, 1, 2, 9, 0, tzinfo=AMSTERDAM)
"""When the year begins: a Friday morning."""

CHOICES: Final[Mapping[str, Any]] = {
    "municipality": "Sluisstad",
    "call_tariff_cent": 825,
    "call_budget_spent": "brief",
    "accepted_before_least": 30,
    "accepted_before_most": 40,
}
"""What the municipality of the play chose: a price at which the reserved € 18,500 does not last the year."""

_ROUNDS: Final = 5
_APART: Final = 3
_FIRST: Final = 5
_HEAD: Final = "  maand   signalen  dossiers    gebeld     gesproken          ja    gewist         belbudget"


def year(stage: Stage, seed: int, months: int, *, say: Say, inhabitants: int = INHABITANTS) -> None:
    """Play so many months of a town, each reported when it is over.

    Raises:
        Broken: an answer was not what the product promises.
    """
    play = Play(stage, seed, _quiet, BEGIN, inhabitants)
    began = time.monotonic()
    say(f"{months} maanden in een verzonnen stad")
    say(_HEAD)
    try:
        succeed(play.client("client-po-jan").post("/bewaarbesluiten", {"kenmerk": "B2026-001"}))
        for start in _months(months):
            say(_month(stage, play, start))
        attempts = sum(play.client(name).calls for name in ("client-bel-cem", "client-bel-dina"))
        say(f"  {attempts} vragen van het callcenter in {time.monotonic() - began:.0f} seconden")
    finally:
        play.close()
    say("Het logboek wordt zonder ons nagerekend")
    say(f"  {verified(stage)}")


def _months(months: int) -> Iterator[datetime]:
    for number in range(months):
        years, month = divmod(BEGIN.month - 1 + number, 12)
        yield BEGIN.replace(year=BEGIN.year + years, month=month + 1)


def _month(stage: Stage, play: Play, start: datetime) -> str:
    """Play a month and the morning after, when it is reported; gives what it came to."""
    stage.clock.set(start)
    play.begin(start, _calling_days(stage, start))
    play.deliver()
    play.match()
    play.call_month()
    work = Aftercare(play.clients, stage.clock, _quiet, start)
    work.take_over()
    work.help()
    Casework(play.clients, stage.clock, start).do()
    work.letters()
    work.close()
    meter = succeed(play.client("client-mt-lex").get("/belbudget"))
    last = monthrange(start.year, start.month)[1]
    stage.clock.set(start.replace(day=last) + timedelta(days=1))
    return _morning_after(play, start, meter)


def _calling_days(stage: Stage, start: datetime) -> list[int]:
    """Choose the days on which calls are made: open all day, a few days apart."""
    calendar, days = stage.gateway.house.calendar, list[int]()
    for day in range(_FIRST, monthrange(start.year, start.month)[1] - 6):
        whole = all(calendar.is_open(start.replace(day=day, hour=hour)) for hour in (10, 14, 19))
        if whole and (not days or day - days[-1] >= _APART) and len(days) < _ROUNDS:
            days.append(day)
    return days


def _morning_after(play: Play, start: datetime, meter: Mapping[str, Any]) -> str:
    """Lay the report down, then erase what is due; gives the line of the month."""
    manager, officer = play.client("client-mt-lex"), play.client("client-po-jan")
    report = succeed(manager.post("/maandrapportages", {"maand": f"{start:%Y-%m}"}))
    plan = succeed(officer.post("/bewaarplannen"))["bewaarplanId"]
    done = succeed(officer.post(f"/bewaarplannen/{plan}/uitvoeringen"))
    figures = {figure["sleutel"]: figure["waarde"] for figure in report["kerncijfers"]}
    counts = [_number(figures[key]) for key in ("signalen", "dossiers", "gebeld")]
    shares = [f"{_number(figures[key])} {_share(figures[f'{key}_deel'])}" for key in ("gesproken", "ja")]
    spent = f"{100 * meter['besteedCent'] // meter['budgetCent']}% {meter['stand']}"
    cells = (*counts, *shares, str(done["gewist"].get("dossiers", 0)), spent)
    widths = (9, 10, 10, 14, 12, 10, 18)
    return f"  {start:%Y-%m}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _share(value: int | None) -> str:
    return "" if value is None else f"({value}%)"


def _quiet(_text: str) -> None:
    """Say nothing."""
