"""Over the API: lists in baskets, late clocks, cards, and what shields a resident."""

import pytest

from tests.support.api import CANARY, Api, problem, wrong
from tests.support.installation import Town

UNKNOWN = "7K3P-9QX2-C"


def test_a_list_counts_every_basket_and_is_sifted_by_query(town: Town, api: Api) -> None:
    town.urgent_person(postcode="9712AB")
    town.wealthy_debtor(postcode="9713AB")
    asker = town.as_user("tariq")
    answer = api.get(asker, "/werkvoorraden?bak=spoed&soort=huur&wijk=9712")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    (line,) = answer.json()["dossiers"]
    assert (line["bakken"], line["soorten"], line["samenloop"]) == (
        ["te_beoordelen", "spoed"],
        ["huur"],
        "enkelvoudig",
    )
    assert line["standen"] == {"aanbod": "op_tijd"}
    assert answer.json()["aantallen"]["te_beoordelen"] == 1
    assert len(answer.json()["aantallen"]) == 8
    assert "9712" not in answer.text


@pytest.mark.parametrize("path", ["/werkvoorraden", "/dossiers"])
@pytest.mark.parametrize(
    ("query", "field"),
    [(f"bak={CANARY}", "bak"), (f"soort={CANARY}", "soort"), ("wijk=2712AB", "wijk"), ("wijk=0712", "wijk")],
)
def test_a_question_that_is_none_is_named_by_its_field(
    town: Town, api: Api, path: str, query: str, field: str
) -> None:
    assert wrong(api.get(town.as_user("tariq"), f"{path}?{query}")) == {field}


def test_late_clocks_stand_at_the_desk_that_must_act(town: Town, api: Api) -> None:
    case = town.wealthy_debtor()
    town.give(case, "sanne")
    town.clock.forward(days=29)
    leader = town.as_user("ineke")
    late = api.get(leader, "/escalaties").json()["escalaties"]
    (line,) = [one for one in late if one["ref"] == town.ref(leader, case)]
    assert (line["termijn"], line["stand"], line["werkdagen"], line["behandelaar"]) == (
        "aanbod",
        "verlopen",
        -1,
        "sanne",
    )
    assert line["bij"] == ["behandelaar", "teamleider"]
    theirs = api.get(town.as_user("olga"), "/escalaties").json()["escalaties"]
    assert town.ref(town.as_user("olga"), case, "matchen") not in {one["ref"] for one in theirs}
    assert problem(api.get(town.as_user("sanne"), "/escalaties")) == (403, "alleen_teamleider")


def test_a_case_goes_to_a_worker_or_to_a_team_and_not_to_both(town: Town, api: Api) -> None:
    leader, case = town.as_user("ineke"), town.urgent_person()
    path = f"/dossiers/{town.ref(leader, case)}/toewijzingen"
    both = {"medewerker": "sanne", "team": "buurtteam", "reden": "verdeling"}
    assert wrong(api.post(leader, path, both)) == {"medewerker"}
    assert wrong(api.post(leader, path, {"reden": "verdeling"})) == {"medewerker"}
    assert api.post(leader, path, {"team": "buurtteam", "reden": "verdeling"}).status_code == 204
    assert town.row(case)["team"] == "buurtteam"


def test_a_restricted_case_is_unknown_to_others_and_open_to_who_is_named(town: Town, api: Api) -> None:
    leader, case = town.as_user("ineke"), town.urgent_person()
    ref, path = town.ref(leader, case), f"/dossiers/{town.ref(leader, case)}/afschermingen"
    body = {"reden": "collega", "medewerkers": ["sanne"]}
    assert api.post(leader, path, body).status_code == 204
    assert problem(api.post(leader, path, body)) == (409, "al_afgeschermd")
    hidden = api.get(town.as_user("tariq"), f"/dossiers/{ref}")
    nothing = api.get(town.as_user("tariq"), f"/dossiers/{UNKNOWN}")
    assert (hidden.status_code, hidden.content) == (nothing.status_code, nothing.content)
    assert api.get(town.as_user("sanne"), f"/dossiers/{ref}").status_code == 200
    assert problem(api.send(town.as_user("tariq"), "DELETE", path))[0] == 403
    assert api.send(leader, "DELETE", path).status_code == 204
    assert problem(api.send(leader, "DELETE", path)) == (409, "niet_afgeschermd")


@pytest.mark.parametrize(
    ("what", "body", "named"),
    [
        ("afschermingen", {"reden": CANARY, "medewerkers": ["sanne"]}, {"reden"}),
        ("afschermingen", {"reden": "collega", "medewerkers": []}, {"medewerkers"}),
        ("afschermingen", {"reden": "collega", "medewerkers": ["farid"]}, {"medewerkers"}),
        ("beschermingen", {"reden": CANARY}, {"reden"}),
        ("beschermingen", {"reden": "curatele", CANARY: 1}, {"*"}),
    ],
)
def test_wrong_input_is_named_by_its_field(
    town: Town, api: Api, what: str, body: dict[str, object], named: set[str]
) -> None:
    leader = town.as_user("ineke")
    ref = town.ref(leader, town.urgent_person())
    assert wrong(api.post(leader, f"/dossiers/{ref}/{what}", body)) == named


def test_who_knows_the_resident_says_so_once(town: Town, api: Api) -> None:
    asker = town.as_user("sanne")
    ref = town.give(town.urgent_person(), "sanne")
    path = f"/dossiers/{ref}/belangenconflicten"
    assert api.post(asker, path).status_code == 204
    refused = api.post(asker, path)
    assert problem(refused)[0] == 403
    assert [reason["voorwaarde"] for reason in refused.json()["redenen"]] == ["geen_belangenconflict"]


def test_a_protected_resident_is_social_works(town: Town, api: Api) -> None:
    case, olga = town.person(), town.as_user("olga")
    path = f"/dossiers/{town.ref(olga, case, 'matchen')}/beschermingen"
    assert api.post(olga, path, {"reden": "geheimhouding"}).status_code == 204
    assert town.state(case) == "sociaal_werk"
    assert problem(api.post(olga, path, {"reden": "curatele"})) == (409, "al_beschermd")


def test_the_card_of_a_help_request_comes_with_a_receipt(town: Town, api: Api) -> None:
    case, asker = town.help_request(), town.as_user("sanne")
    answer = api.get(asker, f"/hulpvragen/{town.ref(asker, case)}")
    assert answer.json()["overdracht"][0]["via"] == "callcenter"
    assert answer.headers["link"].endswith('rel="log-receipt"')
    assert town.written[case]["achternaam"] not in answer.text


def test_emergency_access_is_judged_over_the_api(town: Town, api: Api) -> None:
    ref = town.give(town.urgent_person(), "sanne")
    path = f"/dossiers/{ref}/noodtoegangen"
    assert wrong(api.post(town.as_user("tariq"), path, {"reden": CANARY})) == {"reden"}
    used = api.post(town.as_user("tariq"), path, {"reden": "acuut_gevaar"})
    assert (used.status_code, used.headers["cache-control"]) == (201, "no-store")
    assert "bedrag" not in used.text
    leader = town.as_user("ineke")
    (waits,) = api.get(leader, "/noodtoegangen").json()["noodtoegangen"]
    assert (waits["ref"], waits["medewerker"]) == (ref, "tariq")
    judged = f"/noodtoegangen/{waits['noodtoegangId']}/beoordelingen"
    assert api.post(leader, judged, {"oordeel": "terecht"}).status_code == 204
    assert problem(api.post(leader, judged, {"oordeel": "terecht"})) == (409, "al_beoordeeld")
    assert problem(api.get(town.as_user("sanne"), "/noodtoegangen")) == (403, "alleen_tweede_persoon")
