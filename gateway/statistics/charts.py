"""Charts of the report's tables as SVG: readable without a script, sharp on paper, told in words for who cannot see.

Every chart stands beside the table it is made of, so it carries no number that the table does not. Colours keep a
contrast of 3 : 1 with the page (WCAG 2.2, 1.4.11) and each series has its label next to it, not in colour alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from gateway.statistics.report import Table, Unit

WIDTH: Final = 640
_INK, _SOFT, _LINE = "#1d2b36", "#5a6872", "#d5dce1"
_SERIES: Final = ("#154273", "#39870c", "#a85a00", "#8d2b5f", "#5a6872")
_STAGES: Final = ("#5f6f7b", "#8a5d0a", "#2d6cac", "#2f7a08", "#8d2b5f")
"""Colours of the stages of the calling, from not called to yes."""

_ROW, _BAR, _LEFT, _RIGHT = 30, 20, 190, 70
_WIDE_ENOUGH: Final = 26
"""Points that a number needs inside a bar."""


def chart(table: Table) -> str:
    """Draw the chart of a table; empty when it has none, or nothing to draw."""
    draw = _KINDS.get(table.grafiek)
    return draw(table) if draw is not None and table.regels else ""


def described(table: Table) -> str:
    """Tell in a sentence what the chart of a table shows."""
    return f"{_SENTENCES[table.grafiek]}: {table.titel.lower()}. De getallen staan in de tabel hieronder."


_SENTENCES: Final[Mapping[str, str]] = {
    "": "Grafiek",
    "trechter": "Trechter van balken, elke stap korter dan de vorige",
    "gestapeld": "Gestapelde balken, een per groep, verdeeld naar stand",
    "staven": "Balken met een percentage per groep",
    "lijnen": "Lijnen door de maanden",
}


@dataclass(slots=True)
class _Canvas:
    """SVG under construction."""

    height: float
    parts: list[str]

    def box(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """Draw a bar."""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" fill="{fill}"/>'
        )

    def text(
        self, x: float, y: float, text: str, *, fill: str = _INK, anchor: str = "start", size: int = 11
    ) -> None:
        """Write a word or a number."""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'
        )

    def line(self, points: Sequence[tuple[float, float]], stroke: str, width: float = 1) -> None:
        """Draw a line through points."""
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(
            f'<polyline points="{joined}" fill="none" stroke="{stroke}" stroke-width="{width}" '
            'stroke-linejoin="round"/>'
        )

    def dot(self, x: float, y: float, fill: str) -> None:
        """Mark a point."""
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{fill}"/>')

    def finish(self, table: Table) -> str:
        """Close the drawing, with its title and description for a reader aloud."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:.0f}" role="img" '
            f'aria-label={quoteattr(table.titel)} font-family="Libertinus Serif, Georgia, serif">'
            f"<title>{escape(table.titel)}</title><desc>{escape(described(table))}</desc>"
        )
        return f"{head}{''.join(self.parts)}</svg>"


def _funnel(table: Table) -> str:
    """Draw a bar per step, with its number and its share of the step before."""
    shown = [
        (line.naam, line.waarden[0], line.waarden[1]) for line in table.regels if line.waarden[0] is not None
    ]
    most = max((number or 0 for _, number, _ in shown), default=0)
    canvas = _Canvas(len(shown) * (_ROW + 6) + 6, [])
    for at, (name, number, share) in enumerate(shown):
        y = at * (_ROW + 6) + 4
        width = (WIDTH - _LEFT - _RIGHT - 40) * (number or 0) / (most or 1)
        canvas.text(_LEFT - 10, y + 19, name, anchor="end", size=12)
        canvas.box(_LEFT, y, width, _ROW, _SERIES[0])
        told = f"{number}" if share is None or not at else f"{number}  ·  {share} %"
        canvas.text(_LEFT + width + 8, y + 19, told, size=12)
    return canvas.finish(table)


def _stacked(table: Table) -> str:
    """Draw a bar per row, divided over the columns of counts, all as long as the whole."""
    stages = [at for at, column in enumerate(table.kolommen) if column.eenheid is Unit.AANTAL]
    legend = 20 * ((len(stages) + 1) // 2) + 8
    canvas = _Canvas(len(table.regels) * _ROW + legend + 4, [])
    for place, at in enumerate(stages):
        x, y = _LEFT + 220 * (place % 2), 4 + 20 * (place // 2)
        canvas.box(x, y, 12, 12, _STAGES[place % len(_STAGES)])
        canvas.text(x + 18, y + 10, table.kolommen[at].naam, fill=_SOFT)
    for row, line in enumerate(table.regels):
        _divided(canvas, line.naam, [line.waarden[at] or 0 for at in stages], legend + row * _ROW)
    return canvas.finish(table)


def _divided(canvas: _Canvas, name: str, numbers: Sequence[int], y: float) -> None:
    total, x = sum(numbers), float(_LEFT)
    _labelled(canvas, name, y)
    for place, number in enumerate(numbers):
        width = (WIDTH - _LEFT - _RIGHT) * number / (total or 1)
        canvas.box(x, y, width - 1, _BAR, _STAGES[place % len(_STAGES)])
        if width >= _WIDE_ENOUGH:
            canvas.text(x + width / 2, y + 14, str(number), fill="#ffffff", anchor="middle")
        x += width
    canvas.text(WIDTH - _RIGHT + 8, y + 14, str(total), fill=_SOFT)


_LONG: Final = 30


def _labelled(canvas: _Canvas, name: str, y: float) -> None:
    """Write the name of a bar before it, a long one in two lines."""
    for at, piece in enumerate(_wrapped(name)):
        canvas.text(_LEFT - 10, y + 14 + 11 * at - (5 if len(name) > _LONG else 0), piece, anchor="end")


def _wrapped(name: str) -> list[str]:
    """Break a long name in two."""
    if len(name) <= _LONG:
        return [name]
    words = name.split(" ")
    at = next(at for at in range(1, len(words) + 1) if len(" ".join(words[:at])) * 2 >= len(name))
    return [" ".join(words[:at]), " ".join(words[at:])]


def _bars(table: Table) -> str:
    """Draw a bar per row for the last percentage of the table."""
    at = max(at for at, column in enumerate(table.kolommen) if column.eenheid is Unit.PROCENT)
    shown = [(line.naam, line.waarden[at]) for line in table.regels if line.waarden[at] is not None]
    if not shown:
        return ""
    most = max(number or 0 for _, number in shown) or 1
    canvas = _Canvas(len(shown) * (_ROW - 4) + 26, [])
    canvas.text(_LEFT, 12, table.kolommen[at].naam, fill=_SOFT)
    for row, (name, number) in enumerate(shown):
        y = 20 + row * (_ROW - 4)
        width = (WIDTH - _LEFT - _RIGHT) * (number or 0) / most
        _labelled(canvas, name, y)
        canvas.box(_LEFT, y, width, _BAR, _SERIES[0])
        canvas.text(_LEFT + width + 8, y + 14, f"{number} %")
    return canvas.finish(table)


_TOP, _BOTTOM, _SIDE, _LABELS, _TALL = 14, 30, 44, 110, 230


def _lines(table: Table) -> str:
    """Draw the counts of the table through the months, each with its name at its end."""
    series = [at for at, column in enumerate(table.kolommen) if column.eenheid is Unit.AANTAL]
    most = _ceiling(max((line.waarden[at] or 0 for line in table.regels for at in series), default=0))
    canvas = _Canvas(_TALL, [])
    for step in range(5):
        y = _TALL - _BOTTOM - (_TALL - _TOP - _BOTTOM) * step / 4
        canvas.line([(_SIDE, y), (WIDTH - _LABELS, y)], _LINE, 0.75)
        canvas.text(_SIDE - 6, y + 4, str(most * step // 4), fill=_SOFT, anchor="end", size=10)
    for at, line in enumerate(table.regels):
        canvas.text(_across(at, table), _TALL - 12, _brief(line.naam), fill=_SOFT, anchor="middle", size=10)
    ends = list(_traced(canvas, table, series, most))
    for name, y, colour in _apart(ends):
        canvas.text(WIDTH - _LABELS + 10, y + 4, name, fill=colour)
    return canvas.finish(table)


def _traced(
    canvas: _Canvas, table: Table, series: Sequence[int], most: int
) -> Iterator[tuple[str, float, str]]:
    """Draw each line; gives its name, where it ends and its colour."""
    for place, at in enumerate(series):
        colour = _SERIES[place % len(_SERIES)]
        points = [
            (_across(row, table), _TALL - _BOTTOM - (_TALL - _TOP - _BOTTOM) * number / most)
            for row, line in enumerate(table.regels)
            if (number := line.waarden[at]) is not None
        ]
        if points:
            canvas.line(points, colour, 2)
            for point in points:
                canvas.dot(*point, colour)
            yield table.kolommen[at].naam, points[-1][1], colour


def _brief(month: str) -> str:
    """Shorten the name of a month as calendars do."""
    return "mrt" if month.startswith("maart") else month[:3]


def _across(row: int, table: Table) -> float:
    room = WIDTH - _LABELS - _SIDE - 24
    return _SIDE + 12 + room * row / max(1, len(table.regels) - 1)


def _apart(ends: Sequence[tuple[str, float, str]]) -> Iterator[tuple[str, float, str]]:
    """Move names that would stand on each other down."""
    last = 0.0
    for name, y, colour in sorted(ends, key=lambda end: end[1]):
        last = max(y, last + 13)
        yield name, last, colour


def _ceiling(number: int) -> int:
    """Round up to four equal steps that read well."""
    ten = 1
    while True:
        for step in (1, 2, 3, 4, 5, 6, 8, 10, 15):
            if 4 * step * ten >= number:
                return 4 * step * ten
        ten *= 10


_KINDS: Final[Mapping[str, Callable[[Table], str]]] = {
    "trechter": _funnel,
    "gestapeld": _stacked,
    "staven": _bars,
    "lijnen": _lines,
}
