"""Help by social work: how a contact ends, what help was given, how a visit went, why a case changes hands.

Codes only, no text: before a resident accepts help, no more may be kept than the signal needs (Wgs art. 8b), and
"referred, not about money" must not tell to whom. The words follow the national result list where it has them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from schemas.case import CaseEvent, CaseState, CloseReason
from schemas.letters import LetterResult

AT_SOCIAL_WORK: Final = frozenset({CaseState.SOCIAAL_WERK, CaseState.HULP_GEVRAAGD, CaseState.OVERGEDRAGEN})
"""States in which a case is in the hands of social work."""

DECISION_DAYS: Final = 56
"""From the first talk to the decision on help: at most eight weeks (Wgs art. 4a; a bylaw may set less)."""


class Channel(StrEnum):
    """How an offer reached a resident."""

    TELEFOON = "telefoon"
    BRIEF = "brief"
    HUISBEZOEK = "huisbezoek"
    AFSPRAAK = "afspraak"


class Help(StrEnum):
    """What help was given; several may apply."""

    QUICK_FIX = "quick_fix"
    ADVIES = "advies"
    VERWIJZING_FINANCIEEL = "verwijzing_financieel"
    VERWIJZING_NIET_FINANCIEEL = "verwijzing_niet_financieel"
    SCHULDHULP = "schuldhulp"


_SETTLED_AT_ONCE = frozenset({Help.QUICK_FIX, Help.ADVIES})


def reason_of(given: Collection[Help]) -> CloseReason:
    """Give the result that the case closes with: advice or a quick fix alone, or further help."""
    return CloseReason.ADVIES if _SETTLED_AT_ONCE.issuperset(given) else CloseReason.HULP


class Referral(StrEnum):
    """To what kind of help somebody was referred; never to whom.

    Before the list is made longer: a kind that tells of health, faith or crime may not stand here (Wgs art. 8b), so
    whoever helps with such things is ``ander``.
    """

    SCHULDHULP = "schuldhulp"
    BUDGETBEHEER = "budgetbeheer"
    INKOMEN = "inkomensvoorziening"
    NOODFONDS = "noodfonds"
    THUISADMINISTRATIE = "thuisadministratie"
    SOCIAAL_RAADSLIEDEN = "sociaal_raadslieden"
    WIJKTEAM = "wijkteam"
    ANDER = "ander"


REFERRED: Final = frozenset({Help.VERWIJZING_FINANCIEEL, Help.VERWIJZING_NIET_FINANCIEEL, Help.SCHULDHULP})
"""Help that sends somebody on, so that a kind of referral belongs to it."""


class Opinion(StrEnum):
    """How a resident looks at the offer, in coded answers; several may apply, none is asked for."""

    WELKOM = "welkom"
    OP_TIJD = "op_tijd"
    TE_VROEG = "te_vroeg"
    TE_LAAT = "te_laat"
    HOE_WEET_U_DIT = "hoe_weet_u_dit"
    SCHAAMTE = "schaamte"
    VREES_OPLICHTING = "vrees_voor_oplichting"
    INMENGING = "inmenging"
    REGELT_ZELF = "regelt_het_zelf"
    SCHULD_KLOPT_NIET = "schuld_klopt_niet"


class ReportStep(StrEnum):
    """What was decided about a report of worry; forwarding itself has a gate of its own and is off by default."""

    NIET_NODIG = "overwogen_niet_nodig"
    GEEN_GROND = "overwogen_geen_grond"
    GEDAAN = "gedaan"


class ReportReason(StrEnum):
    """Why a report was weighed: the closed list of grounds; arrears are never one of them."""

    OP_VERZOEK = "op_verzoek_van_inwoner"
    ACUUT_GEVAAR = "acuut_gevaar"
    WAARGENOMEN_GEDRAG = "waargenomen_gedrag"


class VisitReason(StrEnum):
    """Why somebody goes to the door."""

    SPOED = "spoed"
    NIET_BEREIKT = "niet_bereikt"
    BRIEF_ONBESTELBAAR = "brief_onbestelbaar"
    OP_VERZOEK = "op_verzoek_van_inwoner"
    EERDER_GEWEIGERD = "eerder_geweigerd"
    MEERDERE_SIGNALEN = "meerdere_signalen"


class HelpOutcome(StrEnum):
    """How the contact of social work with a resident ended."""

    HULP_GEGEVEN = "hulp_gegeven"
    GEEN_HULP_NODIG = "geen_hulp_nodig"
    GEWEIGERD = "geweigerd"
    ZELF_BETAALD = "zelf_betaald"
    GEEN_REACTIE = "geen_reactie"
    ONBEREIKT = "onbereikt"
    OVERLEDEN = "overleden"
    GEEN_INWONER = "geen_inwoner"


@dataclass(frozen=True, slots=True)
class Ending:
    """What an outcome means for the case; without an event the case stays where it is."""

    event: CaseEvent | None
    reached: bool


ENDINGS: Mapping[HelpOutcome, Ending] = {
    HelpOutcome.HULP_GEGEVEN: Ending(None, reached=True),
    HelpOutcome.GEEN_HULP_NODIG: Ending(CaseEvent.WEIGERING, reached=True),
    HelpOutcome.GEWEIGERD: Ending(CaseEvent.WEIGERING, reached=True),
    HelpOutcome.ZELF_BETAALD: Ending(CaseEvent.BETALING, reached=True),
    HelpOutcome.GEEN_REACTIE: Ending(CaseEvent.STILTE, reached=False),
    HelpOutcome.ONBEREIKT: Ending(CaseEvent.UITGEBELD, reached=False),
    HelpOutcome.OVERLEDEN: Ending(CaseEvent.VERVALT, reached=False),
    HelpOutcome.GEEN_INWONER: Ending(CaseEvent.VERVALT, reached=False),
}

NOBODY_LEFT: Mapping[HelpOutcome, CloseReason] = {
    HelpOutcome.OVERLEDEN: CloseReason.OVERLEDEN,
    HelpOutcome.GEEN_INWONER: CloseReason.GEEN_INWONER,
}
"""Outcomes with which the duty to offer ends here: what the case closes with, and what its partners hear."""


Note = Annotated[str, Field(min_length=1, max_length=500)]


class HelpResult(BaseModel):
    """What a social worker records at the end of a contact; ``hulp`` belongs to ``hulp_gegeven`` alone.

    ``geinformeerd``: the resident heard where the data come from and what rights there are (AVG art. 14).
    ``verwijzingen`` go with help that refers; ``beleving`` is what a resident who was reached said of the offer;
    ``melding`` and ``melding_reden`` go together. ``notitie`` is sealed before it is stored.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )

    uitkomst: HelpOutcome
    kanaal: Channel = Channel.TELEFOON
    hulp: frozenset[Help] = frozenset()
    verwijzingen: frozenset[Referral] = frozenset()
    beleving: frozenset[Opinion] = frozenset()
    melding: ReportStep | None = None
    melding_reden: ReportReason | None = None
    notitie: Note | None = None
    geinformeerd: Annotated[bool, Field(strict=True)] = False


def misfits(result: HelpResult) -> tuple[str, ...]:
    """Name the parts of a result that do not belong with the rest of it, by their field."""
    refers = bool(REFERRED & result.hulp)
    wrong = {
        "hulp": (result.uitkomst is HelpOutcome.HULP_GEGEVEN) != bool(result.hulp),
        "verwijzingen": bool(result.verwijzingen) and not refers,
        "beleving": bool(result.beleving) and not ENDINGS[result.uitkomst].reached,
        "melding_reden": (result.melding is None) != (result.melding_reden is None),
    }
    return tuple(name for name, misfit in wrong.items() if misfit)


class VisitResult(StrEnum):
    """How a home visit went."""

    GESPROKEN = "gesproken"
    GEWEIGERD = "geweigerd"
    AANBOD_ACHTERGELATEN = "aanbod_achtergelaten"
    KAARTJE_ACHTERGELATEN = "kaartje_achtergelaten"
    NIET_THUIS = "niet_thuis"
    NIET_DOORGEGAAN = "niet_doorgegaan"


SPOKEN: Final = frozenset({VisitResult.GESPROKEN, VisitResult.GEWEIGERD})
"""Visits in which the resident was met."""

VISIT_OFFERS: Final = SPOKEN | {VisitResult.AANBOD_ACHTERGELATEN}
"""Visits that count as an offer of help (Wgs art. 3(1)(b)): spoken to, or the written offer left in a closed envelope.

Contested, hence strict: a card that only says "we were here" offers no help, and leaves the duty open. Whoever
wants it to count needs a card with the text of the offer, recorded as ``aanbod_achtergelaten``.
"""


NO_OFFER: Final = frozenset(
    {LetterResult.ONBESTELBAAR.value, LetterResult.VERVALLEN.value}
    | {result.value for result in VisitResult if result not in VISIT_OFFERS}
)
"""Results with which a finished letter or visit offered nothing, so that the duty to offer stands."""


class Handing(StrEnum):
    """Why a case changes hands."""

    VERDELING = "verdeling"
    OVERNAME = "overname"
    WERKLAST = "werklast"
    HULPVRAAG = "hulpvraag"
    BELANGENCONFLICT = "belangenconflict"


class Protection(StrEnum):
    """Why only social work comes near a resident: nobody calls, no letter goes out, nothing is looked up."""

    GEHEIMHOUDING = "geheimhouding"
    CURATELE = "curatele"
    BEWIND = "bewind"
    VEILIGHEID = "veiligheid"


class EmergencyReason(StrEnum):
    """Why somebody needs a colleague's case at this very moment (vital interest, AVG art. 6(1)(d))."""

    ACUUT_GEVAAR = "acuut_gevaar"
    AFSLUITING_VANDAAG = "afsluiting_vandaag"
    INWONER_IN_NOOD = "inwoner_in_nood_meldt_zich"


class EmergencyVerdict(StrEnum):
    """What a second person thought of it afterwards."""

    TERECHT = "terecht"
    ONTERECHT = "onterecht"


EMERGENCY_HOURS: Final = 24
"""Emergency access ends by itself after so long; whoever still needs the case is given it."""

REVIEW_DAYS: Final = 1
"""Within so many working days a second person judges; while one is overdue, its user gets no other."""


class Restriction(StrEnum):
    """Why only named people may know that a case is there."""

    COLLEGA = "collega"
    BEKENDE = "bekende_van_het_team"
    PUBLIEK_PERSOON = "publiek_persoon"
    BEDREIGD = "bedreigd"
