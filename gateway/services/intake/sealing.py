"""Turning accepted lines into rows: fresh keys per subject and class, sealed groups, blind tags."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from pydantic import BaseModel

from gateway.installation import Installation
from gateway.matching.candidates import search_keys
from gateway.matching.normalise import facts_of_signal
from gateway.services.intake.judge import Line
from gateway.store.change import Row
from gateway.store.prepared import portions
from keys.envelope import Context, DataKey
from schemas.ids import DeliveryId, SubjectId
from schemas.parties import Party
from schemas.person import DataClass
from schemas.signal import SignalIn, Soort

COLUMNS = {
    DataClass.IDENTITEIT: "identity",
    DataClass.CONTACT: "contact",
    DataClass.FINANCIEN: "finance",
}
"""Which column of ``gateway_signal`` holds the sealed group of a class."""

PORTION = 1_000
"""So many lines are sealed at once: the open keys of a large delivery must not all stand in memory."""

_CLASSES = (*COLUMNS, DataClass.LOGBOEK)


@dataclass(frozen=True, slots=True)
class Fresh:
    """An accepted line with the id it gets; the subject of a signal bears the signal's own id.

    ``state`` is another one when a line below it in the same delivery takes it back or replaces it.
    """

    signal_id: SubjectId
    line: Line
    signal: SignalIn
    state: str = "gevalideerd"


def _payloads(signal: SignalIn) -> dict[DataClass, BaseModel]:
    return {
        DataClass.IDENTITEIT: signal.identity(),
        DataClass.CONTACT: signal.contact(),
        DataClass.FINANCIEN: signal.finance(),
    }


def signal_rows(house: Installation, party: Party, delivery: DeliveryId, fresh: Sequence[Fresh]) -> list[Row]:
    """Seal the accepted lines; their keys are durable before this returns (keys first, then rows)."""
    arrival = {
        "tenant": party.tenant,
        "delivery_id": delivery,
        "party_id": party.party_id,
        "partner_type": str(party.partner_type),
        "received_at": house.now_ms(),
    }
    rows: list[Row] = []
    for portion in portions(fresh, PORTION):
        pairs = [(item.signal_id, data_class) for item in portion for data_class in _CLASSES]
        made = iter(house.vault.new_keys(party.tenant, pairs))
        for item in portion:
            keys = {data_class: next(made) for data_class in _CLASSES}
            rows.append({**arrival, **_clear(item), **_sealed(house, party, item, keys)})
    return rows


def _clear(item: Fresh) -> dict[str, object]:
    signal = item.signal
    return {
        "signal_id": item.signal_id,
        "line": item.line.result.regel,
        "soort": str(signal.soort),
        "state": item.state,
        "month": item.line.month,
        "line_tag": item.line.line_tag,
        "ref_tag": item.line.ref_tag,
        "replaces": item.line.replaces,
        "crisis": signal.crisissignaal,
        "supply_ends": signal.soort is Soort.EINDELEVERING or signal.einde_levering is not None,
        "warm": signal.warme_overdracht,
        "has_phone": bool(signal.telefoon_1 or signal.telefoon_2),
    }


def _sealed(
    house: Installation, party: Party, item: Fresh, keys: dict[DataClass, DataKey]
) -> dict[str, bytes]:
    subject = item.signal_id
    sealed = {}
    for data_class, payload in _payloads(item.signal).items():
        column = COLUMNS[data_class]
        context = Context(party.tenant, "gateway_signal", column, subject, subject, data_class)
        plain = orjson.dumps(payload.model_dump(exclude_none=True))
        sealed[column] = house.vault.seal(keys[data_class], context, plain)
    return sealed


def tag_rows(house: Installation, party: Party, fresh: Sequence[Fresh]) -> list[Row]:
    """Make the blind tags by which a subject is found again, by matching and by who calls back."""
    tenant = party.tenant
    facts = (facts_of_signal(item.signal_id, item.signal, party.partner_type) for item in fresh)
    wanted = [(name, parts, subject) for subject, (name, parts) in search_keys(facts)]
    made = house.tags.entries_for(tenant, wanted)
    return [
        {"tenant": tenant, "name": name, "tag": tag, "pointer": pointer}
        for (name, _, _), (tag, pointer) in zip(wanted, made, strict=True)
    ]
