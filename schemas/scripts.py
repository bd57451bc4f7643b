"""What agents say: calling scripts and cards with tips, as data with versions; no word in them is about a resident.

A version that was used is never changed: each attempt names the script and the card it was made with. The texts are
Dutch and written at language level B1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schemas.errors import NotFound
from schemas.parties import PartnerType

FIRST_OFFER: Final = ("eerste_aanbod", 2)
"""The script, and its version, that a case gets when its way is the call center."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a script: when it is said, and what."""

    moment: str
    tekst: str


@dataclass(frozen=True, slots=True)
class Script:
    """One version of a calling script; ``sinds`` is the day from which it was used (ISO)."""

    code: str
    versie: int
    sinds: str
    stappen: tuple[Step, ...]

    @property
    def ref(self) -> str:
        """How this very version is asked for, as ``code-versie``."""
        return f"{self.code}-{self.versie}"


@dataclass(frozen=True, slots=True)
class TipsCard:
    """What a resident who wants no help can do himself, per sector of the partner."""

    soort: str
    versie: int
    sinds: str
    tips: tuple[str, ...]

    @property
    def code(self) -> str:
        """How a result names this very card."""
        return f"{self.soort}-{self.versie}"


_VERIFY = Step(
    "controle",
    "Ik wil zeker weten dat ik de juiste persoon spreek. Wat is uw geboortedatum? En wat is uw huisnummer? "
    "Ik zie die gegevens zelf niet: het systeem zegt mij alleen of het klopt.",
)
_OFFER = Step(
    "aanbod",
    "Een organisatie heeft de gemeente laten weten dat er een rekening openstaat. Daar bel ik niet over om te manen: "
    "de gemeente biedt u gratis hulp aan. Wilt u dat iemand van sociaal werk u daarover belt?",
)
_YES = Step(
    "ja", "Fijn. Wanneer kunt u het beste gebeld worden? Mag ik in een zin opschrijven waar het over gaat?"
)
_NO = Step("nee", "Dat is uw keuze. Mag ik u wel een paar tips geven die u zelf kunt gebruiken?")
_STOP = Step(
    "niet_bellen", "Ik schrijf meteen op dat u niet meer gebeld wilt worden. U krijgt dan wel een brief."
)
_STRANGER = Step(
    "verkeerde_persoon", "Neem mij niet kwalijk, dan heb ik een verkeerd nummer. Ik haal het weg. Goedendag."
)
_VOICEMAIL = Step("voicemail", "Spreek niets in. Noem nooit de gemeente, een naam of een reden.")
_ACUTE = Step(
    "acute_nood",
    "Hoort u dat iemand in gevaar is? Blijf aan de lijn. Bel 112 bij levensgevaar, 113 of 0800-0113 bij gedachten aan "
    "zelfdoding. Waarschuw uw teamleider en leg de uitkomst 'acuut' vast.",
)
_REST = (_OFFER, _YES, _NO, _STOP, _STRANGER, _VOICEMAIL, _ACUTE)

SCRIPTS: Final[tuple[Script, ...]] = (
    Script(
        "eerste_aanbod",
        1,
        "2026-01-05",
        (
            Step("opening", "Goedendag, u spreekt met … Ik bel namens de gemeente. Spreek ik met …?"),
            _VERIFY,
            *_REST,
        ),
    ),
    Script(
        "eerste_aanbod",
        2,
        "2026-11-02",
        (
            Step(
                "opening",
                "Goedendag, u spreekt met … van het belteam van de gemeente. Spreek ik met …? U hoeft mij niet zomaar "
                "te geloven. Op de website van de gemeente kunt u nagaan of ik echt namens de gemeente bel: vul daar "
                "de controlecode … in met het nummer waarop ik u nu bel. U kunt ook zelf ons 079-nummer bellen.",
            ),
            _VERIFY,
            *_REST,
        ),
    ),
    Script(
        "terugbeller",
        1,
        "2026-11-02",
        (
            Step(
                "opening",
                "Goedendag, u spreekt met … van het belteam van de gemeente. Wij hebben u gebeld. Waarover, dat zeg "
                "ik pas als ik zeker weet met wie ik spreek.",
            ),
            _VERIFY,
            *_REST,
        ),
    ),
)
"""Every script in every version that is, or was, in use."""

_ALWAYS = (
    "Bel of mail vandaag nog met de organisatie waar de rekening openstaat en vraag om een betalingsregeling.",
    "Bedenkt u zich? Bel de gemeente: hulp bij geld is gratis en u hoeft nergens voor te tekenen.",
    "Kijk op geldfit.nl welke toeslagen en hulp er voor u zijn.",
)

_OWN: Final[Mapping[PartnerType, tuple[str, ...]]] = {
    PartnerType.HUUR: (
        "Betaal eerst de huur van deze maand; zo loopt de achterstand niet verder op.",
        "Kijk op toeslagen.nl of u huurtoeslag kunt krijgen; dat kan ook met terugwerkende kracht.",
    ),
    PartnerType.ZORG: (
        "Bel uw zorgverzekeraar voordat er zes maanden premie openstaan; daarna wordt de premie hoger.",
        "Kijk op toeslagen.nl of u zorgtoeslag kunt krijgen.",
    ),
    PartnerType.ENERGIE: (
        "Uw energie mag niet zomaar worden afgesloten als u schuldhulp vraagt; zeg dat aan uw leverancier.",
        "Geef elke maand uw meterstanden door, dan klopt uw voorschot.",
    ),
    PartnerType.WATER: (
        "Het waterbedrijf maakt met bijna iedereen een betalingsregeling; bel voordat de termijn voorbij is.",
        "Vraag bij een laag inkomen kwijtschelding van de waterschapsbelasting aan.",
    ),
    PartnerType.HYPOTHEEK: (
        "Bel de geldverstrekker: met een budgetcoach kan een tijdelijke lagere maandlast soms wel.",
        "Een afspraak met de geldverstrekker voorkomt dat de achterstand lang geregistreerd blijft.",
    ),
    PartnerType.CAK: (
        "Vraag het CAK om in termijnen te betalen.",
        "Controleer of de eigen bijdrage klopt met uw inkomen van nu.",
    ),
    PartnerType.BELASTINGDIENST: (
        "Vraag bij de Belastingdienst kort uitstel of een betalingsregeling aan; dat kan telefonisch.",
        "Reageer op elke brief voor de datum die erin staat, ook als u niet kunt betalen.",
    ),
    PartnerType.TOESLAGEN: (
        "Vraag Dienst Toeslagen om een persoonlijke betalingsregeling die bij uw inkomen past.",
        "Geef een verandering van uw inkomen meteen door; dan hoeft u later minder terug te betalen.",
    ),
}

CARDS: Final[Mapping[str, TipsCard]] = {
    card.code: card
    for card in (TipsCard(str(sector), 1, "2026-11-02", (*own, *_ALWAYS)) for sector, own in _OWN.items())
}
"""Every card with tips in every version, by its code."""


def script(ref: str) -> Script:
    """Give a version of a script, as ``code-versie``.

    Raises:
        NotFound: there is none.
    """
    found = next((one for one in SCRIPTS if one.ref == ref), None)
    if found is None:
        raise NotFound
    return found


def card(code: str) -> TipsCard:
    """Give a card by its code, as ``soort-versie``.

    Raises:
        NotFound: there is none.
    """
    found = CARDS.get(code)
    if found is None:
        raise NotFound
    return found
