"""Law: deny by default. Every operation × every kind of party stands here; a new operation without a row fails."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.app import create_app
from schemas.parties import PartyKind
from tests.adversary.catalogue import RECIPES
from tests.support.service import Service, staff

P = PartyKind
COLUMNS = (
    P.SIGNAALPARTNER,
    P.MATCHING,
    P.VERRIJKING,
    P.CALLCENTER,
    P.SOCIAAL_WERK,
    P.BRIEFDIENST,
    P.MELDPUNT,
    P.CRISISTEAM,
    P.PRIVACY_OFFICER,
    P.WOO,
    P.MANAGEMENT,
    P.CBS,
    P.BETROKKENE,
    P.BEHEER,
    P.SCHULDHULP,
)
# + may use it: a good request succeeds · - kept out at the door: 403 for want of the purpose, whatever is asked
# o any purpose may ask: another party's reference is refused as if nobody had it, and a no of the policy says why
#                                              SP MA VR CC SW BD MB CT PO WO MG CB IN BE SH
MATRIX = """
POST   /leveringen                              + - - - - - - - - - - - - - -
GET    /leveringen/{ref}                        + - - - - - - - - - - - - - -
GET    /leveringen/{ref}/signalen               + - - - - - - - - - - - - - -
POST   /leveringen/{ref}/intrekkingen           + - - - - - - - - - - - - - -
GET    /terugkoppelingen                        + - - - - - - - - - - - - - -
GET    /kwaliteitskaarten                       + - - - - - - - - - + - - - -
POST   /matchrondes                             - + - - - - - - - - - - - - -
GET    /koppelvoorstellen                       - + - - - - - - - - - - - - -
GET    /koppelvoorstellen/{ref}                 - + - - - - - - - - - - - - -
POST   /koppelvoorstellen/{ref}/beoordelingen   - + - - - - - - - - - - - - -
GET    /matchrondes/{ref}/koppelingen           - + - - - - - - - - - - - - -
GET    /dossiers/{ref}/koppelingen              - + - - - - - - - - - - - - -
GET    /koppelingen/{ref}                       - + - - - - - - - - - - - - -
DELETE /koppelingen/{ref}                       - + - - - - - - - - - - - - -
POST   /maandafsluitingen                       - + - - - - - - - - - - - - -
GET    /maandafsluitingen/{ref}                 - + - - - - - - - - - - - - -
GET    /maandafsluitingen/{ref}/dossiers        - + - - - - - - - - - - - - -
POST   /maandafsluitingen/{ref}/bevestigingen   - + - - - - - - - - - - - - -
POST   /maandafsluitingen/{ref}/uitvoeringen    - + - - - - - - - - - - - - -
POST   /maandafsluitingen/{ref}/herroepingen    - + - - - - - - - - - - - - -
POST   /belrecords/_lease                       - - - + - - - - - - - - - - -
POST   /belrecords/{ref}/verificaties           - - - + - - - - - - - - - - -
POST   /belrecords/{ref}/belresultaten          - - - + - - - - - - - - - - -
POST   /belrecords/{ref}/belangenconflicten     - - - + - - - - - - - - - - -
POST   /belresultaten                           - - - + - - - - - - - - - - -
DELETE /belrecords/{ref}                        - - - + - - - - - - - - - - -
POST   /terugbellers/_zoek                      - - - + - - - - - - - - - - -
GET    /terugroepingen                          - - - + - - - - - - - - - - -
GET    /belscripts/{ref}                        - - - + - - - - - - - - - - -
GET    /belmaand                                - - - + - - - - - - - - - - -
GET    /tipkaarten                              - - - + - - - - - - - - - - -
GET    /tipkaarten/{ref}                        - - - + - - - - - - - - - - -
GET    /dossiers                                - - - - + - - - - - - - - - -
GET    /dossiers/{ref}                          - - - - + - - - - - - - - - -
GET    /dossiers/{ref}/weergaven/{doel}         o + o o + o o o o o o o o o o
GET    /werkvoorraden                           - - - - + - - - - - - - - - -
POST   /dossiers/{ref}/toewijzingen             - + - - + - - - - - - - - - -
DELETE /dossiers/{ref}/toewijzingen             - + - - + - - - - - - - - - -
POST   /afwezigheden                            - + - - + - - - - - - - - - -
GET    /escalaties                              - + - - + - - - - - - - - - -
POST   /dossiers/{ref}/afschermingen            - + - - + - - - - - - - - - -
DELETE /dossiers/{ref}/afschermingen            - + - - + - - - - - - - - - -
POST   /dossiers/{ref}/beschermingen            - + - - + - - - - - - - - - -
POST   /dossiers/{ref}/noodtoegangen            - - - - + - - - - - - - - - -
GET    /noodtoegangen                           - - - - + - - - + - - - - - -
POST   /noodtoegangen/{ref}/beoordelingen       - - - - + - - - + - - - - - -
POST   /dossiers/{ref}/belangenconflicten       - - - - + - - - - - - - - - -
GET    /hulpvragen/{ref}                        - - - - + - - - - - - - - - -
GET    /hulpvragen                              - - - - + - - - - - - - - - -
POST   /hulpvragen/{ref}/overnames              - - - - + - - - - - - - - - -
POST   /dossiers/{ref}/hulpvragen               - - - - + - - - - - - - - - -
POST   /dossiers/{ref}/eerste-gesprekken        - - - - + - - - - - - - - - -
POST   /dossiers/{ref}/uitkomsten               - - - - + - - - - - - - - - -
POST   /dossiers/{ref}/huisbezoeken             - - - - + - - - - - - - - - -
POST   /dossiers/{ref}/huisbezoeken/uitkomsten  - - - - + - - - - - - - - - -
POST   /dossierberichten                        - - - - + - - - - - - - - - -
POST   /bezorgingen                             - - - - - - - - - - - - - + -
POST   /rekeningen                              - + - - - - - - - - + - - - -
GET    /belbudget                               - + - - - - - - - - + - - - -
POST   /maandrapportages                        - - - - - - - - - - + - - - -
GET    /maandrapportages/{maand}                - - - - - - - - - + + - - - -
POST   /briefopdrachten                         - + - - + - - - - - - - - - -
GET    /briefopdrachten                         - - - - - + - - - - - - - - -
GET    /briefopdrachten/{ref}/adressen          - - - - - + - - - - - - - - -
POST   /briefopdrachten/{ref}/verzendingen      - - - - - + - - - - - - - - -
POST   /briefopdrachten/{ref}/retouren          - - - - - + - - - - - - - - -
POST   /bewaarbesluiten                         - - - - - - - - + - - - - - -
POST   /bewaarplannen                           - - - - - - - - + - - - - - -
POST   /bewaarplannen/{ref}/uitvoeringen        - - - - - - - - + - - - - - -
GET    /vernietigingsverklaringen/{ref}         - - - - - - - - + - - - - - -
POST   /dossiers/{ref}/bewaarplichten           - - - - - - - - + - - - - - -
GET    /dossiers/{ref}/bewaarplichten           - - - - - - - - + - - - - - -
DELETE /bewaarplichten/{ref}                    - - - - - - - - + - - - - - -
GET    /incidenten                              - - - - - - - - + - - - - - -
POST   /incidenten/{ref}/beoordelingen          - - - - - - - - + - - - - - -
GET    /logontvangsten/{jaar}/{index}           o o o + o o o o + o o o o o o
"""
ROWS: Mapping[str, Mapping[PartyKind, str]] = {
    " ".join(row.split()[:2]): dict(zip(COLUMNS, row.split()[2:], strict=True))
    for row in MATRIX.strip().splitlines()
}
PUBLIC = {
    "/v1/belcontroles",
    "/v1/openapi.json",
    "/v1/openapi/{partij}/{doel}.json",
    "/oauth/token",
    "/.well-known/jwks.json",
    "/.well-known/log-vkeys",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/proofs-jwks.json",
    "/gezondheid/leeft",
    "/gezondheid/klaar",
}
"""What answers without a token: tokens themselves, keys, metadata, contracts, and whether the service lives; and to a
resident, whether it was the municipality that called."""
FOR_EVERYBODY = {"POST /belcontroles"}
"""The operations of the contract among them."""


def operations(contract: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in contract["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_of_the_running_service_has_a_row_and_a_recipe(service: Service) -> None:
    served = set(operations(service.http.get(f"{service.api}/openapi.json").json()))
    assert served == set(ROWS) | FOR_EVERYBODY
    assert set(RECIPES) == set(ROWS)
    assert {op: {kind for kind, cell in row.items() if cell == "+"} for op, row in ROWS.items()} == {
        op: set(recipes) for op, recipes in RECIPES.items()
    }


def test_nothing_else_answers_and_what_is_public_stands_here(service: Service) -> None:
    split: Any = create_app(service.stage.gateway, service.stage.origin)._app
    api = {f"/v1{route.path}" for route in split._api.router.routes}
    beside = {route.path for route in split._rest.routes}
    listed = {f"/v1{operation.split()[1]}" for operation in ROWS}
    assert (api | beside) - listed == PUBLIC


@pytest.mark.parametrize(
    ("operation", "kind"),
    [(op, kind) for op, row in ROWS.items() for kind in row if row[kind] == "+"],
    ids=str,
)
def test_only_who_the_matrix_lets_in_gets_in_and_the_others_leave_no_trace(
    service: Service, operation: str, kind: PartyKind
) -> None:
    """Everybody else tries the very request first; that it still works after shows that they changed nothing."""
    method = operation.split(maxsplit=1)[0]
    call = RECIPES[operation][kind](service)
    rows = service.rows()
    stranger = service.http.request(method, service.api + call.path.removeprefix("/v1"))
    assert stranger.status_code == 401
    assert stranger.headers["www-authenticate"] == 'Bearer realm="sluis"'
    for other, cell in ROWS[operation].items():
        if cell == "+":
            continue
        refused = call.send(service, method, staff(other)[0])
        assert refused.headers["content-type"] == "application/problem+json"
        if cell == "-":
            assert (refused.status_code, refused.json()["type"]) == (403, "/problemen/doel_ontbreekt"), other
            assert [reason["voorwaarde"] for reason in refused.json()["redenen"]] == ["doel"]
        else:
            assert refused.status_code in {403, 404}, other
    assert service.rows() == rows
    assert call.send(service, method).is_success


@pytest.mark.parametrize("operation", [op for op in ROWS if "{" in op], ids=str)
def test_a_reference_that_was_never_given_out_shows_nothing(service: Service, operation: str) -> None:
    method, template = operation.split()
    kind = next(iter(RECIPES[operation]))
    call = RECIPES[operation][kind](service)
    used = call.path.removeprefix("/v1").split("/")
    place = next(name for name in ("{index}", "{maand}", "{ref}") if name in template)
    at = template.split("/").index(place)
    used[at] = {"{index}": "999999999", "{maand}": "2020-01"}.get(place) or _unknown(used[at])
    rows = service.rows()
    wrong = type(call)(call.client, "/".join(used), call.body, call.content, call.headers)
    assert wrong.send(service, method).status_code == (403 if "{doel}" in template else 404)
    assert service.rows() == rows


def _unknown(ref: str) -> str:
    """Give a reference of the same form; of a spoken code the check symbol is kept, so that it may even be right."""
    return "f" * 32 if len(ref) == 32 else "0000-0000-0"


OTHERS = {"woonstichting": "zorgverzekeraar"}
"""Two clients of one kind that belong to different parties: what is one's own is not found by the other."""


@pytest.mark.parametrize("operation", [op for op in ROWS if op.split()[1].startswith("/leveringen/{ref}")])
def test_what_belongs_to_one_partner_is_not_found_by_another(service: Service, operation: str) -> None:
    method = operation.split(maxsplit=1)[0]
    call = RECIPES[operation][P.SIGNAALPARTNER](service)
    rows = service.rows()
    assert call.send(service, method, OTHERS[call.client]).status_code == 404
    assert service.rows() == rows


@pytest.mark.parametrize("operation", [op for op in ROWS if op.split()[1].startswith("/belrecords/{ref}")])
def test_a_dial_record_in_one_agents_hands_is_not_found_by_a_colleague(
    service: Service, operation: str
) -> None:
    method = operation.split(maxsplit=1)[0]
    call = RECIPES[operation][P.CALLCENTER](service)
    rows = service.rows()
    assert call.send(service, method, "bel-dina").status_code == 404
    assert service.rows() == rows
    assert call.send(service, method).is_success


@pytest.mark.parametrize(
    "operation",
    [
        "GET /dossiers/{ref}",
        "POST /dossiers/{ref}/belangenconflicten",
        "POST /dossiers/{ref}/eerste-gesprekken",
        "POST /dossiers/{ref}/hulpvragen",
        "POST /dossiers/{ref}/huisbezoeken",
        "POST /dossiers/{ref}/huisbezoeken/uitkomsten",
        "POST /dossiers/{ref}/uitkomsten",
    ],
)
def test_a_case_on_ones_own_name_is_not_a_colleagues_to_work_on(service: Service, operation: str) -> None:
    method = operation.split(maxsplit=1)[0]
    call = RECIPES[operation][P.SOCIAAL_WERK](service)
    rows, before = service.rows(), service.size()
    refused = call.send(service, method, "sw-greet")
    assert refused.status_code == 403
    assert refused.json()["redenen"]
    assert service.rows() == rows
    assert [entry["dec"] for entry in service.log(before)] == ["deny"]
    assert call.send(service, method).is_success
