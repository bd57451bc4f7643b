"""What the categories of the report are called, and what a group of them is called when it is counted together."""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.statistics.catalogue import Block
from gateway.statistics.funnel import NO_HELP, NOT_CALLED, NOT_SPOKEN, YES, Ending, Place
from gateway.statistics.report import dutch

_E, _P = Ending, Place
ENDINGS: Final[Mapping[str, str]] = {
    _E.BRIEF: "per brief benaderd",
    _E.SOCIAAL_WERK: "bij sociaal werk",
    _E.BELBAAR: "belbaar, niet gebeld",
    _E.ONGEBELD_GESPROKEN: "gesproken door sociaal werk",
    _E.ONGEBELD_JA: "hulp gevraagd zonder belronde",
    _E.ONGEBELD_HULP: "geholpen zonder belronde",
    _E.ONGEBELD_INGETROKKEN: "ingetrokken voor de eerste poging",
    _E.LOOPT_NOG: "belronde loopt nog",
    _E.ZEVEN_POGINGEN: "zeven pogingen gedaan",
    _E.MINDER_POGINGEN: "minder dan zeven pogingen, maand voorbij",
    _E.NIET_MEER_BELLEN: "verkeerd nummer of niet meer bellen",
    _E.GEBELD_INGETROKKEN: "ingetrokken tijdens de belronde",
    _E.REGELT_ZELF: "regelt het zelf",
    _E.BETAALD: "heeft betaald of een regeling",
    _E.GEEN_REACTIE: "later geen reactie meer",
    _E.ANDERS: "ingetrokken, overleden of verhuisd",
    _E.GESPREK_LOOPT: "nog in behandeling",
    _E.JA_HULP: "vervolghulp of verwijzing",
    _E.JA_ADVIES: "advies of snelle oplossing",
    _E.JA_LOOPT: "hulpvraag loopt nog",
    _E.JA_AFGEZIEN: "later toch geen hulp",
}
STAGES: Final[Mapping[Block, str]] = {
    NOT_CALLED: "niet gebeld",
    NOT_SPOKEN: "gebeld, niet gesproken",
    NO_HELP: "gesproken, geen hulp",
    YES: "ja op hulp",
}
PLACES: Final[Mapping[str, str]] = {
    _P.NIEUW_DOSSIER: "in een nieuw dossier",
    _P.LOPEND_DOSSIER: "bij een dossier dat al liep",
    _P.WACHT: "wacht op een besluit over de koppeling",
    _P.INGETROKKEN: "ingetrokken door de partner",
    _P.VERVANGEN: "vervangen door een verbetering",
}
SECTORS: Final[Mapping[str, str]] = {
    "huur": "huur",
    "zorg": "zorgverzekering",
    "energie": "energie",
    "water": "water",
    "hypotheek": "hypotheek",
    "cak": "CAK",
    "belastingdienst": "Belastingdienst",
    "toeslagen": "Toeslagen",
    "meer_soorten": "meer soorten tegelijk",
}
SAMENLOPEN: Final[Mapping[str, str]] = {
    "enkelvoudig": "enkelvoudig",
    "opeenvolgend": "opeenvolgend",
    "meervoudig": "meervoudig",
    "meervoudig_opeenvolgend": "meervoudig en opeenvolgend",
}
CHANNELS: Final[Mapping[str, str]] = {
    "geen": "geen",
    "verzonden": "brief verzonden",
    "onbestelbaar": "brief onbestelbaar",
    "gesproken": "huisbezoek, gesproken",
    "niet_gesproken": "huisbezoek, niet gesproken",
}
DAYPARTS: Final[Mapping[str, str]] = {
    "ochtend": "ochtend (voor 12 uur)",
    "middag": "middag (12 tot 18 uur)",
    "avond": "avond (vanaf 18 uur)",
}
_MONTHS: Final = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
_MANY: Final = 3


def group(names: Mapping[str, str], block: Block) -> str:
    """Name a group of categories by all of them."""
    return dutch([names[category] for category in block])


def groups(names: Mapping[str, str], blocks: Sequence[Block], rest: str) -> dict[Block, str]:
    """Name the rows of a table; the longest group is the ``rest``, which comes last: whatever has no row of its own."""
    longest = max(blocks, key=len, default=())
    left = longest if len(longest) >= _MANY else ()
    named = {block: group(names, block) for block in blocks if block != left}
    return named | ({left: dutch([rest])} if left else {})


def stage(block: Block) -> str:
    """Name a stage of the calling, or several that are counted together."""
    inside = [name for stages, name in STAGES.items() if set(stages) <= set(block)]
    return dutch(inside)


def attempts(block: Block) -> str:
    """Name a number of attempts, or a range of them."""
    if len(block) > 1:
        return f"{block[0]} tot en met {block[-1]} pogingen"
    return f"{block[0]} poging{'' if block[0] == '1' else 'en'}"


def month(text: str) -> str:
    """Write a month (YYYY-MM) in words."""
    year, number = text.split("-")
    return f"{_MONTHS[int(number) - 1]} {year}"
