"""Puts a report together, for inside the chain and for everybody, and says how it was made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.statistics import tables, wording
from gateway.statistics.catalogue import Block
from gateway.statistics.disclosure import INTERNAL, PUBLIC, ROUNDING
from gateway.statistics.funnel import SAMENLOOP, SECTOR
from gateway.statistics.month import Month, Protected, protect
from gateway.statistics.report import Column, KeyFigure, Line, Readers, Report, Table, Unit
from schemas.case import MAX_ATTEMPTS

_RULES: Final[Mapping[Readers, tuple[int, int]]] = {
    Readers.INTERN: (INTERNAL, 1),
    Readers.OPENBAAR: (PUBLIC, ROUNDING),
}
_TALKS: Final = 3
"""A resident who calls back does so at most about so often."""

_TREND: Final = ("signalen", "dossiers", "gebeld", "gesproken", "ja", "gesproken_deel", "ja_deel")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a report is about and what it is compared with.

    ``earlier`` are the reports for the same readers about months before, oldest first; ``before`` how many residents
    accepted help in a month before calling began, as the lowest and highest number, if the municipality knows;
    ``amount_cent`` the bill of the month, if there is one.
    """

    month: str
    municipality: str
    counted_at: str
    earlier: Sequence[Report] = ()
    before: tuple[int, int] | None = None
    amount_cent: int | None = None


def reports(month: Month, frames: Mapping[Readers, Frame]) -> dict[Readers, Report]:
    """Make the report for each circle of readers; the public one is made of the blocks of the internal one."""
    threshold, base = _RULES[Readers.INTERN]
    inside = protect(month, threshold, base)
    outside = protect(month, *_RULES[Readers.OPENBAAR], within=inside)
    shown = {Readers.INTERN: inside, Readers.OPENBAAR: outside}
    return {readers: _report(readers, month, shown[readers], frame) for readers, frame in frames.items()}


def _report(readers: Readers, month: Month, shown: Protected, frame: Frame) -> Report:
    threshold, base = _RULES[readers]
    figures = tables.key_figures(shown)
    found = [
        tables.signal_table(shown, _enough(month.refused, threshold, base)),
        tables.funnel_table(shown),
        tables.ending_table(shown),
        tables.attempts_table(shown),
        tables.dayparts_table(_dayparts(month.dayparts, threshold)),
        tables.channel_table(shown, _enough(month.inbound, threshold * _TALKS, base)),
        tables.crossed_table(shown, SECTOR.name),
        tables.volume_table(shown),
        tables.crossed_table(shown, SAMENLOOP.name),
        tables.definitions_table(shown),
        trend_table(frame, figures),
    ]
    if frame.before is not None:
        found.append(comparison_table(frame.before, frame, figures))
    if readers is Readers.INTERN and frame.amount_cent is not None:
        found.append(tables.cost_table(shown, frame.amount_cent))
    return Report(
        maand=frame.month,
        lezers=readers,
        gemeente=frame.municipality,
        stand_op=frame.counted_at,
        ondergrens=threshold,
        afronding=base,
        kerncijfers=figures,
        tabellen=tuple(table for table in found if table.regels),
        verantwoording=_account(readers, threshold, base),
    )


def _enough(number: int, threshold: int, base: int) -> int | None:
    """Give a count of something that is in no other table, or None when it is too small to show."""
    return None if number < threshold else (number + base // 2) // base * base


def _dayparts(counts: Mapping[str, tuple[int, int, int]], threshold: int) -> list[tuple[Block, int, int]]:
    """Merge parts of the day with the next one until each has enough residents behind its attempts and its answers."""
    merged: list[tuple[Block, int, int, int]] = []
    for name in wording.DAYPARTS:
        attempts, answered, people = counts.get(name, (0, 0, 0))
        if merged and not _carries(merged[-1], threshold):
            block, a, b, c = merged.pop()
            merged.append(((*block, name), a + attempts, b + answered, max(c, people)))
        else:
            merged.append(((name,), attempts, answered, people))
    if len(merged) > 1 and not _carries(merged[-1], threshold):
        last, before = merged.pop(), merged.pop()
        merged.append(
            ((*before[0], *last[0]), before[1] + last[1], before[2] + last[2], max(before[3], last[3]))
        )
    return [part[:3] for part in merged if _carries(part, threshold)]


def _carries(part: tuple[Block, int, int, int], threshold: int) -> bool:
    """Whether there are enough residents behind: a resident is called at most seven times."""
    _, attempts, answered, people = part
    return people >= threshold and attempts - answered >= threshold * MAX_ATTEMPTS


def trend_table(frame: Frame, figures: Sequence[KeyFigure]) -> Table:
    """Show the months side by side; earlier ones as they stood in their own report, so that none can be subtracted."""
    months = [(report.maand, {f.sleutel: f.waarde for f in report.kerncijfers}) for report in frame.earlier]
    months.append((frame.month, {figure.sleutel: figure.waarde for figure in figures}))
    known = {figure.sleutel: figure for figure in figures}
    return Table(
        sleutel="trend",
        titel="Verloop per maand",
        eerste="Maand",
        kolommen=tuple(Column(naam=known[key].naam, eenheid=known[key].eenheid) for key in _TREND),
        regels=tuple(
            Line(naam=wording.month(name), waarden=tuple(values.get(key) for key in _TREND))
            for name, values in months
        ),
        toelichting="Eerdere maanden staan hier zoals ze in hun eigen rapport zijn vastgesteld.",
        grafiek="lijnen" if len(months) > 1 else "",
    )


def comparison_table(before: tuple[int, int], frame: Frame, figures: Sequence[KeyFigure]) -> Table:
    """Compare who said yes with what a month brought before calling began."""
    now = next(figure.waarde for figure in figures if figure.sleutel == "ja")
    past = [yes for report in frame.earlier if (yes := report.figure("ja")) is not None]
    since = [*past, *([] if now is None else [now])]
    low, high = before
    rows: list[tuple[str, int | None]] = [
        ("Voor het bellen, laagste maand", low),
        ("Voor het bellen, hoogste maand", high),
        ("Deze maand", now),
        ("Gemiddeld sinds het eerste rapport", sum(since) // len(since) if since else None),
    ]
    return Table(
        sleutel="vergelijking",
        titel="Voor en na",
        eerste="Inwoners die hulp aanvaardden",
        kolommen=(Column(naam="Aantal"), Column(naam="Van de hoogste maand ervoor", eenheid=Unit.PROCENT)),
        regels=tuple(Line(naam=name, waarden=(number, _against(number, high))) for name, number in rows),
        toelichting="De aantallen van voor het bellen gaf de gemeente op. Er werd toen anders geregistreerd; lees het "
        "verschil als richting, niet als effect.",
    )


def _against(number: int | None, high: int) -> int | None:
    return None if number is None or not high else round(100 * number / high)


def _account(readers: Readers, threshold: int, base: int) -> tuple[str, ...]:
    text = [
        (
            "Geteld zijn de dossiers die in deze maand zijn geopend, met hun stand op het moment van tellen. "
            "Een rapport wordt een keer vastgesteld en daarna niet meer veranderd."
        ),
        (
            f"Elk getal telt ten minste {threshold} inwoners. Wat kleiner is, is samengevoegd met een andere groep, "
            "in alle tabellen op dezelfde manier, zodat niets is terug te rekenen. Een streepje betekent: te klein om te "
            "tonen."
        ),
        (
            "Percentages zijn berekend uit de getoonde aantallen, en alleen van groepen van dertig of meer. Die over "
            "dagdelen zijn delen van pogingen; hoeveel dat er waren staat er niet bij, want dat verraadt hoe vaak een "
            "enkele inwoner gebeld is."
        ),
        (
            "Gesproken is ieder dossier waarin gebeld is en de inwoner is gesproken. Ja is de inwoner die om hulp vroeg. "
            "Een gesprek waarvoor de inwoner zelf terugbelde, is geen poging."
        ),
    ]
    if readers is Readers.OPENBAAR:
        text.append(
            f"Aantallen zijn afgerond op {base}; daardoor tellen delen niet altijd op tot het totaal. "
            "Bedragen zijn bedrijfsgegevens en staan alleen in het interne rapport."
        )
    return tuple(text)
