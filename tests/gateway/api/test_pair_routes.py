"""Over the API: a doubtful pair side by side, and the decision on it."""

from itertools import count

import pytest

from gateway.services.intake import Intake
from gateway.store import signals, work
from gateway.store.change import Row
from schemas.audit import Act
from tests.support.api import CANARY, Api, problem, wrong
from tests.support.installation import TENANT, Town

NO_PAIR = "0" * 32
NUMBERS = count()


def a_doubt(town: Town) -> tuple[str, dict[str, str]]:
    """Two reports that may be of one person: the second has no birth date."""
    n = next(NUMBERS)
    row = town.someone(achternaam=f"Kanariewijk{'abcdefgh'[n]}", bedrag="731,55")
    town.deliver([row, {**row, "signaal_ref": f"{row['signaal_ref']}-2", "geboortedatum": ""}])
    town.match()
    with town.house.store.read() as connection:
        found = work.open_proposals(connection, TENANT)
    return str(found[-1]["proposal_id"]), row


def the_pair(town: Town, proposal: str) -> Row:
    with town.house.store.read() as connection:
        pair = work.find_proposal(connection, TENANT, proposal)
    assert pair is not None
    return pair


def test_two_persons_stand_side_by_side_without_their_arrears(town: Town, api: Api) -> None:
    proposal, row = a_doubt(town)
    answer = api.get(town.as_user("olga"), f"/koppelvoorstellen/{proposal}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    shown = answer.json()
    assert shown["voorstelId"] == proposal
    assert [person["achternaam"] for person in shown["inwoners"]] == [row["achternaam"]] * 2
    assert [person.get("geboortedatum") for person in shown["inwoners"]].count(None) == 1
    allowed = {"voorletters", "voorvoegsel", "achternaam", "geboortedatum", "straat", "huisnummer"}
    allowed |= {"huisletter", "toevoeging", "postcode", "plaats", "telefoonnummers", "email"}
    assert set().union(*shown["inwoners"]) <= allowed
    assert "731" not in answer.text


def test_each_look_is_an_entry_per_person_with_its_grant_and_receipt(town: Town, api: Api) -> None:
    proposal, _ = a_doubt(town)
    before = len(town.log(Act.MATCH_PROPOSED))
    answer = api.get(town.as_user("olga"), f"/koppelvoorstellen/{proposal}")
    entries = town.log(Act.MATCH_PROPOSED)[before:]
    assert [(e["gr"], e["pur"], e["n"]) for e in entries] == [("MA01", "matchen", 1)] * 2
    assert all("achternaam" in entry["cat"] and "bedrag" not in entry["cat"] for entry in entries)
    pair = the_pair(town, proposal)
    assert [len(town.log(Act.MATCH_PROPOSED, pair[end])) for end in ("a", "b")] == [1, 1]
    assert answer.headers["link"].count('rel="log-receipt"') == 2


def test_after_the_decision_nobody_looks_again(town: Town, api: Api) -> None:
    proposal, _ = a_doubt(town)
    path = f"/koppelvoorstellen/{proposal}"
    assert wrong(api.post(town.as_user("olga"), f"{path}/beoordelingen", {})) == {"zelfdePersoon"}
    decided = api.post(town.as_user("olga"), f"{path}/beoordelingen", {"zelfdePersoon": False})
    assert (decided.status_code, decided.json()) == (201, {"koppelingId": None})
    assert problem(api.get(town.as_user("olga"), path)) == (409, "al_besloten")


def test_a_pair_of_which_one_was_taken_back_is_refused_and_logged(town: Town, api: Api) -> None:
    proposal, _ = a_doubt(town)
    first = the_pair(town, proposal)["a"]
    with town.house.store.read() as connection:
        (signal,) = signals.signals_by_id(connection, TENANT, [first])
    delivery, line = signal["delivery_id"], signal["line"]
    Intake(town.house).withdraw(town.as_party("woonstichting"), delivery, [line])
    answer = api.get(town.as_user("olga"), f"/koppelvoorstellen/{proposal}")
    assert problem(answer)[0] == 403
    assert [reason["voorwaarde"] for reason in answer.json()["redenen"]] == ["geaccepteerd"]
    assert town.log(Act.ACCESS_DENIED)[-1]["gr"] == "MA01"


@pytest.mark.parametrize("party", ["callcenter", "sociaal_werk", "woonstichting", "privacy_officer"])
def test_only_the_municipality_looks_at_pairs(town: Town, api: Api, party: str) -> None:
    answer = api.get(town.as_party(party), f"/koppelvoorstellen/{NO_PAIR}")
    assert problem(answer) == (403, "doel_ontbreekt")


def test_an_unknown_pair_is_not_found_and_a_bad_reference_is_named(town: Town, api: Api) -> None:
    assert problem(api.get(town.as_user("olga"), f"/koppelvoorstellen/{NO_PAIR}"))[0] == 404
    assert wrong(api.get(town.as_user("olga"), f"/koppelvoorstellen/{CANARY}")) == {"ref"}
