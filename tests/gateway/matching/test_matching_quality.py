"""The quality that is promised, on a small synthetic town of which the truth is known."""

from datetime import date

import pytest

from gateway.demo.people import HARD, Temper
from gateway.demo.town import Town
from gateway.matching.normalise import Profile, profiles
from gateway.matching.rules import Mode
from gateway.matching.run import Earlier, MatchResult, match
from schemas.ids import SubjectId
from tests.support.town import person_facts

MONTHS = 8


class History:
    """Months of one town, matched one after the other; every proposal is answered truthfully."""

    def __init__(self, seed: int, temper: Temper, mode: Mode = Mode.STANDARD) -> None:
        self._town, self._mode = Town(seed, 40_000, temper=temper), mode
        self.truth: dict[SubjectId, str] = {}
        self.known: list[Profile] = []
        self.joined: set[tuple[SubjectId, SubjectId]] = set()
        self.apart: set[tuple[SubjectId, SubjectId]] = set()
        self.results = [self._month(number) for number in range(1, MONTHS + 1)]

    def _month(self, number: int) -> MatchResult:
        facts = []
        for signal in self._town.month(date(2026, number, 1)):
            subject = SubjectId(f"{len(self.truth):032x}")
            self.truth[subject] = signal.person
            facts.append(person_facts(signal.row, subject))
        new = profiles(facts)
        stands = Earlier(frozenset(self.joined), frozenset(self.apart))
        result = match(new, self.known, earlier=stands, mode=self._mode)
        self.known += new
        self.joined.update((link.a, link.b) for link in result.links)
        for asked in result.proposals:
            pair = (asked.a, asked.b)
            (self.joined if self.same(pair) else self.apart).add(pair)
        return result

    def same(self, pair: tuple[SubjectId, SubjectId]) -> bool:
        return self.truth[pair[0]] == self.truth[pair[1]]


@pytest.fixture(
    scope="module", params=[(637, Temper()), (1, Temper()), (637, HARD)], ids=["637", "1", "hard"]
)
def history(request: pytest.FixtureRequest) -> History:
    return History(*request.param)


def test_no_automatic_link_joins_two_people(history: History) -> None:
    links = [link for result in history.results for link in result.links]
    assert len(links) > 200
    assert all(history.same((link.a, link.b)) for link in links)


def test_nearly_everybody_is_found_again_by_links_and_answers(history: History) -> None:
    result = history.results[-1]
    everybody = match([], history.known, earlier=Earlier(frozenset(history.joined), frozenset(history.apart)))
    assert everybody.groups == ()
    last = {subject for group in result.groups for subject in group}
    people = {history.truth[subject] for subject in last}
    assert len(people) <= len(result.groups) <= 1.25 * len(people)


def test_the_questions_of_a_month_fit_an_afternoon(history: History) -> None:
    signals = len(history.truth)
    questions = sum(len(result.proposals) for result in history.results)
    assert questions * 450 / signals <= 70


def test_strict_joins_less_and_nothing_else() -> None:
    standard, strict = History(637, Temper()), History(637, Temper(), Mode.STRICT)
    counted = [sum(len(result.links) for result in one.results) for one in (standard, strict)]
    assert counted[0] > counted[1] > 0
    assert all(strict.same((link.a, link.b)) for result in strict.results for link in result.links)
