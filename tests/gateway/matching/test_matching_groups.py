"""From pairs to persons: chains, twins, flats, what people decided before, and addresses."""

from itertools import combinations, pairwise, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.matching.candidates import CROWD, WINDOW, pairs
from gateway.matching.cluster import Union
from gateway.matching.normalise import Profile
from gateway.matching.rules import Mode, Reason, RuleId, compare
from gateway.matching.run import Earlier, MatchResult, match
from schemas.ids import SubjectId
from tests.support.matching import person


def ids(*names: str) -> tuple[SubjectId, ...]:
    return tuple(SubjectId(name) for name in names)


def links(result: MatchResult) -> set[tuple[str, str]]:
    return {(link.a, link.b) for link in result.links}


def asked(result: MatchResult) -> dict[tuple[str, str], tuple[Reason, ...]]:
    return {(proposal.a, proposal.b): proposal.reasons for proposal in result.proposals}


def test_a_group_is_what_automatic_links_join_and_nobody_is_left_out() -> None:
    result = match([person("1"), person("2"), person("3", achternaam="Visser", geboortedatum="1990-08-09")])
    assert result.groups == (ids("1", "2"), ids("3"))
    assert [link.rule for link in result.links] == [RuleId.R1]


def test_a_chain_of_fitting_pairs_does_not_join_two_people() -> None:
    family = [person("1", voorletters="J."), person("2", voorletters="J.P."), person("3", voorletters="J.M.")]
    result = match(family)
    assert not result.links
    assert {reason for reasons in asked(result).values() for reason in reasons} >= {Reason.TWIN}


def test_a_group_with_contradicting_initials_in_a_chain_of_moves_goes_to_review_whole() -> None:
    chain = [
        person("1", voorletters="J.P."),
        person("2", voorletters="J.", postcode="2795 XX"),
        person("3", voorletters="J.M.", postcode="2796 XX"),
    ]
    result = match(chain)
    assert not result.links
    assert Reason.CLUSTER in asked(result)["1", "2"]
    assert Reason.CLUSTER in asked(result)["2", "3"]


def test_two_mobiles_with_one_initial_are_not_joined_through_a_third_signal() -> None:
    one = person("1", voorletters="J.")
    between = person("2", voorletters="J.", telefoonnummers=())
    other = person("3", voorletters="J.", telefoonnummers=("+31680099887",))
    assert links(match([one, between])) == {("1", "2")}
    assert not match([one, between, other]).links


def test_a_known_twin_turns_a_link_into_a_question() -> None:
    weak = {"voorletters": "J.", "telefoonnummers": ()}
    new, same = person("9", **weak), person("1", **weak)
    assert links(match([new], [same])) == {("1", "9")}
    twin = person("2", voorletters="M.", telefoonnummers=())
    assert asked(match([new], [same, twin]))["1", "9"] == (Reason.TWIN,)


def test_a_building_with_several_homes_makes_a_missing_suffix_a_question() -> None:
    new, known = person("9"), person("1", toevoeging="3")
    assert links(match([new], [known])) == {("1", "9")}
    neighbour = person(
        "2", achternaam="Visser", geboortedatum="1990-08-09", toevoeging="4", telefoonnummers=()
    )
    assert asked(match([new], [known, neighbour]))["1", "9"] == (Reason.SUFFIX_MISSING,)


def test_known_signals_are_not_compared_with_each_other() -> None:
    result = match([person("9", achternaam="Visser", geboortedatum="1990-08-09")], [person("1"), person("2")])
    assert not result.links
    assert result.groups == (ids("9"),)


def test_a_group_carries_what_was_joined_before() -> None:
    before = Earlier(joined=frozenset({(SubjectId("1"), SubjectId("2"))}))
    known = [person("1"), person("2", geboortedatum=None)]
    result = match([person("9")], known, earlier=before)
    assert result.groups == (ids("1", "2", "9"),)
    assert not result.proposals


def test_what_a_person_told_apart_is_not_joined_and_not_asked_again() -> None:
    apart = Earlier(apart=frozenset({(SubjectId("9"), SubjectId("1"))}))
    result = match([person("9")], [person("1")], earlier=apart)
    assert (result.links, result.proposals) == ((), ())


def test_two_who_were_told_apart_are_not_joined_through_a_third() -> None:
    apart = Earlier(apart=frozenset({(SubjectId("1"), SubjectId("2"))}))
    result = match([person("9")], [person("1"), person("2")], earlier=apart)
    assert not result.links
    assert set(asked(result)) == {("1", "9"), ("2", "9")}


def test_a_likeness_of_one_who_was_told_apart_is_still_held_against_both() -> None:
    stands = Earlier(
        joined=frozenset({(SubjectId("1"), SubjectId("3"))}),
        apart=frozenset({(SubjectId("1"), SubjectId("2"))}),
    )
    assert not match([person("9")], [person("1"), person("2"), person("3")], earlier=stands).links


def test_what_a_person_accepted_inside_a_group_does_not_doubt_the_next_signal() -> None:
    joined = Earlier(joined=frozenset({(SubjectId("1"), SubjectId("2"))}))
    known = [person("1"), person("2", geboortedatum="1985-03-25")]
    assert ("1", "9") in links(match([person("9")], known, earlier=joined))


def test_two_groups_are_asked_about_once() -> None:
    known = [person("1"), person("2")]
    joined = Earlier(joined=frozenset({(SubjectId("1"), SubjectId("2"))}))
    result = match([person("9", geboortedatum=None)], known, earlier=joined)
    assert list(asked(result)) == [("1", "9")]


def test_a_signal_without_birth_date_is_not_offered_to_a_group_that_it_contradicts() -> None:
    known = [person("1", voorletters="J."), person("2", voorletters="J.P.")]
    joined = Earlier(joined=frozenset({(SubjectId("1"), SubjectId("2"))}))
    new = person("9", voorletters="J.M.", geboortedatum=None, telefoonnummers=())
    assert not match([new], known, earlier=joined).proposals


def test_two_persons_at_one_address_share_an_address_link_and_no_group() -> None:
    partner = person(
        "2", achternaam="Visser", voorletters="K.", geboortedatum="1990-08-09", telefoonnummers=()
    )
    result = match([person("1"), partner])
    assert result.address_links == (ids("1", "2"),)
    assert result.groups == (ids("1"), ids("2"))
    assert not result.proposals


def test_units_of_one_number_are_different_addresses() -> None:
    homes = [person(str(unit), toevoeging=str(unit), achternaam=f"Naam{'abc'[unit]}") for unit in range(3)]
    assert not match(homes).address_links


def test_a_delivery_that_puts_everybody_in_one_block_stays_linear() -> None:
    crowd = [
        person(f"{n:05}", achternaam=f"Aa{n:05}".translate(_DIGITS), telefoonnummers=()) for n in range(900)
    ]
    assert 0 < sum(1 for _ in pairs(crowd, ())) <= len(crowd) * 2 * WINDOW
    assert sum(1 for _ in pairs(crowd[:CROWD], ())) == CROWD * (CROWD - 1) // 2


def test_a_line_sent_a_thousand_times_is_one_person_by_one_link_each() -> None:
    result = match([person(f"{n:05}") for n in range(1_000)])
    assert len(result.groups) == 1
    assert len(result.links) == 999


_DIGITS = str.maketrans("0123456789", "bcdfghjklm")


def test_union_finds_every_member_of_a_long_chain() -> None:
    numbers = range(2_000)
    union = Union(pairwise(numbers))
    assert len(union.groups(numbers)) == 1
    assert union.find(-1) == -1


_VARIANTS = st.fixed_dictionaries(
    {
        "achternaam": st.sampled_from(["Jansen", "Janssen", "de Vries", "Jansen-de Vries"]),
        "voorletters": st.sampled_from(["J.", "J.P.", "J.M.", "Johan", "M.", ""]),
        "geboortedatum": st.sampled_from(["1985-03-24", "1985-03-25", "1985-01-01", "", "2004-11-02"]),
        "postcode": st.sampled_from(["2790AB", "2795XX"]),
        "toevoeging": st.sampled_from(["", "1", "2"]),
        "telefoonnummers": st.sampled_from([(), ("+31680012347",), ("0790001234",), ("+31680099887",)]),
    }
)
_CROWDS = st.lists(_VARIANTS, min_size=2, max_size=6).map(
    lambda facts: [person(str(n), **fact) for n, fact in enumerate(facts)]
)


@settings(max_examples=150, deadline=None)
@given(_CROWDS, st.randoms(use_true_random=False), st.sampled_from(Mode))
def test_the_result_does_not_depend_on_the_order_of_the_input(
    crowd: list[Profile], chance: st.DataObject, mode: Mode
) -> None:
    shuffled = list(crowd)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert match(shuffled, mode=mode) == match(crowd, mode=mode)


@settings(max_examples=100, deadline=None)
@given(_VARIANTS, _VARIANTS, st.sampled_from(Mode))
def test_a_comparison_has_no_direction(one: dict[str, object], other: dict[str, object], mode: Mode) -> None:
    left, right = person("1", **one), person("2", **other)
    assert compare(left, right, mode=mode) == compare(right, left, mode=mode)
    swapped = match([person("2", **one), person("1", **other)], mode=mode)
    straight = match([left, right], mode=mode)
    assert links(swapped) == links(straight)
    assert asked(swapped) == asked(straight)


@settings(max_examples=150, deadline=None)
@given(_CROWDS)
def test_no_automatic_group_ever_holds_two_birth_dates_or_contradicting_initials(
    crowd: list[Profile],
) -> None:
    members = {profile.subject: profile for profile in crowd}
    for group in match(crowd).groups:
        people = [members[subject] for subject in group]
        assert len({one.dob for one in people}) == 1
        for one, other in combinations(people, 2):
            shorter = min(len(one.initials), len(other.initials))
            assert one.initials[:shorter] == other.initials[:shorter]


@settings(max_examples=100, deadline=None)
@given(_CROWDS)
def test_matching_again_with_what_was_found_finds_nothing_new(crowd: list[Profile]) -> None:
    first = match(crowd)
    again = match(crowd, earlier=Earlier(joined=frozenset((link.a, link.b) for link in first.links)))
    assert again.groups == first.groups
    assert not again.links


@settings(max_examples=150, deadline=None)
@given(_VARIANTS, _VARIANTS, st.sampled_from(["voorletters", "geboortedatum", "telefoonnummers"]))
def test_a_field_more_on_one_side_joins_only_by_agreeing_with_the_other(
    one: dict[str, object], other: dict[str, object], field: str
) -> None:
    empty: object = () if field == "telefoonnummers" else ""
    less = match([person("1", **one), person("2", **other | {field: empty})])
    more = match([person("1", **one), person("2", **other)])
    if more.links and not less.links:
        left, right = person("1", **one), person("2", **other)
        assert {
            "voorletters": left.initials[:1] == right.initials[:1],
            "geboortedatum": left.dob == right.dob,
            "telefoonnummers": not left.phones.isdisjoint(right.phones),
        }[field]


@settings(max_examples=60, deadline=None)
@given(st.lists(_VARIANTS, min_size=3, max_size=3))
def test_who_is_new_and_who_is_known_makes_no_difference_for_a_pair(facts: list[dict[str, object]]) -> None:
    trio = [person(str(n), **fact) for n, fact in enumerate(facts)]
    for new, *known in permutations(trio):
        split = match([new], known)
        whole = match(trio)
        assert {pair for pair in links(split) if new.subject not in pair} == set()
        if not whole.proposals:
            assert links(split) <= links(whole)
