"""From sealed rows to named fields: which sealed group a field comes from, and how its value is put together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.disclosure.dossier import Dossier
from gateway.store.change import Row
from keys.envelope import Context
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
    }
)
_CONTACT = frozenset({"voorvoegsel", "achternaam", "telefoonnummers", "email"})
_FINANCE = frozenset(
    {"klantnummer", "signaal_ref", "bedrag", "oudste_vordering", "peildatum", "einde_levering", "attestaties"}
)
_NOTES = frozenset({"beste_moment", "omschrijving"})
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
        _of_signal(signal, column) for column, of, signals in sources if wanted & of for signal in signals
    ]
    if wanted & _NOTES:
        values.extend(_notes(dossier))
    return values


def _of_signal(signal: Row, column: str) -> SealedValue:
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
    if contact is not None:
        values |= {name: contact.get(name) for name in ("voorvoegsel", "achternaam", "email")}
        values["telefoonnummers"] = _numbers(opened)
    return values


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
    last = notes[-1]
    return {"beste_moment": last.get("beste_moment"), "omschrijving": last.get("omschrijving")}


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


def _offered(row: Row) -> bool:
    return row["done_at"] is not None and row["result"] not in NO_OFFER


def _offer(row: Row) -> dict[str, Any]:
    return {"datum": _day(row["done_at"]), "kanaal": row["channel"], "sjabloon": row["template"]}


def _terms(dossier: Dossier) -> list[dict[str, Any]]:
    case, handover = dossier.case, dossier.handover
    terms = {"aanbod": case["offer_due"], "eerste_gesprek": case["first_talk_due"]}
    if handover is not None:
        terms["beschikking"] = handover["decision_due"]
    return [{"termijn": name, "datum": _day(due)} for name, due in terms.items() if due is not None]


def _told(row: Row) -> list[dict[str, Any]]:
    told = {"datum": _day(row["at"]), "code": row["code"], "pauze_tot": row["pause_until"]}
    return [{name: value for name, value in told.items() if value is not None}]


Opener = Callable[[Context, bytes], bytes]


def open_all(values: Iterable[SealedValue], opener: Opener) -> dict[tuple[str, str], dict[str, Any]]:
    """Open sealed groups with an opener that holds a permit for them, keyed by column and row."""
    return {(value.name, value.row): orjson.loads(opener(value.context, value.blob)) for value in values}
