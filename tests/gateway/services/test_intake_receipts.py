"""What a partner reads after a delivery: one answer per line, and nothing about who lives here or is known."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.contract import DoorRules
from connectors.registry import CSV, JSON, XLSX, parse
from gateway.services.administration import Administration, operator
from gateway.services.intake import Intake, Received
from gateway.services.intake.judge import Court, Earlier, tagged
from gateway.services.intake.receive import Upload
from schemas.audit import Act
from schemas.errors import ForbiddenColumn, IdempotencyMismatch, Invalid, NotFound, TooLarge, WrongMediaType
from schemas.ids import ClientId, DeliveryId, PartyId, Tenant
from schemas.moments import local_day
from schemas.parties import PartnerType, Party, PartyKind
from schemas.principal import Principal
from schemas.signal import HINTS, LineCode
from tests.support.deliveries import as_csv, as_format, as_json
from tests.support.installation import TENANT, Town, an_installation

C = LineCode
Rows = Sequence[Mapping[str, str]]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One installation for tests that bring people of their own."""
    with an_installation(tmp_path_factory.mktemp("intake")) as opened:
        yield opened


def receive(town: Town, rows: Rows, partner: str = "woonstichting", **upload: object) -> Received:
    body = as_json(rows)
    return Intake(town.house).receive(town.as_party(partner), Upload(body, JSON, **upload))  # type: ignore[arg-type]


def codes(received: Received) -> list[LineCode]:
    return [result.code for result in received.results]


def code(town: Town, partner: str = "woonstichting", **changes: str) -> LineCode:
    return codes(receive(town, [town.someone(**changes)], partner))[0]


def newcomer(town: Town, party_id: str, **changes: object) -> Principal:
    """A signal partner that the cast does not have."""
    values: dict[str, object] = {"kind": PartyKind.SIGNAALPARTNER, "name": party_id, "number": "12345678"}
    party = Party(tenant=TENANT, party_id=PartyId(party_id), **(values | changes))  # type: ignore[arg-type]
    Administration(town.house).register_party(operator(TENANT), party)
    return Principal(
        tenant=TENANT,
        party=party.party_id,
        kind=party.kind,
        client=ClientId(f"{party_id}-client"),
        user=None,
        purposes=frozenset({"aanleveren"}),
    )


# --- Every code ------------------------------------------------------------------------------------------------


def test_a_good_line_is_accepted(shared: Town) -> None:
    assert code(shared) is C.ACCEPTED


def test_the_same_line_again_is_a_duplicate(shared: Town) -> None:
    row = shared.someone()
    assert codes(receive(shared, [row])) == [C.ACCEPTED]
    assert codes(receive(shared, [row])) == [C.DUPLICATE]


def test_a_bsn_goes_no_further_than_the_door(shared: Town) -> None:
    received = receive(shared, [shared.someone(bsn="123456782")])
    assert codes(received) == [C.W_BSN_VERWIJDERD]
    assert received.accepted == 1


def test_a_partner_that_may_not_send_a_bsn_hears_it(shared: Town) -> None:
    strict = newcomer(shared, "strenge-verhuurder", partner_type=PartnerType.HUUR, bsn_policy="refuse")
    rows = [shared.someone(bsn="123456782"), shared.someone(bsn="")]
    received = Intake(shared.house).receive(strict, Upload(as_json(rows), JSON))
    assert codes(received) == [C.E_BSN, C.ACCEPTED]


def test_a_field_that_cannot_be_read_refuses_its_line_and_names_the_field(shared: Town) -> None:
    received = receive(shared, [shared.someone(postcode="kanarie")])
    assert [(r.code, r.veld) for r in received.results] == [(C.E_FIELD, "postcode")]
    assert "kanarie" not in received.results[0].hint


def test_a_legal_person_is_refused(shared: Town) -> None:
    assert code(shared, natuurlijk_persoon="nee") is C.E_LEGAL_PERSON


def test_a_line_for_another_municipality_is_refused_and_the_others_are_not(shared: Town) -> None:
    rows = [shared.someone(gemeentecode=where) for where in ("GM0344", "GM0637", "")]
    assert codes(receive(shared, rows)) == [C.E_GEMEENTE, C.ACCEPTED, C.ACCEPTED]


def test_a_sector_without_a_ground_in_this_municipality_is_refused(shared: Town) -> None:
    bank = newcomer(shared, "hypotheekbank", partner_type=PartnerType.HYPOTHEEK, name="Rabobank")
    received = Intake(shared.house).receive(bank, Upload(as_json([shared.someone()]), JSON))
    assert codes(received) == [C.E_GRONDSLAG]


def test_a_partner_without_a_sector_has_no_ground(shared: Town) -> None:
    nameless = newcomer(shared, "naamloos")
    received = Intake(shared.house).receive(nameless, Upload(as_json([shared.someone()]), JSON))
    assert codes(received) == [C.E_GRONDSLAG]


@pytest.mark.parametrize("creditor", ["Rabobank", "Een andere bank"])
def test_a_ground_that_names_creditors_holds_for_those(tmp_path: Path, creditor: str) -> None:
    """Tijdelijke regeling signaal betalingsachterstanden art. 2.2: this bank, in that municipality."""
    with an_installation(tmp_path) as town:
        bank = newcomer(town, "bank", partner_type=PartnerType.HYPOTHEEK, name=creditor)
        ground = _judged_in(town, bank, Tenant("GM0518"))
    assert ground is (C.ACCEPTED if creditor == "Rabobank" else C.E_GRONDSLAG)


def _judged_in(town: Town, asker: Principal, tenant: Tenant) -> LineCode:
    """Judge a line as the same partner would be judged in another municipality; nothing is stored."""
    party = Administration(town.house).party(TENANT, asker.party)
    marked = tagged(parse(as_json([town.someone()]), JSON, DoorRules()).lines, town.house.fingerprints, party)
    today = local_day(town.house.now())
    court = Court(town.house.register, party, tenant, today, Earlier(), town.house.new_id)
    (line,) = court.judge(marked, {})
    return line.result.code


def test_a_reference_date_to_come_is_refused_so_that_no_arrear_is_aged_by_it(shared: Town) -> None:
    today = shared.clock().date()
    dated = [(today + timedelta(days=ahead)).isoformat() for ahead in (0, 1, 400)]
    received = receive(shared, [shared.someone(peildatum=day) for day in dated])
    assert [(r.code, r.veld) for r in received.results] == [
        (C.ACCEPTED, None),
        *[(C.E_FIELD, "peildatum")] * 2,
    ]


@pytest.mark.parametrize(
    ("partner", "field", "value"),
    [
        ("woonstichting", "att_persoonlijk_contact", "nee"),
        ("woonstichting", "att_geen_afwijzing", "nee"),
        ("woonstichting", "att_aanbod_datum", ""),
        ("energiebedrijf", "att_herinneringen", "2"),
        ("waterbedrijf", "att_herinneringen", "0"),
        ("zorgverzekeraar", "att_herinneringen", ""),
    ],
)
def test_a_step_that_the_sector_owes_and_did_not_take_refuses_the_line(
    shared: Town, partner: str, field: str, value: str
) -> None:
    received = receive(shared, [shared.someone(**{field: value})], partner)
    assert [(r.code, r.veld) for r in received.results] == [(C.E_ATTEST, field)]


@pytest.mark.parametrize("soort", ["correctie", "intrekking"])
def test_a_reference_that_is_not_there_is_refused(shared: Town, soort: str) -> None:
    assert code(shared, soort=soort, vervangt_ref="NOOIT-GEZIEN") is C.E_REF


def test_a_reference_of_another_partner_is_not_there(shared: Town) -> None:
    row = shared.someone()
    receive(shared, [row], "woonstichting")
    stolen = shared.someone(soort="intrekking", vervangt_ref=row["signaal_ref"])
    assert codes(receive(shared, [stolen], "waterbedrijf")) == [C.E_REF]
    assert codes(receive(shared, [stolen], "woonstichting")) == [C.ACCEPTED]


@pytest.mark.parametrize(("field", "foreign"), [("partner_id", "99999999"), ("partner_type", "water")])
def test_nobody_delivers_in_the_name_of_another(shared: Town, field: str, foreign: str) -> None:
    received = receive(shared, [shared.someone(**{field: foreign})])
    assert [(r.code, r.veld) for r in received.results] == [(C.E_FIELD, field)]
    assert foreign not in received.results[0].hint


def test_a_partner_may_say_who_it_is(shared: Town) -> None:
    own = Administration(shared.house).party(TENANT, PartyId("woonstichting"))
    row = shared.someone(partner_id=own.number, partner_type="huur", gemeentecode="GM0637")
    assert codes(receive(shared, [row])) == [C.ACCEPTED]


def test_every_code_has_a_hint_in_dutch() -> None:
    assert set(HINTS) == set(LineCode)


def test_there_is_one_answer_per_line_in_the_order_of_the_file(shared: Town) -> None:
    rows = [
        shared.someone(),
        shared.someone(postcode="x"),
        shared.someone(),
        shared.someone(natuurlijk_persoon="nee"),
        shared.someone(bsn="1"),
    ]
    received = receive(shared, [*rows, rows[0]])
    assert [result.regel for result in received.results] == [1, 2, 3, 4, 5, 6]
    assert codes(received) == [
        C.ACCEPTED,
        C.E_FIELD,
        C.ACCEPTED,
        C.E_LEGAL_PERSON,
        C.W_BSN_VERWIJDERD,
        C.DUPLICATE,
    ]
    assert received.accepted == 3


@pytest.mark.parametrize("media_type", [JSON, CSV, XLSX])
def test_the_same_lines_mean_the_same_in_every_format(tmp_path: Path, media_type: str) -> None:
    with an_installation(tmp_path) as town:
        rows = [town.someone(), town.someone(postcode="x"), town.someone()]
        received = Intake(town.house).receive(
            town.as_party("woonstichting"), Upload(as_format(media_type, rows), media_type)
        )
        again = receive(town, rows)
    assert codes(received) == [C.ACCEPTED, C.E_FIELD, C.ACCEPTED]
    assert codes(again) == [C.DUPLICATE, C.E_FIELD, C.DUPLICATE]


# --- Nothing twice -----------------------------------------------------------------------------------------------


def test_a_repeated_file_changes_nothing_and_says_of_what_it_is_a_repeat(town: Town) -> None:
    rows = [town.someone() for _ in range(3)]
    first = receive(town, rows)
    before = town.log(Act.SIGNAL_RECEIVED)
    second = receive(town, rows)
    assert second.repeat_of == first.delivery_id
    assert codes(second) == [C.DUPLICATE] * 3
    assert second.accepted == 0
    assert town.log(Act.SIGNAL_RECEIVED) == before


def test_a_line_twice_in_a_file_counts_once(shared: Town) -> None:
    row = shared.someone()
    assert codes(receive(shared, [row, row, row])) == [C.ACCEPTED, C.DUPLICATE, C.DUPLICATE]


def test_a_line_that_was_refused_is_refused_again_and_is_no_duplicate(shared: Town) -> None:
    """'Duplicate' says that the municipality has it: of a refused line that would be a lie."""
    row = shared.someone(att_geen_afwijzing="nee")
    assert codes(receive(shared, [row, row])) == [C.E_ATTEST, C.E_ATTEST]
    assert codes(receive(shared, [row])) == [C.E_ATTEST]


def test_the_same_line_of_two_partners_is_two_signals(shared: Town) -> None:
    row = shared.someone()
    assert codes(receive(shared, [row], "woonstichting")) == [C.ACCEPTED]
    assert codes(receive(shared, [row], "waterbedrijf")) == [C.ACCEPTED]


@pytest.mark.parametrize("together", [True, False])
def test_an_arrear_counts_once_a_month_under_its_reference(shared: Town, *, together: bool) -> None:
    """Otherwise two amounts of one arrear would add up."""
    row = shared.someone(bedrag="100,00")
    grown = row | {"bedrag": "150,00"}
    received = [receive(shared, [row, grown])] if together else [receive(shared, [r]) for r in (row, grown)]
    first, second = (result for one in received for result in one.results)
    assert (first.code, second.code, second.veld) == (C.ACCEPTED, C.E_REF, "signaal_ref")
    assert "correctie" in second.hint
    assert row["signaal_ref"] not in second.hint
    assert codes(receive(shared, [grown | {"soort": "geactualiseerd"}])) == [C.ACCEPTED]


def test_a_reference_is_ones_own_affair(shared: Town) -> None:
    row = shared.someone()
    assert codes(receive(shared, [row])) == [C.ACCEPTED]
    assert codes(
        receive(shared, [shared.someone() | {"signaal_ref": row["signaal_ref"]}], "waterbedrijf")
    ) == [C.ACCEPTED]


def test_the_way_a_value_is_written_makes_no_new_line(shared: Town) -> None:
    row = shared.someone(postcode="2719 ab", bedrag="1.234,50", telefoon_1="06-12345678")
    other = row | {"postcode": "2719AB", "bedrag": "1234.50", "telefoon_1": "+31 6 1234 5678"}
    assert codes(receive(shared, [row, other])) == [C.ACCEPTED, C.DUPLICATE]


def test_the_same_key_gives_the_stored_receipt(town: Town) -> None:
    rows = [town.someone(), town.someone(postcode="x")]
    first = receive(town, rows, idempotency_key="sleutel-1")
    with town.nothing_changes():
        again = receive(town, rows, idempotency_key="sleutel-1")
    assert again.repeated
    assert (again.delivery_id, again.results, again.accepted) == (
        first.delivery_id,
        first.results,
        first.accepted,
    )
    assert not first.repeated


def test_the_same_key_with_another_content_is_refused(town: Town) -> None:
    receive(town, [town.someone()], idempotency_key="sleutel-1")
    with town.nothing_changes(), pytest.raises(IdempotencyMismatch):
        receive(town, [town.someone()], idempotency_key="sleutel-1")


def test_a_key_belongs_to_its_partner(town: Town) -> None:
    receive(town, [town.someone()], "woonstichting", idempotency_key="sleutel-1")
    received = receive(town, [town.someone()], "waterbedrijf", idempotency_key="sleutel-1")
    assert codes(received) == [C.ACCEPTED]
    assert not received.repeated


def test_a_trial_run_answers_as_the_real_one_and_stores_nothing(town: Town) -> None:
    rows = [town.someone(), town.someone(postcode="x"), town.someone(bsn="1")]
    size = len(town.log())
    with town.nothing_changes():
        trial = receive(town, rows, dry_run=True)
    assert len(town.log()) == size
    real = receive(town, rows)
    assert trial.results == real.results
    with town.nothing_changes():
        assert codes(receive(town, rows, dry_run=True)) == [C.DUPLICATE, C.E_FIELD, C.DUPLICATE]


def test_a_trial_run_uses_up_no_key(town: Town) -> None:
    rows = [town.someone()]
    receive(town, rows, dry_run=True, idempotency_key="sleutel-1")
    received = receive(town, [town.someone()], idempotency_key="sleutel-1")
    assert codes(received) == [C.ACCEPTED]


# --- No probing --------------------------------------------------------------------------------------------------


def test_no_receipt_depends_on_whether_somebody_is_known(tmp_path: Path) -> None:
    """Two municipalities, one where everybody of the file is known, called and being helped, and one where nobody is."""
    receipts = []
    for known in (True, False):
        (tmp_path / str(known)).mkdir()
        with an_installation(tmp_path / str(known)) as town:
            people = [town.someone(signaal_ref=f"R-{n}") for n in range(4)]
            if known:
                town.bring([row | {"signaal_ref": f"W-{n}"} for n, row in enumerate(people)], "waterbedrijf")
                town.lease()
            rows = [
                *people,
                people[0] | {"signaal_ref": "X", "postcode": "x"},
                people[1] | {"signaal_ref": "Y", "soort": "intrekking", "vervangt_ref": "W-1"},
                people[2] | {"signaal_ref": "Z", "soort": "correctie", "vervangt_ref": "W-2"},
                people[3] | {"signaal_ref": "Q", "soort": "geactualiseerd"},
            ]
            got = receive(town, rows)
            receipts.append((got.results, got.accepted, got.repeat_of, got.repeated, got.touched))
    assert receipts[0] == receipts[1]


# --- Earlier receipts ----------------------------------------------------------------------------------------------


def test_a_receipt_can_be_read_again_and_the_reading_is_in_the_log(town: Town) -> None:
    rows = [town.someone(), town.someone(postcode="x")]
    first = receive(town, rows)
    again = Intake(town.house).receipt(town.as_party("woonstichting"), first.delivery_id)
    assert again.results == first.results
    assert [entry["n"] for entry in town.log(Act.DELIVERY_READ)] == [2]


def test_a_receipt_of_another_partner_is_not_there(town: Town) -> None:
    first = receive(town, [town.someone()])
    for asked in (first.delivery_id, DeliveryId("f" * 32)):
        with pytest.raises(NotFound):
            Intake(town.house).receipt(town.as_party("waterbedrijf"), asked)
        with pytest.raises(NotFound):
            Intake(town.house).withdraw(town.as_party("waterbedrijf"), asked, [])


def test_a_party_that_is_not_on_record_delivers_nothing(town: Town) -> None:
    stranger = town.as_party("woonstichting")
    unknown = Principal(
        stranger.tenant, PartyId("weg"), stranger.kind, stranger.client, None, stranger.purposes
    )
    with pytest.raises(NotFound):
        Intake(town.house).receive(unknown, Upload(as_json([town.someone()]), JSON))


# --- Bad input -----------------------------------------------------------------------------------------------------

HUGE = "x" * 1_000_000
BAD = {
    "garbage": (b"\x00\xff\xfe\x80garbage", JSON, Invalid),
    "half a document": (b'[{"signaal_ref": "S-1", ', JSON, Invalid),
    "an object": (b'{"signaal_ref": "S-1"}', JSON, Invalid),
    "a double key": (b'[{"signaal_ref": "S-1", "signaal_ref": "S-2"}]', JSON, Invalid),
    "no workbook": (b"PK\x03\x04 garbage", XLSX, Invalid),
    "another type": (b"<xml/>", "application/xml", WrongMediaType),
    "nothing": (b"", CSV, Invalid),
    "a forbidden column": (
        as_csv([{"signaal_ref": "S-1", "nationaliteit": "kanarie"}]),
        CSV,
        ForbiddenColumn,
    ),
}


@pytest.mark.parametrize(("body", "media_type", "error"), BAD.values(), ids=BAD)
def test_bad_input_stores_nothing_and_is_not_echoed(
    shared: Town, body: bytes, media_type: str, error: type[Exception]
) -> None:
    asker = shared.as_party("woonstichting")
    with shared.nothing_changes(), pytest.raises(error) as refused:
        Intake(shared.house).receive(asker, Upload(body, media_type))
    assert "kanarie" not in str(refused.value)
    assert "garbage" not in str(refused.value)


def test_a_field_of_a_million_characters_refuses_its_line_only(shared: Town) -> None:
    received = receive(shared, [shared.someone(achternaam=HUGE), shared.someone()])
    assert codes(received) == [C.E_FIELD, C.ACCEPTED]
    assert all(len(result.hint) < 500 for result in received.results)


def test_more_lines_than_agreed_are_refused_before_anything_is_stored(tmp_path: Path) -> None:
    with an_installation(tmp_path, max_lines=3) as town:
        rows = [town.someone() for _ in range(4)]
        with town.nothing_changes(), pytest.raises(TooLarge):
            receive(town, rows)
        assert codes(receive(town, rows[:3])) == [C.ACCEPTED] * 3
