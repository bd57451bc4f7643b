"""May this partner send this signal here: the register of grounds and the duties of the sector.

Looks only at the line and the register, never at what the municipality knows, so the answer cannot tell whether a
person lives here. Sources: Besluit gemeentelijke schuldhulpverlening art. 2 ff., Wgs art. 10, and per sector the
``bron`` in ``schemas/register/grounds.yaml``; docs/reference/grondslagen.md says it in a table.
"""

from datetime import date

from gateway.policy.register import Register
from schemas.grounds import Ground, SectorDuty
from schemas.parties import PartnerType
from schemas.signal import LineCode, SignalIn

Refusal = tuple[LineCode, str]


def admissible(
    register: Register,
    signal: SignalIn,
    partner_type: PartnerType | None,
    gemeentecode: str,
    on: date,
    *,
    creditor: str = "",
) -> Refusal | None:
    """Say why a line may not be accepted (code and field), or None when it may.

    ``creditor`` is the registered name of the party, for grounds that name creditors; ``on`` is the business
    date. A withdrawal is always welcome: taking data back needs no ground.
    """
    if signal.gemeentecode not in {None, gemeentecode}:
        return LineCode.E_GEMEENTE, "gemeentecode"
    if not signal.natuurlijk_persoon:
        return LineCode.E_LEGAL_PERSON, "natuurlijk_persoon"
    if signal.withdrawal:
        return None
    if partner_type is None or signal.partner_type not in {None, partner_type}:
        return LineCode.E_GRONDSLAG, "partner_type"
    lacking = _lacks_ground(register, signal, partner_type, gemeentecode, on, creditor)
    if lacking:
        return LineCode.E_GRONDSLAG, lacking
    unmet = _unmet(register.grounds.plichten.get(partner_type), signal, on)
    return (LineCode.E_ATTEST, unmet) if unmet else None


def _lacks_ground(
    register: Register,
    signal: SignalIn,
    partner_type: PartnerType,
    gemeentecode: str,
    on: date,
    creditor: str,
) -> str | None:
    """Name the field on which the best ground fails; None when one ground holds in full."""
    named = [
        ground
        for ground in register.grounds.grondslagen
        if ground.sector is partner_type and ground.valid_on(on) and _names(ground, gemeentecode, creditor)
    ]
    if not named:
        return "partner_type"
    failing = [_short_of(ground, signal) for ground in named]
    return None if None in failing else failing[0]


def _names(ground: Ground, gemeentecode: str, creditor: str) -> bool:
    here = not ground.gemeenten or gemeentecode in ground.gemeenten
    return here and (not ground.schuldeisers or creditor in ground.schuldeisers)


def _short_of(ground: Ground, signal: SignalIn) -> str | None:
    if signal.bedrag_cent < ground.min_bedrag:
        return "bedrag"
    return "oudste_vordering" if _age(signal) < ground.min_dagen else None


def _age(signal: SignalIn) -> int:
    """Days between the oldest claim and the reference date; unknown counts as none."""
    if not signal.oudste_vordering or not signal.peildatum:
        return 0
    return (date.fromisoformat(signal.peildatum) - date.fromisoformat(signal.oudste_vordering)).days


def _unmet(duty: SectorDuty | None, signal: SignalIn, on: date) -> str | None:
    """Name the first attestation that is missing or does not hold.

    A resident who refused that his data be passed on is a stop in every sector, asked or not.
    """
    if duty is None:
        return "partner_type"
    if signal.att_geen_afwijzing is False:
        return "att_geen_afwijzing"
    return next((name for name in duty.vereist if not _holds(name, signal, duty, on)), None)


def _holds(name: str, signal: SignalIn, duty: SectorDuty, on: date) -> bool:
    value = getattr(signal, name)
    if name == "att_herinneringen":
        return value is not None and value >= duty.min_herinneringen
    if name == "att_aanbod_datum":
        return value is not None and date.fromisoformat(value) <= on
    return value is True
