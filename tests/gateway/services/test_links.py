"""Links can be found again: by round and by case, with their rule, so that every one of them can be undone."""

from collections.abc import Mapping

import pytest

from gateway.matching.evidence import Bit
from gateway.services.matching import Links, Review
from gateway.services.matching.links import EVIDENCE, PAGE, Linked
from gateway.store import work
from schemas.audit import Act
from schemas.errors import Conflict, NotFound
from schemas.ids import CaseId
from tests.support.installation import TENANT, Town


def again(row: Mapping[str, str], n: int, **changes: str) -> dict[str, str]:
    return {**row, "signaal_ref": f"{row['signaal_ref']}-{n}", "bedrag": f"{n},00", **changes}


@pytest.fixture
def links(town: Town) -> Links:
    return Links(town.house, town.door, town.codes)


def merged(town: Town, count: int = 2) -> CaseId:
    """One case of so many signals of one person, linked by the computer."""
    row = town.someone()
    return town.bring([row, *(again(row, n) for n in range(2, count + 1))])[0]


def judged(town: Town) -> str:
    """Let a person say yes to a doubt; gives the round that asked."""
    row = town.someone()
    town.deliver([row, again(row, 2, geboortedatum="")])
    run = town.match().run_id
    with town.house.store.read() as connection:
        (asked,) = work.open_proposals(connection, TENANT)
    assert Review(town.house, town.door).decide(town.as_user("olga"), asked["proposal_id"], same=True)
    town.route(town.match().opened)
    return run


def of_case(town: Town, links: Links, case: CaseId) -> list[Linked]:
    olga = town.as_user("olga")
    return links.of_case(olga, town.ref(olga, case, "matchen"))


def test_a_link_of_the_computer_stands_in_the_list_of_its_round_and_of_its_case(
    town: Town, links: Links
) -> None:
    case, olga = merged(town), town.as_user("olga")
    (link,) = of_case(town, links, case)
    assert (link.automatic, link.rule, link.revoked_at) == (True, "R1", None)
    assert {"geboortedatum_gelijk", "adres_gelijk", "achternaam_gelijk"} <= set(link.evidence)
    assert town.behind(olga, link.ref or "") == case
    assert links.of_run(olga, link.run_id) == [link]


def test_a_link_that_a_person_decided_on_says_so_with_the_reasons_it_was_asked_for(
    town: Town, links: Links
) -> None:
    (link,) = links.of_run(town.as_user("olga"), judged(town))
    assert (link.automatic, link.rule) == (False, "PERSOON")
    assert "geboortedatum_ontbreekt" in link.evidence


def test_every_link_of_a_list_can_be_undone_and_is_then_told_as_undone(town: Town, links: Links) -> None:
    case, olga, review = merged(town, 3), town.as_user("olga"), Review(town.house, town.door)
    first = of_case(town, links, case)
    assert len(first) >= 2
    run = first[0].run_id
    while standing := of_case(town, links, case):
        review.undo(olga, standing[0].link_id)
        assert [entry["rsn"] for entry in town.log(Act.MATCH_UNDONE)][-2:] == ["ander", "ander"]
    assert all(link.revoked_at == town.house.now_ms() for link in links.of_run(olga, run))
    assert len(town.signals(case)) == 1


def test_undoing_twice_is_refused_with_its_own_code_and_changes_nothing(town: Town, links: Links) -> None:
    case, review = merged(town), Review(town.house, town.door)
    (link,) = of_case(town, links, case)
    review.undo(town.as_user("olga"), link.link_id)
    with town.nothing_changes(), pytest.raises(Conflict) as refused:
        review.undo(town.as_user("olga"), link.link_id)
    assert refused.value.code == "al_losgemaakt"


def test_a_person_can_look_at_whom_a_link_joins_before_undoing_it(town: Town, links: Links) -> None:
    case = merged(town)
    (link,) = of_case(town, links, case)
    pair = links.pair(town.as_user("olga"), link.link_id)
    shown = [person.view.model_dump(exclude_unset=True) for person in pair.persons]
    assert [one["achternaam"] for one in shown] == [town.written[case]["achternaam"]] * 2
    assert not any("bedrag" in one or "signalen" in one for one in shown)
    ends = [signal["signal_id"] for signal in town.signals(case)]
    assert [len(town.log(Act.MATCH_PROPOSED, end)) for end in ends] == [1, 1]


def test_after_undoing_nobody_looks_at_the_two_together(town: Town, links: Links) -> None:
    case, olga = merged(town), town.as_user("olga")
    (link,) = of_case(town, links, case)
    Review(town.house, town.door).undo(olga, link.link_id)
    before = len(town.log())
    with pytest.raises(Conflict):
        links.pair(olga, link.link_id)
    assert len(town.log()) == before


def test_a_list_is_told_of_everybody_in_it_and_names_nobody(town: Town, links: Links) -> None:
    case = merged(town)
    (link,) = of_case(town, links, case)
    ends = [signal["signal_id"] for signal in town.signals(case)]
    assert [len(town.log(Act.CASE_LISTED, end)) for end in ends] == [1, 1]
    assert town.written[case]["achternaam"] not in repr(link)


def test_shared_addresses_are_no_links_to_undo(town: Town, links: Links) -> None:
    first = town.someone()
    other = town.someone(postcode=first["postcode"], huisnummer=first["huisnummer"])
    cases = town.bring([first, other])
    olga = town.as_user("olga")
    assert len(cases) == 2
    run = town.row(cases[0])["run_id"]
    assert (links.of_run(olga, run), of_case(town, links, cases[0])) == ([], [])


def test_what_is_not_there_is_not_found(town: Town, links: Links) -> None:
    merged(town)
    olga = town.as_user("olga")
    for ask in (links.of_run, links.pair):
        with pytest.raises(NotFound):
            ask(olga, "f" * 32)
    with pytest.raises(NotFound):
        links.of_case(olga, "0000-0000-0")


def test_a_page_beyond_the_last_is_empty(town: Town, links: Links) -> None:
    case, olga = merged(town), town.as_user("olga")
    (link,) = of_case(town, links, case)
    assert PAGE > len(links.of_run(olga, link.run_id, 1)) > 0
    assert links.of_run(olga, link.run_id, 2) == []


def test_every_finding_has_a_word() -> None:
    assert set(EVIDENCE) == {name for name in vars(Bit) if name.isupper()}
    assert len(set(EVIDENCE.values())) == len(EVIDENCE)
