"""The closed vocabulary of facts a decision may look at: about one case and the one who asks.

Every fact is positive and false until shown: more facts never take a right away, so a guardrail that holds on
the grants holds in every state. Meanings and texts stand in ``schemas/register/conditions.yaml``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import compress
from operator import attrgetter
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What holds now; anything not proven stays false, so an empty ``Facts()`` opens nothing."""

    zonder_persoon: bool = False
    groep_groot_genoeg: bool = False
    eigen_signaal: bool = False
    geaccepteerd: bool = False
    teruggekoppeld_binnen_90_dagen: bool = False
    ronde_gestart: bool = False
    verrijking_aan: bool = False
    telefoon_ontbreekt: bool = False
    dossier_open: bool = False
    niet_beschermd: bool = False
    geen_bezwaar: bool = False
    niet_geweigerd: bool = False
    belbaar: bool = False
    onder_bedraggrens: bool = False
    binnen_belvenster: bool = False
    pogingen_over: bool = False
    budget_beschikbaar: bool = False
    leidt_belteam: bool = False
    geleend: bool = False
    teruggebeld: bool = False
    geverifieerd: bool = False
    partnernaam_toegestaan: bool = False
    toegewezen: bool = False
    in_werkvoorraad: bool = False
    geen_belangenconflict: bool = False
    termijn_bij_teamleider: bool = False
    noodtoegang: bool = False
    brief_opdracht: bool = False
    hulp_aanvaard: bool = False
    overgedragen_schuldhulp: bool = False
    melding_toegekend: bool = False
    toezichtsvraag: bool = False
    verzoek_loopt: bool = False
    identiteit_vastgesteld: bool = False
    cbs_levering_aan: bool = False


NAMES: tuple[str, ...] = tuple(field.name for field in fields(Facts))
"""Every fact by name, in the order of the vocabulary."""

_BIT: Mapping[str, int] = {name: 1 << index for index, name in enumerate(NAMES)}
_BITS = tuple(_BIT.values())
_read: Any = attrgetter(*NAMES)


def mask(facts: Facts) -> int:
    """Pack facts into one number, a bit each."""
    return sum(compress(_BITS, _read(facts)))


def mask_of(names: Iterable[str]) -> int:
    """Pack named conditions; a name outside the vocabulary is a ``KeyError``."""
    return sum(_BIT[name] for name in set(names))


def names_in(bits: int) -> tuple[str, ...]:
    """Unpack a number into the facts it stands for."""
    return tuple(name for name, bit in _BIT.items() if bits & bit)
