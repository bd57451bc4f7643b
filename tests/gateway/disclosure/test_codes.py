"""References: another one for every party, useless to anybody else, and safe to say over the telephone."""

import pytest

from gateway.services.callback import Callback
from gateway.store import cases
from gateway.store.change import Change
from schemas.errors import NotFound
from schemas.ids import CaseId
from schemas.principal import Principal
from tests.support.installation import DESKS, PARTNERS, TENANT, Town


def everybody(town: Town) -> list[Principal]:
    return [
        *(town.as_party(kind) for kind in DESKS),
        *(town.as_party(name) for name in PARTNERS),
        town.as_user("bram"),
    ]


def purpose_of(asker: Principal) -> str:
    return min(asker.purposes)


def resolve(town: Town, asker: Principal, ref: str) -> CaseId:
    with town.house.store.read() as connection:
        return town.codes.resolve(connection, asker, ref)


def test_every_party_has_a_reference_of_its_own_for_a_case(town: Town) -> None:
    """So that two parties who lay their lists side by side cannot tell that they speak of one resident."""
    case = town.person()
    refs = [town.ref(asker, case, purpose_of(asker)) for asker in everybody(town)]
    assert len(set(refs)) == len(refs)


def test_every_case_has_a_reference_of_its_own(town: Town) -> None:
    made = town.bring([town.someone() for _ in range(20)])
    assert len({town.ref(town.as_user("sanne"), case) for case in made}) == 20


def test_a_reference_leads_its_own_party_to_its_case_and_nobody_else(town: Town) -> None:
    case = town.person()
    for asker in everybody(town):
        ref = town.ref(asker, case, purpose_of(asker))
        assert resolve(town, asker, ref) == case
        for other in everybody(town):
            if other.party != asker.party:
                with pytest.raises(NotFound):
                    resolve(town, other, ref)


def test_colleagues_of_one_party_use_the_same_reference(town: Town) -> None:
    case = town.person()
    ref = town.ref(town.as_user("sanne"), case)
    assert town.ref(town.as_user("tariq"), case) == ref
    assert resolve(town, town.as_user("tariq"), ref) == case


def test_a_reference_stays_the_same_and_is_remembered_once(town: Town) -> None:
    case = town.person()
    first = town.ref(town.as_user("sanne"), case)
    with town.nothing_changes():
        assert town.ref(town.as_user("sanne"), case) == first


def test_for_another_purpose_a_party_has_another_reference(town: Town) -> None:
    case = town.person()
    partner = town.as_party("woonstichting")
    assert town.ref(partner, case, "aanleveren") != town.ref(partner, case, "terugkoppelen")


def test_a_round_of_calls_has_references_of_its_own_and_a_dossier_keeps_its_own(town: Town) -> None:
    """The call center that calls somebody next month cannot tell that it called him before."""
    case = town.person()
    row, later = town.row(case), {**town.row(case), "month": "2026-12"}
    with town.house.store.read() as connection:
        calling = [
            town.codes.give(connection, town.as_user("farid"), "bellen", one).text for one in (row, later)
        ]
        helping = [
            town.codes.give(connection, town.as_user("sanne"), "hulpverlenen", one).text
            for one in (row, later)
        ]
    assert calling[0] != calling[1]
    assert helping[0] == helping[1]


def test_a_reference_is_understood_however_it_is_typed(town: Town) -> None:
    case = town.person()
    ref = town.ref(town.as_user("sanne"), case)
    for written in (ref.lower(), ref.replace("-", ""), f" {ref} ", ref.replace("0", "o").replace("1", "l")):
        assert resolve(town, town.as_user("sanne"), written) == case


def test_a_slip_of_the_tongue_is_not_found_and_never_another_case(town: Town) -> None:
    case = town.person()
    ref = town.ref(town.as_user("sanne"), case)
    for place, symbol in enumerate(ref):
        if symbol == "-":
            continue
        wrong = ref[:place] + ("2" if symbol != "2" else "3") + ref[place + 1 :]
        with pytest.raises(NotFound):
            resolve(town, town.as_user("sanne"), wrong)


@pytest.mark.parametrize(
    "text", ["", "-", "kanarie", "7K3P-9QX2-C" * 3, "é" * 9, "'; DROP TABLE gateway_case; --"]
)
def test_what_is_no_reference_is_not_found(town: Town, text: str) -> None:
    with pytest.raises(NotFound) as refused:
        resolve(town, town.as_user("sanne"), text)
    assert "kanarie" not in str(refused.value)


def test_two_cases_that_would_get_the_same_reference_get_two(town: Town) -> None:
    """Eight symbols collide now and then; nobody may end up in the dossier of another."""
    first, second = town.bring([town.someone(), town.someone()])
    asker = town.as_user("sanne")
    place = (TENANT, asker.party, "hulpverlenen", "dossier")
    wanted = town.house.pseudonyms.spoken(*place, second)
    taken = {
        "tenant": TENANT,
        "party_id": asker.party,
        "code": wanted,
        "purpose": place[2],
        "period": place[3],
    }
    pointer = town.house.pseudonyms.seal_pointer(*place, wanted, first)
    town.house.store.commit(Change((cases.remember_code(taken | {"pointer": pointer}),)))
    given = town.ref(asker, second)
    assert given != wanted
    assert resolve(town, asker, given) == second
    assert resolve(town, asker, wanted) == first
    assert town.ref(asker, second) == given


def test_a_reference_that_was_forgotten_leads_nowhere(town: Town) -> None:
    case = town.person()
    asker = town.as_user("sanne")
    ref = town.ref(asker, case)
    town.house.store.commit(Change((cases.forget_code(TENANT, asker.party, ref),)))
    with pytest.raises(NotFound):
        resolve(town, asker, ref)


def test_the_table_of_references_does_not_tell_which_case_is_meant(town: Town) -> None:
    """A thief of the rows sees a party and a code; the case behind it is an encrypted pointer."""
    case = town.person()
    town.ref(town.as_user("sanne"), case)
    with town.house.store.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM gateway_pseudonym").all()
    assert rows
    hidden = (case.encode(), bytes.fromhex(case))
    kept = [value.encode() if isinstance(value, str) else value for row in rows for value in row]
    assert not any(text in value for text in hidden for value in kept)


def test_who_rings_back_is_spoken_of_under_the_reference_of_the_round(town: Town) -> None:
    case = town.person()
    record = town.lease()
    found = Callback(town.house, town.codes).search(town.as_user("noor"), town.written[case]["telefoon_1"])
    assert found.ref == record.ref == town.ref(town.as_user("noor"), case, "bellen")
