"""Naming the creditor is contested: the call center does not hear the name unless the municipality lets it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.services.casework import Casework
from gateway.services.dialling import Dialling, DialRecord
from schemas.errors import Denied
from schemas.ids import CaseId
from schemas.principal import Principal
from tests.support.installation import Town, an_installation

CREDITOR = "woonstichting"


def seen(town: Town, asker: Principal, case: CaseId, purpose: str) -> Mapping[str, Any]:
    casework = Casework(town.house, town.door, town.codes)
    body = casework.view(asker, town.ref(asker, case, purpose), purpose).body
    shown: Mapping[str, Any] = orjson.loads(body)
    return shown


def verify(town: Town, record: DialRecord, case: CaseId) -> None:
    written, dialling = town.written[case], Dialling(town.house, town.door, town.codes)
    asker, number = town.as_user("farid"), int(written["huisnummer"])
    assert dialling.verify(asker, record.ref, written["geboortedatum"], number).confirmed


def in_a_call(town: Town) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What a caller sees of a case before and after the resident showed who he is."""
    case, asker = town.person(), town.as_user("farid")
    record = town.lease()
    before = seen(town, asker, case, "bellen")
    verify(town, record, case)
    return before, seen(town, asker, case, "bellen")


def test_unless_it_is_set_a_caller_never_hears_the_creditor(tmp_path: Path) -> None:
    with an_installation(tmp_path) as town:
        before, after = in_a_call(town)
    assert CREDITOR not in str(before)
    assert CREDITOR not in str(after)
    assert "signaaltype" in str(after), "the kind of debt he does hear, and only now"
    assert "signaaltype" not in str(before)


def test_with_it_set_a_caller_hears_the_creditor_once_he_knows_whom_he_speaks(tmp_path: Path) -> None:
    with an_installation(tmp_path, name_creditor=True) as town:
        before, after = in_a_call(town)
    assert CREDITOR not in str(before)
    assert [signal["partnernaam"] for signal in after["signalen"]] == [CREDITOR]


@pytest.mark.parametrize("on", [False, True])
def test_the_setting_changes_nothing_for_anybody_else(tmp_path: Path, *, on: bool) -> None:
    with an_installation(tmp_path, name_creditor=on) as town:
        case, urgent = town.person(), town.urgent_person()
        town.give(urgent, "sanne")
        assert CREDITOR in str(seen(town, town.as_user("sanne"), urgent, "hulpverlenen"))
        refused: list[Callable[[], object]] = [
            lambda: seen(town, town.as_party("briefdienst"), case, "aanschrijven"),
            lambda: seen(town, town.as_user("noor"), case, "bellen"),
        ]
        for look in refused:
            with pytest.raises(Denied):
                look()
