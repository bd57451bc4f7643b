"""What a person decides about a doubtful pair, and taking a link back: nothing of it may be lost or silently redone."""

from collections.abc import Mapping

import pytest

from gateway.services.dialling import Dialling
from gateway.services.matching import Review
from gateway.store import work
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.errors import Conflict, NotFound
from schemas.ids import CaseId
from tests.support.installation import TENANT, Town

Line = Mapping[str, str]


def again(row: Line, n: int, **changes: str) -> dict[str, str]:
    return {**row, "signaal_ref": f"{row['signaal_ref']}-{n}", "bedrag": f"{n},00", **changes}


@pytest.fixture
def review(town: Town) -> Review:
    return Review(town.house, town.door)


def the_links(town: Town, *, revoked: bool = False) -> list[Row]:
    which = "IS NOT NULL" if revoked else "IS NULL"
    query = f"SELECT * FROM gateway_link WHERE kind = 'same_person' AND revoked_at {which} ORDER BY a, b"
    with town.house.store.read() as connection:
        return [dict(row) for row in connection.exec_driver_sql(query).mappings()]


def asked(town: Town) -> str:
    with town.house.store.read() as connection:
        (row,) = work.open_proposals(connection, TENANT)
    return str(row["proposal_id"])


def a_doubt(town: Town) -> str:
    row = town.someone(achternaam="Kanariewijk", telefoon_1="06-19283746")
    town.deliver([row, again(row, 2, geboortedatum="")])
    town.match()
    return asked(town)


def merged(town: Town, count: int = 2) -> CaseId:
    """One case of so many signals of one person."""
    row = town.someone()
    return town.bring([row, *(again(row, n) for n in range(2, count + 1))])[0]


# --- Deciding ---------------------------------------------------------------------------------------------------


def test_the_list_tells_why_in_codes_and_a_sentence_and_names_nobody(town: Town, review: Review) -> None:
    proposal = a_doubt(town)
    (waiting,) = review.waiting(town.as_user("olga"))
    assert waiting.proposal_id == proposal
    assert "geboortedatum_ontbreekt" in waiting.reasons
    assert waiting.at == town.house.now_ms()
    assert "anarie" not in waiting.text
    assert "19283746" not in waiting.text


@pytest.mark.parametrize("same", [True, False])
def test_a_decision_is_told_of_both_and_leaves_the_list(town: Town, review: Review, *, same: bool) -> None:
    review.decide(town.as_user("olga"), a_doubt(town), same=same)
    entries = town.log(Act.MATCH_DECIDED)
    assert [entry["rsn"] for entry in entries] == ["zelfde" if same else "ander"] * 2
    assert review.waiting(town.as_user("olga")) == []


@pytest.mark.parametrize("first", [True, False])
def test_a_decision_is_taken_once(town: Town, review: Review, *, first: bool) -> None:
    proposal = a_doubt(town)
    review.decide(town.as_user("olga"), proposal, same=first)
    before = len(town.log(Act.MATCH_DECIDED))
    with pytest.raises(Conflict):
        review.decide(town.as_user("olga"), proposal, same=not first)
    assert len(town.log(Act.MATCH_DECIDED)) == before
    assert len(the_links(town)) == first


def test_a_proposal_that_is_not_there_is_not_found(town: Town, review: Review) -> None:
    with pytest.raises(NotFound):
        review.decide(town.as_user("olga"), "f" * 32, same=True)


# --- Undoing ----------------------------------------------------------------------------------------------------


def test_undoing_gives_the_later_signal_a_case_of_its_own(town: Town, review: Review) -> None:
    case = merged(town)
    (link,) = the_links(town)
    assert review.undo(town.as_user("olga"), link["link_id"]) == [case]
    assert {s["signal_id"] for s in town.signals(case)} == {link["a"]}
    (new,) = town.match().opened
    assert {s["signal_id"] for s in town.signals(new)} == {link["b"]}
    assert new != case


def test_what_a_person_undid_is_never_joined_or_asked_again(town: Town, review: Review) -> None:
    """The rule that linked them is as sure as ever: without a memory the next round would undo the undoing."""
    merged(town)
    (link,) = the_links(town)
    review.undo(town.as_user("olga"), link["link_id"])
    for _ in range(3):
        report = town.match()
        assert (report.links, report.proposals) == (0, 0)
    assert the_links(town) == []


def test_undoing_keeps_the_link_with_who_undid_it_and_is_told_of_both(town: Town, review: Review) -> None:
    merged(town)
    (link,) = the_links(town)
    review.undo(town.as_user("olga"), link["link_id"])
    (undone,) = the_links(town, revoked=True)
    assert (undone["revoked_by"], undone["revoked_at"]) == ("olga", town.house.now_ms())
    assert [e["act"] for e in town.log(subject=link["b"])][-1] == Act.MATCH_UNDONE
    assert [e["act"] for e in town.log(subject=link["a"])][-1] == Act.MATCH_UNDONE


def test_a_link_is_undone_once(town: Town, review: Review) -> None:
    merged(town)
    (link,) = the_links(town)
    review.undo(town.as_user("olga"), link["link_id"])
    with pytest.raises(Conflict):
        review.undo(town.as_user("olga"), link["link_id"])


def test_a_link_that_is_not_there_is_not_found(town: Town, review: Review) -> None:
    with pytest.raises(NotFound):
        review.undo(town.as_user("olga"), "f" * 32)


def test_a_shared_address_is_no_merge_and_cannot_be_undone(town: Town, review: Review) -> None:
    case = merged(town)
    with town.house.store.read() as connection:
        shared = work.links_of(connection, TENANT, [town.subject(case)], "same_address")
    assert shared
    with pytest.raises(NotFound):
        review.undo(town.as_user("olga"), shared[0]["link_id"])
    assert len(town.signals(case)) == 2


def test_of_three_that_are_tied_to_each_other_the_undone_one_leaves_alone(town: Town, review: Review) -> None:
    """It is tied to the first through the third as well: those ties go too, or it would stay where it is."""
    case = merged(town, 3)
    links = the_links(town)
    ends = sorted({end for link in links for end in (link["a"], link["b"])})
    town.house.store.commit(Change((work.add_links(_missing(links, ends)),)))
    undone = next(one for one in the_links(town) if (one["a"], one["b"]) == (ends[0], ends[1]))
    review.undo(town.as_user("olga"), undone["link_id"])
    assert {s["signal_id"] for s in town.signals(case)} == {ends[0], ends[2]}
    town.match()
    assert {s["signal_id"] for s in town.signals(case)} == {ends[0], ends[2]}


def _missing(links: list[Row], ends: list[str]) -> list[Row]:
    known = {(link["a"], link["b"]) for link in links}
    pairs = [(a, b) for a in ends for b in ends if a < b and (a, b) not in known]
    return [{**links[0], "link_id": f"{n:032x}", "a": a, "b": b} for n, (a, b) in enumerate(pairs)]


def test_whoever_is_tied_to_the_one_that_leaves_leaves_with_it(town: Town, review: Review) -> None:
    case = merged(town, 3)
    ends = sorted(s["signal_id"] for s in town.signals(case))
    chain = [(ends[0], ends[1]), (ends[1], ends[2])]
    links = the_links(town)
    now = town.house.now_ms()
    rows = [{**links[0], "link_id": f"{n:032x}", "a": a, "b": b} for n, (a, b) in enumerate(chain)]
    gone = [work.revoke_link(link, by="test", now=now) for link in links]
    town.house.store.commit(Change((*gone, work.add_links(rows))))
    review.undo(town.as_user("olga"), rows[0]["link_id"])
    assert {s["signal_id"] for s in town.signals(case)} == {ends[0]}


def test_undoing_recalls_the_dial_record_that_may_show_somebody_else(town: Town, review: Review) -> None:
    merged(town)
    record = town.lease()
    (link,) = the_links(town)
    review.undo(town.as_user("olga"), link["link_id"])
    dialling = Dialling(town.house, town.door, town.codes)
    assert [ref for ref, _ in dialling.recalled(town.as_user("farid"), 0)] == [record.ref]


def test_a_signal_that_was_taken_back_meanwhile_can_still_be_parted(town: Town, review: Review) -> None:
    case = merged(town)
    (link,) = the_links(town)
    town.withdraw(case)
    review.undo(town.as_user("olga"), link["link_id"])
    assert {s["signal_id"] for s in town.signals(case)} == {link["a"]}
    assert town.match().opened == ()


def test_after_undoing_the_case_is_weighed_again(town: Town, review: Review) -> None:
    row = town.someone(bedrag="1.500,00")
    (case,) = town.bring([row, again(row, 2, bedrag="1.500,00")])
    assert town.state(case) == "sociaal_werk"
    (link,) = the_links(town)
    town.route([*review.undo(town.as_user("olga"), link["link_id"]), *town.match().opened])
    (other,) = {CaseId(s) for s in _cases(town)} - {case}
    assert town.state(other) == "belbaar"


def _cases(town: Town) -> set[str]:
    with town.house.store.read() as connection:
        return set(connection.exec_driver_sql("SELECT case_id FROM gateway_case").scalars())
