"""The one door: it refuses whom nobody reported, keeps help readable, and opens no group more than it shows."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.disclosure import Disclosed, load
from gateway.disclosure.door import Ask
from gateway.disclosure.record import needed
from gateway.policy.facts import NAMES, Facts
from gateway.services.casework import Casework
from gateway.services.handover import Handovers
from gateway.services.letters import LetterOrders, Printing
from gateway.store import work
from gateway.store.change import Change
from schemas.audit import Act
from schemas.call import Outcome
from schemas.errors import Denied, Failing
from schemas.help import VisitResult
from schemas.ids import CaseId
from schemas.parties import PartyKind
from schemas.principal import Principal
from tests.support.installation import PARTNERS, Town
from tests.support.social import caseload

EVERYTHING = Facts(**dict.fromkeys(NAMES, True))
NAME_AND_NUMBERS = {"achternaam", "telefoonnummers", "postcode", "geboortedatum"}


def asker_of(town: Town, kind: PartyKind) -> Principal:
    return town.as_party(next(iter(PARTNERS)) if kind is PartyKind.SIGNAALPARTNER else kind.value)


def empty(town: Town, principal: Principal) -> Ask:
    """A case whose only signal was taken back, asked about while everything else speaks for the asker."""
    case = town.person()
    town.withdraw(case)
    with town.house.store.read() as connection:
        return Ask(load(connection, principal, case), EVERYTHING)


def shown(disclosed: Disclosed) -> dict[str, Any]:
    return disclosed.view.model_dump(exclude_unset=True)


def own_help(town: Town) -> tuple[CaseId, str]:
    """A resident who asked for help and whose case sanne took over."""
    case = town.help_request()
    ref = town.ref(town.as_user("sanne"), case)
    Handovers(town.house, town.door, town.codes).acknowledge(town.as_user("sanne"), ref)
    return case, ref


# --- Nobody was reported ----------------------------------------------------------------------------------------


def test_a_case_without_signals_opens_for_no_grant_at_all(town: Town) -> None:
    pairs = list(town.house.register.table)
    assert pairs
    for kind, purpose in pairs:
        asker = asker_of(town, kind)
        ask = empty(town, asker)
        decision = town.door.decide(asker, purpose, ask)
        assert not decision.allow, (kind, purpose)
        assert "geaccepteerd" in {failing.condition for failing in decision.failing}, (kind, purpose)
        with pytest.raises(Denied) as refused:
            town.door.show(asker, purpose, Act.VIEW_READ, ask)
        assert "geaccepteerd" in {failing.condition for failing in refused.value.failing}
        assert town.log(Act.ACCESS_DENIED)[-1]["rsn"].split("+").count("geaccepteerd") == 1


def test_a_letter_of_a_case_without_signals_lapses(town: Town) -> None:
    case = town.letter_person()
    other = town.letter_person()
    batch = LetterOrders(town.house, town.door, town.codes).order(town.as_user("olga")).batch_id
    assert batch is not None
    town.withdraw(case)
    file = Printing(town.house, town.door, town.codes).print_file(town.as_party("briefdienst"), batch)
    assert (len(file.letters), file.lapsed) == (1, 1)
    assert town.offers(case)[0]["result"] == "vervallen"
    assert town.offers(other)[0]["result"] == "gedrukt"


@pytest.mark.parametrize("grant", ["BD01", "VR01"])
def test_grants_that_show_a_name_ask_for_an_accepted_signal(town: Town, grant: str) -> None:
    (found,) = [g for g in town.house.register.grants if g.id == grant]
    assert "geaccepteerd" in found.voorwaarden


# --- Accepted help ----------------------------------------------------------------------------------------------


def test_accepted_help_stays_readable_when_the_partner_takes_the_signal_back(town: Town) -> None:
    case, ref = own_help(town)
    casework = Casework(town.house, town.door, town.codes)
    before = shown(casework.read(town.as_user("sanne"), ref))
    town.withdraw(case)
    after = shown(casework.read(town.as_user("sanne"), ref))
    assert {name: after[name] for name in NAME_AND_NUMBERS} == {n: before[n] for n in NAME_AND_NUMBERS}
    assert after["omschrijving"] == before["omschrijving"]
    assert before["signalen"][0]["bedrag"] > 0
    assert after.get("signalen", ()) == ()


def test_it_is_told_of_the_subject_and_opens_no_arrears(town: Town) -> None:
    case, ref = own_help(town)
    town.withdraw(case)
    Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), ref)
    assert town.told(case)[-1] == Act.CASE_READ
    with town.house.store.read() as connection:
        dossier = load(connection, town.as_user("sanne"), case)
    assert {value.name for value in needed(dossier, town.house.register.fields)} == {
        "identity",
        "contact",
        "note",
    }


def test_such_a_case_stays_in_the_caseload_and_is_told_there(town: Town) -> None:
    case, ref = own_help(town)
    town.withdraw(case)
    (line,) = caseload(town, "sanne")
    assert line.ref == ref
    assert town.told(case)[-1] == Act.CASE_LISTED


def test_a_request_can_still_be_taken_over_after_the_withdrawal(town: Town) -> None:
    case = town.help_request()
    town.withdraw(case)
    handovers, sanne = Handovers(town.house, town.door, town.codes), town.as_user("sanne")
    (request,) = handovers.waiting(sanne)
    assert shown(handovers.acknowledge(sanne, request.ref))["achternaam"]


def test_nobody_else_sees_a_resident_whose_signals_were_taken_back(town: Town) -> None:
    case, _ = own_help(town)
    town.withdraw(case)
    casework = Casework(town.house, town.door, town.codes)
    for kind, purpose in town.house.register.table:
        asker = asker_of(town, kind)
        if kind not in {PartyKind.SOCIAAL_WERK, PartyKind.SCHULDHULP, PartyKind.BETROKKENE}:
            with pytest.raises(Denied):
                casework.view(asker, town.ref(asker, case, purpose), purpose)
    with pytest.raises(Denied):
        casework.read(town.as_user("tariq"), town.ref(town.as_user("tariq"), case))


def test_without_a_yes_a_case_closes_to_social_work_with_its_signals(town: Town) -> None:
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    town.withdraw(case)
    with pytest.raises(Denied) as refused:
        Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), ref)
    assert [failing.condition for failing in refused.value.failing] == ["geaccepteerd"]


def test_a_yes_that_ended_in_a_refusal_does_not_outlive_the_signals(town: Town) -> None:
    case, ref = own_help(town)
    town.change(case, state="geweigerd")
    town.withdraw(case)
    assert town.state(case) == "ingetrokken"
    with pytest.raises(Denied):
        Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), ref)


# --- What a view holds ------------------------------------------------------------------------------------------


def test_an_offer_that_was_none_is_not_shown_as_one(town: Town) -> None:
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    for number, result in enumerate([VisitResult.NIET_THUIS, VisitResult.GESPROKEN]):
        _visited(town, case, f"{number:032x}", result)
    offered = shown(Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), ref))["aanbod"]
    assert [offer["kanaal"] for offer in offered] == ["huisbezoek"]


def _visited(town: Town, case: CaseId, offer: str, result: VisitResult) -> None:
    now = town.house.now_ms()
    row = {"tenant": town.row(case)["tenant"], "offer_id": offer, "case_id": case, "channel": "huisbezoek"}
    done = {"ordered_at": now, "ordered_by": "sanne", "done_at": now, "result": result.value}
    town.house.store.commit(Change((work.order_offer({**row, **done}),)))


def test_only_the_newest_signal_says_who_somebody_is(town: Town) -> None:
    row = town.someone()
    case = town.bring([row, {**row, "signaal_ref": "S-tweede", "telefoon_1": "06-19999999"}])[0]
    with town.house.store.read() as connection:
        dossier = load(connection, town.as_user("sanne"), case)
    newest, older = (signal["signal_id"] for signal in dossier.signals)

    def opened(*fields: str) -> set[tuple[str, str]]:
        return {(value.name, value.row) for value in needed(dossier, fields)}

    assert opened("achternaam") == {("contact", newest)}
    assert opened("postcode", "bedrag") == {("identity", newest), ("finance", newest), ("finance", older)}
    assert opened("postcode", "telefoonnummers") == {
        ("identity", newest),
        ("contact", newest),
        ("contact", older),
    }


# --- Refusing ---------------------------------------------------------------------------------------------------


def test_a_refusal_is_logged_with_its_conditions_and_carries_them(town: Town) -> None:
    asker = town.as_user("farid")
    failing = [Failing("eerste", "Doe dit.", "Dat."), Failing("tweede", "En dit.", "Dat ook.")]
    with pytest.raises(Denied) as refused:
        town.door.refuse(asker, "bellen", failing, code="zo_niet")
    assert (refused.value.code, str(refused.value)) == ("zo_niet", "Doe dit. En dit.")
    entry = town.log(Act.ACCESS_DENIED)[-1]
    assert (entry["rsn"], entry["pur"], entry["dec"]) == ("eerste+tweede", "bellen", "deny")
    assert entry["pol"] == town.house.register.digest


def test_a_purpose_that_does_not_exist_is_not_written_down(town: Town) -> None:
    with pytest.raises(Denied):
        town.door.refuse(town.as_user("farid"), "kanarie", [])
    assert "pur" not in town.log(Act.ACCESS_DENIED)[-1]


def test_a_refused_look_outside_the_window_is_told_with_the_register(town: Town) -> None:
    town.person()
    town.clock.forward(hours=13)
    with pytest.raises(Denied) as refused:
        town.call(Outcome.VOICEMAIL)
    assert refused.value.code == "buiten_belvenster"
    assert town.log(Act.ACCESS_DENIED)[-1]["rsn"] == "binnen_belvenster"


def test_a_bare_refusal_names_what_the_own_caseload_lacks(town: Town) -> None:
    case, _ = own_help(town)
    ask = replace(empty(town, town.as_user("tariq")), facts=Facts())
    with pytest.raises(Denied):
        town.door.show(town.as_user("tariq"), "hulpverlenen", Act.CASE_READ, ask)
    assert town.state(case) == "overgedragen"
