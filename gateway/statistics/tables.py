"""From counts to the tables of the report; whatever is shown comes out of ``disclosure.release`` or is a share of it."""

from collections.abc import Iterable, Mapping, Sequence

from gateway.statistics import wording
from gateway.statistics.catalogue import Block, Blocks
from gateway.statistics.disclosure import Released
from gateway.statistics.funnel import (
    ATTEMPTS,
    CALLABLE,
    CALLED,
    END,
    HELPED,
    REACHED,
    SAMENLOOP,
    SECTOR,
    SPOKEN,
    YES,
    Ending,
)
from gateway.statistics.month import Protected
from gateway.statistics.report import Column, KeyFigure, Line, Table, Unit, percent

_SHARE = Unit.PROCENT


def key_figures(shown: Protected) -> tuple[KeyFigure, ...]:
    """Give the numbers that the month is known by."""
    cases = shown[END.name]
    called, spoken, yes = (cases.count(END.name, part) for part in (CALLED, SPOKEN, YES))
    return (
        KeyFigure(sleutel="signalen", naam="Signalen", waarde=shown["plaats"].total, uitleg="aangenomen"),
        KeyFigure(sleutel="dossiers", naam="Dossiers", waarde=cases.total, uitleg="geopend"),
        KeyFigure(sleutel="gebeld", naam="Gebeld", waarde=called, uitleg="ten minste een poging"),
        KeyFigure(sleutel="gesproken", naam="Gesproken", waarde=spoken, uitleg="van wie gebeld is"),
        KeyFigure(sleutel="ja", naam="Ja op hulp", waarde=yes, uitleg="van wie gesproken is"),
        KeyFigure(
            sleutel="gesproken_deel",
            naam="Gesproken van gebeld",
            waarde=percent(spoken, called),
            eenheid=_SHARE,
        ),
        KeyFigure(sleutel="ja_deel", naam="Ja van gesproken", waarde=percent(yes, spoken), eenheid=_SHARE),
        KeyFigure(sleutel="geholpen", naam="Geholpen", waarde=cases.count(END.name, HELPED)),
    )


def signal_table(shown: Protected, refused: int | None) -> Table:
    """Show what came in and where it went."""
    signals = shown["plaats"]
    lines = [Line(naam="Niet aangenomen (controle bij de deur)", waarden=(refused, None))]
    lines.append(Line(naam="Aangenomen", waarden=(signals.total, _all(signals.total))))
    lines += [
        Line(
            naam=called,
            waarden=(n, percent(n, signals.total)),
        )
        for called, _, n in _named(signals, "plaats", wording.PLACES, "overige signalen")
        if n != signals.total
    ]
    return Table(
        sleutel="signalen",
        titel="Wat partners aanleverden",
        eerste="Signalen",
        kolommen=(Column(naam="Aantal"), Column(naam="Van aangenomen", eenheid=_SHARE)),
        regels=tuple(lines),
        toelichting="Elk aangenomen signaal staat in precies een van de regels onder Aangenomen.",
    )


def funnel_table(shown: Protected) -> Table:
    """Show the steps from a case to help."""
    cases = shown[END.name]
    steps: list[tuple[str, int | None]] = [("Dossiers", cases.total)]
    steps += [
        (name, cases.count(END.name, part))
        for name, part in (
            ("Belbaar", CALLABLE),
            ("Gebeld", CALLED),
            ("Gesproken", SPOKEN),
            ("Ja op hulp", YES),
        )
    ]
    lines, before = [], None
    for name, number in steps:
        if number is not None:
            shares = (percent(number, before), percent(number, cases.total))
            lines.append(Line(naam=name, waarden=(number, *shares)))
            before = number
    return Table(
        sleutel="trechter",
        titel="Van dossier tot ja",
        eerste="Stap",
        kolommen=(
            Column(naam="Dossiers"),
            Column(naam="Van de vorige stap", eenheid=_SHARE),
            Column(naam="Van alle dossiers", eenheid=_SHARE),
        ),
        regels=tuple(lines),
        grafiek="trechter",
    )


def ending_table(shown: Protected) -> Table:
    """Show where every case stands or ended, within the stages of the calling."""
    cases, lines = shown[END.name], []
    blocks = _divided(cases, END.name)
    for coarse in () if blocks is None else blocks.coarse:
        inside = [block for block in blocks.fine if set(block) <= set(coarse)] if blocks else []
        for block, called in wording.groups(wording.ENDINGS, inside, "overig").items():
            whole, number = wording.stage(coarse), cases.volumes[END.name, block]
            name = f"{whole}: {called.lower()}" if len(inside) > 1 else whole
            lines.append(Line(naam=name, waarden=(number, percent(number, cases.total))))
    return Table(
        sleutel="einde",
        titel="Hoe dossiers eindigden",
        eerste="Einde of stand",
        kolommen=(Column(naam="Dossiers"), Column(naam="Van alle dossiers", eenheid=_SHARE)),
        regels=tuple(lines),
        toelichting="Elk dossier staat in precies een regel.",
    )


def attempts_table(shown: Protected) -> Table:
    """Show after how many attempts calling ended, and what an n-th attempt brings."""
    cases = shown[END.name]
    blocks = cases.blocks.get(ATTEMPTS.name)
    rows = blocks.coarse if blocks is not None else ()
    made = [sum(_row(cases, ATTEMPTS.name, row).values()) for row in rows]
    lines = [
        Line(
            naam=wording.attempts(row),
            waarden=(number, sum(made[at:]), yes, percent(yes, sum(made[at:]))),
        )
        for at, (row, number) in enumerate(zip(rows, made, strict=True))
        for yes in (_of(_row(cases, ATTEMPTS.name, row), YES),)
    ]
    return Table(
        sleutel="pogingen",
        titel="Pogingen en wat de volgende oplevert",
        eerste="Gebeld",
        kolommen=(
            Column(naam="Geëindigd"),
            Column(naam="Zo vaak gebeld"),
            Column(naam="Ja"),
            Column(naam="Ja per poging", eenheid=_SHARE),
        ),
        regels=tuple(lines),
        toelichting="Zo vaak gebeld: ten minste dit aantal pogingen. Ja per poging: ja van wie zo vaak gebeld is.",
        grafiek="staven",
    )


def crossed_table(shown: Protected, name: str) -> Table:
    """Show the stages of the calling per sector or per kind of coincidence."""
    cases, (title, first, names, rest) = shown[END.name], _CROSSED[name]
    blocks, columns = _divided(cases, name), _divided(cases, END.name)
    lines = []
    rows = wording.groups(names, blocks.coarse if blocks and columns else (), rest)
    for row, row_name in rows.items():
        cells = _row(cases, name, row)
        called, spoken, yes = (_of(cells, part) for part in (CALLED, SPOKEN, YES))
        shares = (percent(spoken, called), percent(yes, spoken))
        lines.append(Line(naam=row_name, waarden=(*cells.values(), *shares)))
    stages = tuple(Column(naam=wording.stage(block)) for block in (columns.coarse if columns else ()))
    return Table(
        sleutel=name,
        titel=title,
        eerste=first,
        kolommen=(
            *stages,
            Column(naam="Gesproken van gebeld", eenheid=_SHARE),
            Column(naam="Ja van gesproken", eenheid=_SHARE),
        ),
        regels=tuple(lines),
        grafiek="gestapeld",
    )


_CROSSED = {
    SECTOR.name: ("Per soort signaal", "Soort", wording.SECTORS, "alle andere soorten"),
    SAMENLOOP.name: (
        "Enkelvoudig, meervoudig en opeenvolgend",
        "Samenloop",
        wording.SAMENLOPEN,
        "meervoudig of opeenvolgend",
    ),
}


def volume_table(shown: Protected) -> Table:
    """Show how many cases each sector brings, more finely than the cross table can."""
    cases = shown[END.name]
    return Table(
        sleutel="volume",
        titel="Dossiers per soort",
        eerste="Soort",
        kolommen=(Column(naam="Dossiers"), Column(naam="Van alle dossiers", eenheid=_SHARE)),
        regels=tuple(
            Line(naam=called, waarden=(n, percent(n, cases.total)))
            for called, _, n in _named(cases, SECTOR.name, wording.SECTORS, "alle andere soorten")
            if n != cases.total
        ),
    )


def definitions_table(shown: Protected) -> Table:
    """Put the pilot's way of counting beside the national one."""
    cases = shown[END.name]
    called, spoken, yes = (cases.count(END.name, part) for part in (CALLED, SPOKEN, YES))
    reached, helped = (cases.count(END.name, part) for part in (REACHED, HELPED))
    rows: Sequence[tuple[str, int | None, int | None]] = (
        ("Pilot: gesproken van gebeld", spoken, called),
        ("Landelijk: bereikt van alle dossiers", reached, cases.total),
        ("Pilot: ja van gesproken", yes, spoken),
        ("Landelijk: geholpen van bereikt", helped, reached),
        ("Landelijk: geholpen van alle dossiers", helped, cases.total),
    )
    return Table(
        sleutel="definities",
        titel="Twee definities naast elkaar",
        eerste="Wat er wordt gedeeld",
        kolommen=(Column(naam="Aantal"), Column(naam="Van"), Column(naam="Aandeel", eenheid=_SHARE)),
        regels=tuple(
            Line(naam=name, waarden=(part, whole, percent(part, whole))) for name, part, whole in rows
        ),
        toelichting="De pilot telt alleen wie gebeld is; landelijk (Divosa, DDAS) tellen alle dossiers en alle manieren "
        "van contact, en is pas geholpen wie advies of vervolghulp kreeg. Vergelijk ze nooit met elkaar.",
    )


def channel_table(shown: Protected, inbound: int | None) -> Table:
    """Show how offers went other than by calling."""
    lines = [
        Line(naam=called, waarden=(number,))
        for name in ("brief", "huisbezoek")
        for called, block, number in _named(shown[name], name, wording.CHANNELS, "anders")
        if "geen" not in block
    ]
    lines.append(Line(naam="Gesprekken waarvoor de inwoner zelf terugbelde", waarden=(inbound,)))
    return Table(
        sleutel="kanalen",
        titel="Andere manieren van contact",
        eerste="Manier",
        kolommen=(Column(naam="Aantal"),),
        regels=tuple(lines),
    )


def dayparts_table(dayparts: Sequence[tuple[Block, int, int]]) -> Table:
    """Show when calls are answered: shares alone, for totals of attempts would tell of single residents."""
    total = sum(attempts for _, attempts, _ in dayparts)
    return Table(
        sleutel="dagdelen",
        titel="Wanneer er wordt opgenomen",
        eerste="Dagdeel",
        kolommen=(
            Column(naam="Van alle pogingen", eenheid=_SHARE),
            Column(naam="Iemand gesproken", eenheid=_SHARE),
        ),
        regels=tuple(
            Line(
                naam=wording.group(wording.DAYPARTS, block),
                waarden=(percent(attempts, total), percent(answered, attempts)),
            )
            for block, attempts, answered in dayparts
        ),
        grafiek="staven",
    )


def cost_table(shown: Protected, amount_cent: int) -> Table:
    """Show what calling cost, per result."""
    cases = shown[END.name]
    counts = [
        ("Per gebeld dossier", cases.count(END.name, CALLED)),
        ("Per gesproken inwoner", cases.count(END.name, SPOKEN)),
        ("Per inwoner die ja zei", cases.count(END.name, YES)),
        ("Per geholpen inwoner", cases.count(END.name, HELPED)),
    ]
    each = tuple(
        Line(naam=name, waarden=(None if not count else round(amount_cent / count),))
        for name, count in counts
    )
    return Table(
        sleutel="kosten",
        titel="Wat het bellen kostte",
        eerste="Kosten",
        kolommen=(Column(naam="Bedrag", eenheid=Unit.CENT),),
        regels=(Line(naam="Rekening van de maand", waarden=(amount_cent,)), *each),
        toelichting="Het bedrag van de maandrekening gedeeld door de aantallen van dit rapport.",
    )


def _all(total: int | None) -> int | None:
    return None if total is None else 100


def _named(
    released: Released, name: str, names: Mapping[str, str], rest: str
) -> Iterable[tuple[str, Block, int]]:
    """Give the fine blocks of a dimension by name, with their counts; what is left over comes last."""
    own = {block: number for (of, block), number in released.volumes.items() if of == name}
    return ((called, block, own[block]) for block, called in wording.groups(names, [*own], rest).items())


def _divided(released: Released, name: str) -> Blocks | None:
    """Give the blocks of a dimension, or None when it could not be divided at all: then there is nothing to tell."""
    blocks = released.blocks.get(name)
    return blocks if blocks is not None and len(blocks.fine) > 1 else None


def _row(released: Released, name: str, row: Block) -> dict[Block, int]:
    return {column: n for (of, r, column), n in released.cells.items() if (of, r) == (name, row)}


def _of(cells: Mapping[Block, int], part: Sequence[Ending]) -> int | None:
    """Add the cells of these endings up, or give None when a column holds others too."""
    inside = [column for column in cells if set(column) <= set(part)]
    if {ending for column in inside for ending in column} != set(part):
        return None
    return sum(cells[column] for column in inside)
