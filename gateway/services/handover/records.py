"""The record of one contact: codes in the clear, because counting needs them, and what was written sealed."""

import orjson

from gateway.installation import Installation
from gateway.services.handover.own import Held
from gateway.store import records
from gateway.store.change import Write
from keys.envelope import Context
from schemas.help import HelpResult
from schemas.person import DataClass
from schemas.principal import Principal


def record_of(house: Installation, principal: Principal, held: Held, result: HelpResult) -> Write:
    """Put what a social worker says about a contact on record; a note is sealed under the resident's own key."""
    record_id = house.new_id()
    note = _sealed(house, principal, held, record_id, result.notitie) if result.notitie else None
    row = {
        "tenant": principal.tenant,
        "record_id": record_id,
        "case_id": held.dossier.case_id,
        "at": house.now_ms(),
        "recorded_by": principal.actor,
        "outcome": result.uitkomst.value,
        "channel": result.kanaal.value,
        "help_given": " ".join(sorted(result.hulp)),
        "referrals": " ".join(sorted(result.verwijzingen)),
        "opinions": " ".join(sorted(result.beleving)),
        "report": result.melding,
        "report_reason": result.melding_reden,
        "note": note,
        "note_subject": held.subject if note is not None else None,
    }
    return records.add_record(row)


def _sealed(house: Installation, principal: Principal, held: Held, record_id: str, text: str) -> bytes:
    tenant, subject = principal.tenant, held.subject
    context = Context(tenant, "gateway_help_record", "note", record_id, subject, DataClass.NOTITIES)
    key = house.vault.key_for(tenant, subject, DataClass.NOTITIES)
    return house.vault.seal(key, context, orjson.dumps({"notitie": text}))
