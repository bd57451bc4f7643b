"""Over the API: a number that calls back is looked up one at a time, and no row of numbers can be gone through."""

from tests.support.api import Api, problem
from tests.support.installation import Town


def test_nobody_goes_through_a_row_of_numbers_to_find_who_is_known(town: Town) -> None:
    case = town.person()
    town.lease()
    api, farid = Api(town), town.as_user("farid")
    row = [{"nummer": f"06-{n}"} for n in range(55_000_000, 55_000_020)]
    strangers = [api.post(farid, "/terugbellers/_zoek", number) for number in row]
    known = api.post(farid, "/terugbellers/_zoek", {"nummer": town.written[case]["telefoon_1"]})
    assert {answer.status_code for answer in strangers} == {404, 429}
    assert problem(known) == (429, "te_vaak")
