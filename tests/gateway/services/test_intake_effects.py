"""What a delivery does: corrections replace, withdrawals recall, equal uploads count once, and all of it is told."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from connectors.registry import JSON
from gateway.services.dialling import Dialling
from gateway.services.intake import Intake, Received
from gateway.services.intake.receive import Upload
from gateway.store import signals
from gateway.store.change import Row
from gateway.store.commit import Store
from schemas.audit import Act
from schemas.errors import Conflict, Invalid
from schemas.ids import CaseId
from schemas.signal import LineCode
from tests.support.deliveries import as_json
from tests.support.installation import TENANT, Town

C = LineCode
Rows = Sequence[Mapping[str, str]]


def receive(town: Town, rows: Rows, partner: str = "woonstichting", key: str | None = None) -> Received:
    return Intake(town.house).receive(town.as_party(partner), Upload(as_json(rows), JSON, key))


def codes(received: Received) -> list[LineCode]:
    return [result.code for result in received.results]


def withdraw(town: Town, received: Received, *lines: int) -> Received:
    return Intake(town.house).withdraw(town.as_party("woonstichting"), received.delivery_id, lines)


def stored(town: Town, received: Received) -> list[Row]:
    with town.house.store.read() as connection:
        return signals.signals_of_delivery(connection, TENANT, received.delivery_id)


def states(town: Town, received: Received) -> list[str]:
    return [row["state"] for row in stored(town, received)]


def followed_by(row: Mapping[str, str], soort: str, **changes: str) -> dict[str, str]:
    """A line about the same person that follows up on an earlier one."""
    new = {"signaal_ref": f"{row['signaal_ref']}-{soort}", "soort": soort, "vervangt_ref": row["signaal_ref"]}
    return {**row, **new, **changes}


# --- Corrections and withdrawals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("soort", ["correctie", "geactualiseerd", "eindelevering"])
def test_what_follows_up_replaces_the_earlier_signal(town: Town, soort: str) -> None:
    row = town.someone()
    first = receive(town, [row])
    second = receive(town, [followed_by(row, soort, bedrag="99,00")])
    assert codes(second) == [C.ACCEPTED]
    assert states(town, first) == ["vervangen"]
    assert states(town, second) == ["gevalideerd"]
    assert stored(town, second)[0]["replaces"] == stored(town, first)[0]["signal_id"]


def test_an_update_without_an_earlier_signal_is_a_signal_all_the_same(town: Town) -> None:
    """End of supply without a signal before it happens; it must not be lost."""
    received = receive(town, [town.someone(soort="eindelevering")])
    assert codes(received) == [C.ACCEPTED]
    assert stored(town, received)[0]["supply_ends"]
    assert stored(town, received)[0]["replaces"] is None


def test_a_correction_keeps_its_own_reference(town: Town) -> None:
    row = town.someone()
    receive(town, [row])
    second = receive(town, [followed_by(row, "correctie", signaal_ref=row["signaal_ref"], bedrag="9,00")])
    third = receive(town, [followed_by(row, "correctie", signaal_ref=row["signaal_ref"], bedrag="8,00")])
    assert states(town, second) == ["vervangen"]
    assert states(town, third) == ["gevalideerd"]


def test_a_withdrawal_line_takes_the_signal_back_and_is_no_signal_itself(town: Town) -> None:
    row = town.someone()
    first = receive(town, [row])
    taken = {"signaal_ref": "I-1", "soort": "intrekking", "vervangt_ref": row["signaal_ref"]}
    second = receive(town, [taken])
    assert codes(second) == [C.ACCEPTED]
    assert states(town, first) == ["ingetrokken"]
    assert stored(town, second) == []
    assert town.match().opened == ()


def test_the_same_withdrawal_again_changes_nothing_and_is_a_duplicate(town: Town) -> None:
    row = town.someone()
    file = [row, {"signaal_ref": "I-1", "soort": "intrekking", "vervangt_ref": row["signaal_ref"]}]
    assert codes(receive(town, file[:1])) == [C.ACCEPTED]
    assert codes(receive(town, file[1:])) == [C.ACCEPTED]
    told = town.log(Act.SIGNAL_WITHDRAWN)
    assert codes(receive(town, file[1:])) == [C.DUPLICATE]
    assert town.log(Act.SIGNAL_WITHDRAWN) == told


def test_a_line_may_take_back_one_that_stands_above_it(town: Town) -> None:
    row = town.someone()
    file = [row, {"signaal_ref": "I-1", "soort": "intrekking", "vervangt_ref": row["signaal_ref"]}]
    received = receive(town, file)
    assert codes(received) == [C.ACCEPTED, C.ACCEPTED]
    assert states(town, received) == ["ingetrokken"]
    assert codes(receive(town, file)) == [C.DUPLICATE, C.DUPLICATE]


def test_a_line_may_correct_one_that_stands_above_it(town: Town) -> None:
    row = town.someone()
    once = followed_by(row, "correctie", bedrag="9,00")
    twice = followed_by(once, "correctie", bedrag="8,00")
    received = receive(town, [row, once, twice])
    assert codes(received) == [C.ACCEPTED] * 3
    assert states(town, received) == ["vervangen", "vervangen", "gevalideerd"]


def test_of_two_corrections_of_one_signal_in_a_file_the_second_has_nothing_to_correct(town: Town) -> None:
    """Otherwise one arrear would count twice."""
    row = town.someone()
    receive(town, [row])
    fixes = [followed_by(row, "correctie", signaal_ref=f"C-{n}", bedrag=f"{n},00") for n in (8, 9)]
    received = receive(town, fixes)
    assert codes(received) == [C.ACCEPTED, C.E_REF]
    assert states(town, received) == ["gevalideerd"]


def test_a_signal_that_was_taken_back_cannot_be_corrected(town: Town) -> None:
    row = town.someone()
    received = receive(town, [row])
    Intake(town.house).withdraw(town.as_party("woonstichting"), received.delivery_id, [])
    assert codes(receive(town, [followed_by(row, "correctie", bedrag="9,00")])) == [C.E_REF]


def test_a_line_that_was_taken_back_and_comes_again_is_a_new_signal(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.withdraw(case)
    again = receive(town, [row])
    assert codes(again) == [C.ACCEPTED]
    assert codes(receive(town, [row])) == [C.DUPLICATE]
    (new,) = town.match().opened
    town.route([new])
    assert new != case
    assert (town.state(case), town.state(new)) == ("ingetrokken", "belbaar")


def test_a_line_that_comes_again_by_its_withdrawal_and_back_ends_as_it_was_sent_last(town: Town) -> None:
    row = town.someone()
    taken = {"signaal_ref": "I-1", "soort": "intrekking", "vervangt_ref": row["signaal_ref"]}
    for _ in range(3):
        assert codes(receive(town, [row])) == [C.ACCEPTED]
        assert codes(receive(town, [taken])) == [C.ACCEPTED]
        assert codes(receive(town, [taken])) == [C.DUPLICATE]
    assert town.match().opened == ()


@pytest.mark.parametrize("back_first", [True, False])
def test_a_file_that_takes_back_what_it_brings_changes_nothing_when_it_comes_again(
    town: Town, *, back_first: bool
) -> None:
    row = town.someone()
    taken = {"signaal_ref": "I-1", "soort": "intrekking", "vervangt_ref": row["signaal_ref"]}
    file = [taken, row] if back_first else [row, taken]
    if back_first:
        receive(town, [row])
    receive(town, file)
    told = town.log(Act.SIGNAL_RECEIVED)
    assert codes(receive(town, file)) == [C.DUPLICATE, C.DUPLICATE]
    assert town.log(Act.SIGNAL_RECEIVED) == told


# --- Month after month ----------------------------------------------------------------------------------------------


def test_the_same_reference_in_a_later_month_is_a_consecutive_signal(town: Town) -> None:
    row = town.someone(bedrag="1.200,00")
    (case,) = town.bring([row])
    town.clock.forward(days=30)
    later = receive(town, [row | {"bedrag": "1.500,00", "peildatum": "2026-04-01"}])
    assert codes(later) == [C.ACCEPTED]
    town.route(town.match().opened)
    assert len(town.signals(case)) == 2
    assert town.row(case)["samenloop"] == "opeenvolgend"


def test_one_arrear_reported_in_two_months_counts_once_for_the_limit(town: Town) -> None:
    """€ 1,200 that grew to € 1,500 is € 1,500, whoever adds up; two arrears of € 1,200 are over the limit."""
    grown, other = town.someone(bedrag="1.200,00"), town.someone(bedrag="1.200,00")
    one, two = town.bring([grown, other])
    town.clock.forward(days=30)
    fresh = {"bedrag": "1.500,00", "peildatum": "2026-04-01"}
    receive(town, [grown | fresh, other | fresh | {"signaal_ref": "ANDERE-HUUR"}])
    town.route(town.match().opened)
    assert (town.row(one)["over_limit"], town.row(two)["over_limit"]) == (False, True)


def test_a_correction_in_the_next_month_leaves_room_for_that_month_itself(town: Town) -> None:
    row = town.someone()
    receive(town, [row])
    town.clock.forward(days=30)
    same = {"signaal_ref": row["signaal_ref"]}
    assert codes(receive(town, [followed_by(row, "correctie", bedrag="9,00", **same)])) == [C.ACCEPTED]
    assert codes(receive(town, [row | {"bedrag": "8,00", "peildatum": "2026-04-01"}])) == [C.ACCEPTED]
    assert codes(receive(town, [row | {"bedrag": "7,00", "peildatum": "2026-04-01"}])) == [C.E_REF]


def test_a_withdrawal_means_the_newest_signal_of_its_reference_and_only_once(town: Town) -> None:
    row = town.someone()
    first = receive(town, [row])
    town.clock.forward(days=30)
    second = receive(town, [row | {"bedrag": "8,00", "peildatum": "2026-04-01"}])
    taken = {"signaal_ref": "I-1", "soort": "intrekking", "vervangt_ref": row["signaal_ref"]}
    assert codes(receive(town, [taken])) == [C.ACCEPTED]
    assert codes(receive(town, [taken])) == [C.DUPLICATE]
    assert (states(town, first), states(town, second)) == (["gevalideerd"], ["ingetrokken"])


def test_amounts_that_come_at_the_same_moment_under_one_reference_count_once(town: Town) -> None:
    row = town.someone()
    files = [[row | {"bedrag": f"{n},00"}] for n in range(1, 6)]
    with ThreadPoolExecutor(5) as pool:
        received = list(pool.map(lambda file: receive(town, file), files))
    assert sorted(code for one in received for code in codes(one)) == [C.ACCEPTED, *[C.E_REF] * 4]


# --- By the line ----------------------------------------------------------------------------------------------------


def test_lines_of_a_delivery_are_taken_back_by_number(town: Town) -> None:
    received = receive(town, [town.someone() for _ in range(4)])
    back = withdraw(town, received, 4, 2, 2)
    assert [(r.regel, r.code) for r in back.results] == [(2, C.ACCEPTED), (4, C.ACCEPTED)]
    assert states(town, received) == ["gevalideerd", "ingetrokken", "gevalideerd", "ingetrokken"]
    assert [entry["n"] for entry in town.log(Act.DELIVERY_WITHDRAWN)] == [2]
    assert len(town.log(Act.SIGNAL_WITHDRAWN)) == 2


@pytest.mark.parametrize("lines", [(3,), (1, 3), (0,), (-1, 2), (1, 99_999_999)])
def test_a_line_that_a_delivery_does_not_have_takes_nothing_back(town: Town, lines: tuple[int, ...]) -> None:
    received = receive(town, [town.someone() for _ in range(2)])
    with town.nothing_changes(), pytest.raises(Invalid) as refused:
        withdraw(town, received, *lines)
    wrong = [f"regels.{place}" for place, line in enumerate(lines) if line not in {1, 2}]
    assert [field.veld for field in refused.value.fields] == wrong
    assert {field.code for field in refused.value.fields} == {"onbekende_regel"}


def test_every_line_that_is_to_be_taken_back_gets_an_answer(town: Town) -> None:
    rows = [town.someone() for _ in range(3)]
    received = receive(town, [*rows, rows[0], town.someone(postcode="x")])
    receive(town, [followed_by(rows[1], "correctie", bedrag="9,00")])
    withdraw(town, received, 3)
    back = withdraw(town, received, 1, 2, 3, 4, 5)
    assert [(r.regel, r.code, r.veld) for r in back.results] == [
        (1, C.ACCEPTED, None),
        (2, C.E_REF, "regels"),
        (3, C.DUPLICATE, None),
        (4, C.E_REF, "regels"),
        (5, C.E_REF, "regels"),
    ]
    assert back.accepted == 1
    assert all(result.hint for result in back.results)
    assert states(town, received) == ["ingetrokken", "vervangen", "ingetrokken"]


def test_a_whole_delivery_is_taken_back_once(town: Town) -> None:
    received = receive(town, [*(town.someone() for _ in range(3)), town.someone(postcode="x")])
    assert codes(withdraw(town, received)) == [C.ACCEPTED] * 3
    again = withdraw(town, received)
    assert (codes(again), again.accepted, again.touched) == ([C.DUPLICATE] * 3, 0, ())
    assert states(town, received) == ["ingetrokken"] * 3


def test_a_large_delivery_can_be_taken_back(town: Town) -> None:
    """More signals than one statement takes parameters."""
    received = receive(town, [town.someone() for _ in range(450)])
    back = Intake(town.house).withdraw(town.as_party("woonstichting"), received.delivery_id, [])
    assert len(back.results) == 450


# --- Dial records -------------------------------------------------------------------------------------------------


def test_a_partner_that_withdraws_while_the_record_is_out_recalls_it(town: Town) -> None:
    case = town.person()
    record = town.lease()
    town.withdraw(case)
    assert [ref for ref, _ in _recalled(town)] == [record.ref]
    assert town.state(case) == "ingetrokken"
    with pytest.raises(Conflict) as refused:
        _dialling(town).verify(town.as_user("farid"), record.ref, "1950-01-01", 1)
    assert refused.value.code == "teruggeroepen"


def test_a_correction_recalls_the_record_and_the_case_waits_for_it(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.lease()
    received = receive(town, [followed_by(row, "correctie", telefoon_1="06-22222222")])
    assert codes(received) == [C.ACCEPTED]
    assert received.touched == (case,)
    assert len(_recalled(town)) == 1
    town.route(received.touched)
    assert town.state(case) == "belbaar"
    assert _dialling(town).lease(town.as_user("noor"), 5) == []
    town.route(town.match().opened)
    assert {s["state"] for s in town.signals(case)} == {"vervangen", "gekoppeld"}
    town.clock.forward(minutes=20)
    shown = town.lease().shown.view.model_dump()
    assert shown["telefoonnummers"] == ("+31622222222",)


def test_a_correction_that_turns_out_to_mean_somebody_else_ends_the_case_it_left(town: Town) -> None:
    row, other = town.someone(), town.someone()
    (case,) = town.bring([row])
    town.change(case, phone_blocked=True)
    meant = {**other, "soort": "correctie", "vervangt_ref": row["signaal_ref"]}
    received = receive(town, [meant])
    town.route(received.touched)
    report = town.match()
    town.route(report.opened)
    (new,) = (found for found in report.opened if found != case)
    assert town.state(case) == "ingetrokken"
    assert town.row(new)["phone_blocked"], "an objection outlives a correction"
    assert town.row(new)["previous"] is None


def test_somebody_who_is_leased_while_a_withdrawal_goes_in_is_recalled_or_never_shown(town: Town) -> None:
    """The agent read the case before the withdrawal: it must not be handed out after it."""
    case = town.person()
    house, door, codes_ = town.jostled(lambda: _withdraw_only(town, case))
    assert Dialling(house, door, codes_).lease(town.as_user("farid"), 1) == []
    assert town.log(Act.DIAL_LEASED) == []


def _withdraw_only(town: Town, case: CaseId) -> None:
    (signal,) = town.signals(case)
    Intake(town.house).withdraw(town.as_party("woonstichting"), signal["delivery_id"], [])


def _dialling(town: Town) -> Dialling:
    return Dialling(town.house, town.door, town.codes)


def _recalled(town: Town) -> list[tuple[str, int]]:
    return _dialling(town).recalled(town.as_user("farid"), 0)


# --- At the same moment ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, "dezelfde-sleutel"])
def test_equal_uploads_at_the_same_moment_accept_each_line_once(town: Town, key: str | None) -> None:
    rows = [town.someone() for _ in range(20)]
    with ThreadPoolExecutor(6) as pool:
        received = list(pool.map(lambda _: receive(town, rows, key=key), range(6)))
    accepted = [one for one in received if one.accepted and not one.repeated]
    assert [codes(one) for one in accepted] == [[C.ACCEPTED] * 20]
    assert len(town.log(Act.SIGNAL_RECEIVED)) == 20
    if key is None:
        assert all(codes(one) == [C.DUPLICATE] * 20 for one in received if one is not accepted[0])
    else:
        assert {one.delivery_id for one in received} == {accepted[0].delivery_id}


def test_files_that_overlap_at_the_same_moment_accept_each_line_once(town: Town) -> None:
    rows = [town.someone() for _ in range(24)]
    files = [rows[start : start + 12] for start in range(0, 13, 3)]
    with ThreadPoolExecutor(5) as pool:
        received = list(pool.map(lambda file: receive(town, file), files))
    assert sum(one.accepted for one in received) == 24
    assert sum(code is C.DUPLICATE for one in received for code in codes(one)) == 60 - 24


def test_two_corrections_at_the_same_moment_leave_one_signal(town: Town) -> None:
    row = town.someone()
    receive(town, [row])
    fixes = [[followed_by(row, "correctie", signaal_ref=f"C-{n}", bedrag=f"{n},00")] for n in range(1, 5)]
    with ThreadPoolExecutor(4) as pool:
        received = list(pool.map(lambda file: receive(town, file), fixes))
    assert sorted(code for one in received for code in codes(one)) == [C.ACCEPTED, *[C.E_REF] * 3]


class _Interrupted(Store):
    """The store of a town, in which something else happens just before the nth look at it."""

    def __init__(self, store: Store, nth: int, happens: Callable[[], object]) -> None:
        self._store, self._left, self._happens = store, nth, happens
        self.commit = store.commit  # type: ignore[method-assign]

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self._left -= 1
        if self._left == 0:
            self._happens()
        with self._store.read() as connection:
            yield connection


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_a_correction_that_comes_between_any_two_looks_at_the_store_wins(town: Town, nth: int) -> None:
    row = town.someone()
    receive(town, [row])
    fixes = [followed_by(row, "correctie", signaal_ref=f"C-{n}", bedrag=f"{n},00") for n in (1, 2)]
    won: list[Received] = []
    store = _Interrupted(town.house.store, nth, lambda: won.append(receive(town, fixes[:1])))
    intake = Intake(replace(town.house, store=store))
    lost = intake.receive(town.as_party("woonstichting"), Upload(as_json(fixes[1:]), JSON))
    if won:
        assert (codes(won[0]), codes(lost)) == ([C.ACCEPTED], [C.E_REF])
    else:
        assert nth > 3, "a correction looks at its party, the earlier signals and what they hold"


# --- The log and the rows -------------------------------------------------------------------------------------------


def test_a_delivery_is_told_with_its_count_and_every_accepted_line_with_its_subject(town: Town) -> None:
    row = town.someone()
    first = receive(town, [row, town.someone(postcode="x")])
    second = receive(town, [followed_by(row, "correctie", bedrag="9,00")])
    assert [entry["n"] for entry in town.log(Act.DELIVERY_RECEIVED)] == [2, 1]
    subject = stored(town, first)[0]["signal_id"]
    assert [e["act"] for e in town.log(subject=subject)] == [Act.SIGNAL_RECEIVED, Act.SIGNAL_CORRECTED]
    successor = stored(town, second)[0]["signal_id"]
    assert [e["act"] for e in town.log(subject=successor)] == [Act.SIGNAL_RECEIVED]


def test_no_value_of_a_delivery_stands_readable_in_any_file(town: Town) -> None:
    row = town.someone(
        signaal_ref="KANARIE-77",
        achternaam="Kanariewijk",
        voorletters="K.W.",
        straat="Kanarielaan",
        telefoon_1="06-19283746",
        email="kanarie@example.nl",
        klantnummer="K-KANARIE",
        bedrag="1.987,65",
        geboortedatum="1961-07-19",
        bsn="123456782",
    )
    town.bring([row])
    town.lease()
    home = town.house.settings.home
    found = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    spelled = (
        *("kanarie", "k.w.", "19283746", "123456782"),
        *("1.987,65", "1987,65", "1987.65", "198765", "1961-07-19", "19-07-1961"),
    )
    assert [text for text in spelled if text.encode() in found.lower()] == []


def test_keys_come_before_rows_and_an_orphan_key_hurts_nobody(town: Town) -> None:
    rows = [town.someone()]
    house, _, _ = town.jostled(lambda: receive(town, rows))
    again = Intake(house).receive(town.as_party("woonstichting"), Upload(as_json(rows), JSON))
    assert codes(again) == [C.DUPLICATE]
    town.bring([town.someone()])
