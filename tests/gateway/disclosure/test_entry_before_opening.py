"""Audit before data: nothing opens before the entry that names it is durable, and nothing that the entry does not name."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from gateway.disclosure import Codes, Door
from gateway.installation import Installation
from gateway.services.casework import Casework
from gateway.services.dialling import Dialling
from gateway.services.matching import MatchRun
from gateway.services.routing import Routing
from gateway.store.commit import Store
from keys.envelope import Context, Permit, Vault
from schemas.audit import Act
from schemas.errors import Conflict, Denied, PermitRefused, SealBroken, Sealed, SluisError, Unavailable
from schemas.ids import CaseId
from schemas.person import DataClass
from tests.support.installation import PASSPHRASE, Town
from tests.support.stores import Refusing

House = Installation
Step = Callable[[House], object]


class Watched:
    """A vault that looks, at every opening, whether the log on disk has the entry of the permit."""

    def __init__(self, vault: Vault, database: str) -> None:
        self._vault = vault
        self._database = database
        self.opened: list[tuple[Permit, Context, bytes]] = []

    def open(self, permit: Permit, context: Context, sealed: bytes) -> bytes:
        self._insist(permit)
        self.opened.append((permit, context, sealed))
        return self._vault.open(permit, context, sealed)

    def open_many(self, permit: Permit, items: Sequence[tuple[Context, bytes]]) -> list[bytes]:
        self._insist(permit)
        self.opened += [(permit, context, sealed) for context, sealed in items]
        return self._vault.open_many(permit, items)

    def _insist(self, permit: Permit) -> None:
        outside = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)
        try:
            query = "SELECT count(*) FROM audit_log WHERE idx = ? AND leaf = ?"
            assert outside.execute(query, (permit.index, permit.entry)).fetchone() == (1,), "opened too early"
        finally:
            outside.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)


def watched(town: Town) -> tuple[House, Watched]:
    database = str(town.house.settings.home / "sluis.db")
    vault = Watched(town.house.vault, database)
    return replace(town.house, vault=vault), vault  # type: ignore[arg-type]  # a fake with the same methods


@contextmanager
def with_a_log_that_fails(town: Town, house: House, error: Callable[[], BaseException]) -> Iterator[House]:
    """The same database under a writer whose log refuses every entry."""

    class Dead(Refusing):
        def append(self, connection: object, events: object, now_ms: int) -> Any:
            raise self._error()

    store = Store(town.house.settings.home / "sluis.db", Dead(error), lambda: 1)
    try:
        yield replace(house, store=store)
    finally:
        store.close()


def assigned(town: Town) -> tuple[CaseId, str]:
    """A case in sanne's name with its reference."""
    case = town.urgent_person()
    return case, town.give(case, "sanne")


def leasing(town: Town) -> Step:
    town.bring([town.someone() for _ in range(3)])
    return lambda house: Dialling(house, Door(house), Codes(house)).lease(town.as_user("farid"), 3)


def verifying(town: Town) -> Step:
    town.person()
    ref = town.lease().ref
    return lambda house: Dialling(house, Door(house), Codes(house)).verify(town.as_user("farid"), ref, "x", 1)


def reading(town: Town) -> Step:
    _, ref = assigned(town)
    return lambda house: Casework(house, Door(house), Codes(house)).read(town.as_user("sanne"), ref)


def comparing(town: Town) -> Step:
    row = town.someone()
    town.bring([row])
    town.deliver([{**row, "signaal_ref": "B", "bedrag": "7,00"}, town.someone()], "waterbedrijf")
    return lambda house: MatchRun(house).start(town.as_user("olga"))


def weighing(town: Town) -> Step:
    town.deliver([town.someone(), town.someone()])
    town.match()
    return lambda house: Routing(house).route(town.as_user("olga"), [])


STEPS = {step.__name__: step for step in (leasing, verifying, reading, comparing, weighing)}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_nothing_is_opened_before_its_entry_is_on_disk(town: Town, step: Callable[[Town], Step]) -> None:
    run = step(town)
    house, vault = watched(town)
    run(house)
    assert vault.opened


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize(
    "error", [Sealed, lambda: sqlite3.OperationalError("disk I/O error")], ids=["sealed", "disk"]
)
def test_when_the_log_refuses_nothing_is_opened_and_nothing_is_answered(
    town: Town, step: Callable[[Town], Step], error: Callable[[], BaseException]
) -> None:
    run = step(town)
    house, vault = watched(town)
    with (
        with_a_log_that_fails(town, house, error) as broken,
        town.nothing_changes(),
        pytest.raises(Unavailable),
    ):
        run(broken)
    assert vault.opened == []


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_permit_names_exactly_what_is_opened(town: Town, step: Callable[[Town], Step]) -> None:
    run = step(town)
    house, vault = watched(town)
    run(house)
    opened: dict[bytes, set[bytes]] = {}
    named: dict[bytes, frozenset[bytes]] = {}
    for permit, _, sealed in vault.opened:
        opened.setdefault(permit.entry, set()).add(sha256(sealed).digest())
        named[permit.entry] = permit.sealed
    assert {entry: frozenset(hashes) for entry, hashes in opened.items()} == named


def test_the_entry_carries_the_root_of_what_it_names(town: Town) -> None:
    """So that anybody with the sealed values can show later what was opened, and that it was no more."""
    run = leasing(town)
    house, vault = watched(town)
    run(house)
    told = {entry["seal"] for entry in town.log(Act.DIAL_LEASED)}
    assert told == {sha256(sha256(sealed).digest()).hexdigest() for _, _, sealed in vault.opened}


# --- Permits ------------------------------------------------------------------------------------------------------


def test_a_permit_opens_nothing_of_somebody_else(town: Town) -> None:
    run = leasing(town)
    house, vault = watched(town)
    run(house)
    (permit, context, sealed), *others = vault.opened
    (_, foreign, foreign_blob) = next(one for one in others if one[1].subject != context.subject)
    assert town.house.vault.open(permit, context, sealed)
    with pytest.raises(PermitRefused):
        town.house.vault.open(permit, foreign, foreign_blob)


def test_a_value_in_the_row_of_another_does_not_open(town: Town) -> None:
    """Whoever may write rows cannot have somebody's number shown under another name."""
    first, second = town.bring([town.someone(), town.someone()])
    a, b = town.subject(first), town.subject(second)
    town.house.store._raw.execute(
        "UPDATE gateway_signal SET contact = (SELECT contact FROM gateway_signal WHERE signal_id = ?)"
        " WHERE signal_id = ?",
        (a, b),
    )
    with pytest.raises(SealBroken):
        Dialling(town.house, town.door, town.codes).lease(town.as_user("farid"), 2)


# --- Missing keys -------------------------------------------------------------------------------------------------

CALLING = frozenset({DataClass.CONTACT, DataClass.PSEUDONIEM, DataClass.LOGBOEK, DataClass.TEKENEN})


def test_a_call_center_works_without_the_keys_of_arrears_identities_and_notes(town: Town) -> None:
    town.person()
    town.gateway.keyring.unseal(PASSPHRASE, CALLING)
    (record,) = Dialling(town.house, town.door, town.codes).lease(town.as_user("farid"), 1)
    assert record.shown.view.model_dump()["achternaam"]


def test_only_the_classes_of_the_granted_fields_are_opened(town: Town) -> None:
    run = leasing(town)
    house, vault = watched(town)
    run(house)
    assert {context.data_class for _, context, _ in vault.opened} == {DataClass.CONTACT}


def test_a_full_case_does_not_open_in_a_process_without_its_keys(town: Town) -> None:
    """Purpose limitation as a missing key: whatever the code asks, an arrear stays shut."""
    _, ref = assigned(town)
    town.gateway.keyring.unseal(PASSPHRASE, frozenset(DataClass) - {DataClass.FINANCIEN})
    with pytest.raises(Sealed) as refused:
        Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), ref)
    assert refused.value.code == "klasse_niet_geladen"


def test_a_sealed_installation_shows_nothing(town: Town) -> None:
    runs = [leasing(town), reading(town)]
    town.gateway.keyring.seal()
    for run in runs:
        with pytest.raises(Sealed):
            run(town.house)


# --- Refusals -----------------------------------------------------------------------------------------------------


def test_a_refused_view_leaves_an_entry_with_the_conditions_that_failed(town: Town) -> None:
    case, _ = assigned(town)
    ref = town.ref(town.as_user("tariq"), case)
    with pytest.raises(Denied) as refused:
        Casework(town.house, town.door, town.codes).read(town.as_user("tariq"), ref)
    assert [failing.condition for failing in refused.value.failing] == ["toegewezen"]
    (entry,) = town.log(Act.ACCESS_DENIED, town.subject(case))
    assert (entry["dec"], entry["rsn"], entry["pur"]) == ("deny", "toegewezen", "hulpverlenen")
    assert "cat" not in entry


def test_a_refusal_that_cannot_be_logged_is_no_answer_either(town: Town) -> None:
    case, _ = assigned(town)
    ref = town.ref(town.as_user("tariq"), case)
    with with_a_log_that_fails(town, town.house, Sealed) as house, pytest.raises(Unavailable):
        Casework(house, Door(house), Codes(house)).read(town.as_user("tariq"), ref)


def test_a_case_that_moved_between_decision_and_entry_is_not_shown_on_the_old_decision(town: Town) -> None:
    """The lease names the version it decided on: an objection that came in between wins."""
    case = town.person()
    house, door, codes = town.jostled(lambda: town.change(case, phone_blocked=True))
    assert Dialling(house, door, codes).lease(town.as_user("farid"), 1) == []
    assert town.log(Act.DIAL_LEASED) == []


def test_an_error_on_the_way_names_nobody(town: Town) -> None:
    town.person(achternaam="Kanariewijk")
    house, _ = watched(town)
    with with_a_log_that_fails(town, house, Conflict) as broken:
        records = _tried(town, broken)
    assert "anarie" not in repr(records)


def _tried(town: Town, house: House) -> object:
    try:
        return Dialling(house, Door(house), Codes(house)).lease(town.as_user("farid"), 1)
    except SluisError as error:
        return error
