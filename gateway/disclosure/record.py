"""From sealed rows to named fields: which sealed group a field comes from, and how its value is put together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.disclosure.clocks import dues
from gateway.disclosure.dossier import Dossier
from gateway.store.change import Row
from keys.envelope import Context
from schemas.errors import KeyDestroyed
from schemas.help import NO_OFFER
from schemas.moments import instant, local_day
from schemas.person import DataClass

_COLUMN = {
    "identity": DataClass.IDENTITEIT,
    "contact": DataClass.CONTACT,
    "finance": DataClass.FINANCIEN,
}
_IDENTITY = frozenset(
    {
        "voorletters",
        "geboortedatum",
        "straat",
        "huisnummer",
        "huisletter",
        "toevoeging",
        "postcode",
        "plaats",
        "wijk",
    }
)
_CONTACT = frozenset({"voorvoegsel", "achternaam", "telefoonnummers", "email"})
_FINANCE = frozenset(
    {"klantnummer", "signaal_ref", "bedrag", "oudste_vordering", "peildatum", "einde_levering", "attestaties"}
)
_NOTES = frozenset({"beste_moment", "omschrijving", "notitie"})
_ATTESTATIONS = {
    "att_persoonlijk_contact": "persoonlijk_contact",
    "att_gewezen_schuldhulp": "gewezen_op_schuldhulp",
    "att_geen_afwijzing": "geen_afwijzing",
}

AANHEF = "heer of mevrouw"
"""The only salutation: gender is not collected."""


@dataclass(frozen=True, slots=True)
class SealedValue:
    """A sealed group of fields with its place; ``name`` is the column, ``row`` the signal or note it is of."""

    name: str
    row: str
    context: Context
    blob: bytes


def needed(dossier: Dossier, fields: Iterable[str]) -> list[SealedValue]:
    """List the sealed groups that must be opened to show ``fields``; no group more.

    Person fields come from the newest signal, numbers from all of them, and what belongs to a signal from that one.
    """
    wanted = frozenset(fields)
    newest, everybody = dossier.people[:1], dossier.people
    sources: tuple[tuple[str, frozenset[str], Sequence[Row]], ...] = (
        ("identity", _IDENTITY, newest),
        ("contact", _CONTACT, everybody if "telefoonnummers" in wanted else newest),
        ("finance", _FINANCE, dossier.signals),
    )
    values = [
        of_signal(signal, column) for column, of, signals in sources if wanted & of for signal in signals
    ]
    if wanted & _NOTES:
        values.extend(_notes(dossier))
    return values


def of_signal(signal: Row, column: str) -> SealedValue:
    """Give a sealed group of a signal (``identity``, ``contact`` or ``finance``) with its place."""
    key = signal["signal_id"]
    context = Context(signal["tenant"], "gateway_signal", column, key, key, _COLUMN[column])
    return SealedValue(column, key, context, signal[column])


def _notes(dossier: Dossier) -> Iterable[SealedValue]:
    case = dossier.case
    for row in dossier.attempts:
        if row["note"] is not None:
            yield note_value(case["tenant"], "gateway_attempt", row["attempt_id"], row)
    if dossier.handover is not None and dossier.handover["note"] is not None:
        yield note_value(case["tenant"], "gateway_handover", case["case_id"], dossier.handover)
    for row in dossier.records:
        if row["note"] is not None:
            yield note_value(case["tenant"], "gateway_help_record", row["record_id"], row)


def note_value(tenant: str, table: str, key: str, row: Row) -> SealedValue:
    """Place a sealed note of an attempt or a handover."""
    context = Context(tenant, table, "note", key, row["note_subject"], DataClass.NOTITIES)
    return SealedValue("note", key, context, row["note"])


def record(
    dossier: Dossier, opened: Mapping[tuple[str, str], Mapping[str, Any]], extra: Mapping[str, Any]
) -> dict[str, Any]:
    """Put the values of all fields together that the opened groups and the clear columns give."""
    values: dict[str, Any] = {**_clear(dossier), **extra}
    newest = dossier.people[0]["signal_id"]
    values |= _person(opened, newest)
    values["signalen"] = _signals(dossier, opened)
    values |= _noted(opened)
    return values


def _person(opened: Mapping[tuple[str, str], Mapping[str, Any]], newest: str) -> dict[str, Any]:
    identity, contact = opened.get(("identity", newest)), opened.get(("contact", newest))
    values: dict[str, Any] = {}
    if identity is not None:
        values |= {name: identity.get(name) for name in _IDENTITY}
        values["wijk"] = district(identity)
    if contact is not None:
        values |= {name: contact.get(name) for name in ("voorvoegsel", "achternaam", "email")}
        values["telefoonnummers"] = _numbers(opened)
    return values


def district(identity: Mapping[str, Any]) -> str | None:
    """Give the district of an address: the digits of its postcode, which some four thousand residents share."""
    postcode = identity.get("postcode")
    return None if postcode is None else str(postcode)[:4]


def _numbers(opened: Mapping[tuple[str, str], Mapping[str, Any]]) -> tuple[str, ...]:
    numbers = (
        n for (name, _), group in opened.items() if name == "contact" for n in group["telefoonnummers"]
    )
    return tuple(dict.fromkeys(numbers))


def _signals(
    dossier: Dossier, opened: Mapping[tuple[str, str], Mapping[str, Any]]
) -> tuple[dict[str, Any], ...]:
    told = dossier.feedback or {}
    return tuple(
        {**_signal(s, told.get(s["signal_id"])), **_arrear(opened.get(("finance", s["signal_id"])))}
        for s in dossier.signals
    )


def _signal(signal: Row, told: Row | None) -> dict[str, Any]:
    return {
        "signaaltype": signal["partner_type"],
        "partnernaam": signal["party_id"],
        "crisissignaal": bool(signal["crisis"]),
        "warme_overdracht": bool(signal["warm"]),
        "terugkoppeling": None if told is None else _told(told),
    }


def _arrear(group: Mapping[str, Any] | None) -> dict[str, Any]:
    if group is None:
        return {}
    plain = ("klantnummer", "signaal_ref", "oudste_vordering", "peildatum", "einde_levering")
    values: dict[str, Any] = {name: group.get(name) for name in plain}
    return {**values, "bedrag": group["bedrag_cent"], "attestaties": _attestations(group)}


def _attestations(group: Mapping[str, Any]) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = [
        {"stap": step, "gedaan": group[name]} for name, step in _ATTESTATIONS.items() if name in group
    ]
    if "att_herinneringen" in group:
        steps.append({"stap": "herinneringen", "aantal": group["att_herinneringen"]})
    if "att_aanbod_datum" in group:
        steps.append({"stap": "aanbod", "datum": group["att_aanbod_datum"]})
    return steps


def _noted(opened: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, Any]:
    notes = [group for (name, _), group in opened.items() if name == "note"]
    if not notes:
        return {}
    return {name: _last(notes, name) for name in _NOTES}


def _last(notes: Sequence[Mapping[str, Any]], name: str) -> str | None:
    """Give what was last noted under a name; a later note that is silent about it takes nothing back."""
    return next((note[name] for note in reversed(notes) if note.get(name)), None)


def _clear(dossier: Dossier) -> dict[str, Any]:
    case = dossier.case
    return {
        "aanhef": AANHEF,
        "categorie": case["category"] or None,
        "route": _ROUTES.get(case["state"], case["state"]),
        "samenloop": case["samenloop"],
        "uitkomst": case["close_reason"] or case["state"],
        "weigering": _refusal(case),
        "pogingen": [_attempt(row) for row in dossier.attempts],
        "overdracht": [_handover(dossier)] if dossier.handover is not None else [],
        "gegeven_hulp": [line for row in dossier.records for line in _recorded(row)],
        "aanbod": [_offer(row) for row in dossier.offers if _offered(row)],
        "termijnen": _terms(dossier),
        "script": f"{case['script_code']}@{case['script_version']}" if case["script_code"] else None,
    }


_ROUTES = {
    "belbaar": "callcenter",
    "in_belronde": "callcenter",
    "brief": "brief",
    "sociaal_werk": "sociaal_werk",
    "hulp_gevraagd": "sociaal_werk",
    "overgedragen": "sociaal_werk",
}


def _day(ms: int | None) -> str | None:
    return None if ms is None else local_day(instant(ms)).isoformat()


def _refusal(case: Row) -> str | None:
    if case["phone_blocked"]:
        return "niet_bellen"
    return "geweigerd" if case["state"] == "geweigerd" else None


def _attempt(row: Row) -> dict[str, Any]:
    return {
        "datum": _day(row["at"]),
        "dagdeel": row["daypart"],
        "kanaal": "telefoon",
        "bereikt": bool(row["reached"]),
    }


def _handover(dossier: Dossier) -> dict[str, Any]:
    """Tell how a help request came in: what the receiving worker needs to go on where the caller left off."""
    asked = dossier.handover or {}
    call = next((row for row in dossier.attempts if row["at"] == asked["requested_at"]), None)
    card = {
        "datum": _day(asked["requested_at"]),
        "geverifieerd": bool(asked["verified"]),
        "geinformeerd": dossier.case["notice_at"] is not None,
        "dreigend": bool(asked["threatening"]),
        "via": "sociaal_werk" if call is None else "callcenter",
    }
    if call is None:
        return card
    script = f"{call['script_code']}@{call['script_version']}"
    return {**card, "dagdeel": call["daypart"], "tips": bool(call["tips"]), "script": script}


def _recorded(row: Row) -> Iterable[dict[str, Any]]:
    """Tell what social work recorded after one contact, a line per answer."""
    parts = (
        ("uitkomst", row["outcome"]),
        ("kanaal", row["channel"]),
        *(("hulp", code) for code in row["help_given"].split()),
        *(("verwijzing", code) for code in row["referrals"].split()),
        *(("beleving", code) for code in row["opinions"].split()),
        ("melding", row["report"]),
        ("melding_reden", row["report_reason"]),
    )
    day = _day(row["at"])
    return ({"datum": day, "onderdeel": part, "antwoord": code} for part, code in parts if code)


def _offered(row: Row) -> bool:
    return row["done_at"] is not None and row["result"] not in NO_OFFER


def _offer(row: Row) -> dict[str, Any]:
    return {"datum": _day(row["done_at"]), "kanaal": row["channel"], "sjabloon": row["template"]}


def _terms(dossier: Dossier) -> list[dict[str, Any]]:
    """Give the clocks that still run; one that was met asks nothing any more."""
    running = dues(dossier.case, dossier.handover)
    return [{"termijn": clock.value, "datum": _day(due)} for clock, due in running.items()]


def _told(row: Row) -> list[dict[str, Any]]:
    told = {"datum": _day(row["at"]), "code": row["code"], "pauze_tot": row["pause_until"]}
    return [{name: value for name, value in told.items() if value is not None}]


_MISSABLE: Mapping[str, tuple[type[Exception], ...]] = {"note": (KeyDestroyed,)}

Opener = Callable[[Context, bytes], bytes]


def open_all(values: Iterable[SealedValue], opener: Opener) -> dict[tuple[str, str], dict[str, Any]]:
    """Open sealed groups with an opener that holds a permit for them, keyed by column and row.

    A note whose key is missing is left out: who the resident is and what he owes can still be read without it.

    Raises:
        KeyDestroyed: a key of anything else is gone.
    """
    opened: dict[tuple[str, str], dict[str, Any]] = {}
    for value in values:
        with suppress(*_MISSABLE.get(value.name, ())):
            opened[value.name, value.row] = orjson.loads(opener(value.context, value.blob))
    return opened
