"""Who takes part: put on record once, each of it in the log, with no more access than there is a ground for."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import ECKey

from audit import query
from gateway.services.administration import Administration, operator
from gateway.store import parties
from gateway.store.change import Change
from schemas.audit import Act
from schemas.errors import Conflict, Denied, Invalid, NotFound
from schemas.ids import ClientId, PartyId, UserId
from schemas.parties import PartnerType, Party, PartyKind
from tests.support.installation import DESKS, PARTNERS, STAFF, TENANT, Town

BY = operator(TENANT)
BELTEAM = PartyId("belteam")


@pytest.fixture
def administration(town: Town) -> Administration:
    return Administration(town.house)


def ec_key(kid: str = "k1") -> dict[str, Any]:
    key = ECKey.import_key(ec.generate_private_key(ec.SECP256R1()), {"kid": kid, "alg": "ES256"})
    return dict(key.as_dict(private=True))


def rsa_key(bits: int) -> dict[str, str]:
    made = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key().public_numbers()
    modulus = urlsafe_b64encode(made.n.to_bytes(bits // 8, "big")).rstrip(b"=").decode()
    return {"kty": "RSA", "n": modulus, "e": "AQAB", "kid": "k1", "alg": "PS256"}


def stored_client(town: Town, client: str) -> dict[str, Any]:
    found = town.gateway.find_client(client)
    assert found is not None
    return found


def newcomer(**changes: Any) -> Party:
    values = {
        "tenant": TENANT,
        "party_id": PartyId("nieuw"),
        "kind": PartyKind.SIGNAALPARTNER,
        "name": "Nieuw",
        "number": "12345678",
        "partner_type": PartnerType.HUUR,
    }
    return Party(**(values | changes))


# --- Taking access away --------------------------------------------------------------------------------------------


@pytest.fixture
def clients(administration: Administration) -> Administration:
    """Two clients of the call center: one of its system, one of a member of staff."""
    administration.register_client(BY, BELTEAM, ClientId("belsysteem"), ["bellen"], ec_key())
    farid = UserId("farid")
    administration.register_client(BY, BELTEAM, ClientId("bel-farid"), ["bellen"], ec_key(), user=farid)
    return administration


def newest(town: Town) -> dict[str, Any]:
    with town.house.store.read() as connection:
        (line,) = query.lines(connection, query.Slice(tenant=TENANT), 1)
    return line.entry


def test_an_ended_client_is_refused_everywhere_at_once(town: Town, clients: Administration) -> None:
    clients.end_client(BY, ClientId("belsysteem"))
    assert town.gateway.find_client("belsysteem") is None
    assert town.house.ended == {"belsysteem"}
    assert newest(town)["act"] == "client.ended"
    assert town.gateway.find_client("bel-farid") is not None


def test_the_clients_of_an_ended_member_of_staff_end_with_him(town: Town, clients: Administration) -> None:
    clients.end_user(BY, UserId("farid"))
    assert town.gateway.find_client("bel-farid") is None
    assert town.house.ended == {"bel-farid"}
    assert newest(town)["act"] == "user.ended"
    assert town.gateway.find_client("belsysteem") is not None


def test_who_has_no_access_cannot_lose_it_and_the_log_stays_silent(
    town: Town, clients: Administration
) -> None:
    clients.end_client(BY, ClientId("belsysteem"))
    clients.end_user(BY, UserId("farid"))
    before = newest(town)
    for client in ("belsysteem", "nobody"):
        with pytest.raises(NotFound):
            clients.end_client(BY, ClientId(client))
    for user in ("farid", "nobody"):
        with pytest.raises(NotFound):
            clients.end_user(BY, UserId(user))
    assert newest(town) == before


def test_access_that_was_taken_away_stays_away_after_a_restart(town: Town, clients: Administration) -> None:
    clients.end_client(BY, ClientId("belsysteem"))
    clients.end_user(BY, UserId("farid"))
    town.close()
    again = Town(town.house.settings, town.clock)
    assert again.house.ended == {"belsysteem", "bel-farid"}
    again.close()


def test_staff_and_clients_of_a_party_are_listed_also_when_they_ended(clients: Administration) -> None:
    clients.end_user(BY, UserId("farid"))
    users, systems = clients.members(TENANT, BELTEAM)
    assert {row["user_id"]: row["active"] for row in users} == {"farid": False, "noor": True, "vera": True}
    assert [row["client_id"] for row in systems] == ["bel-farid", "belsysteem"]
    with pytest.raises(NotFound):
        clients.members(TENANT, PartyId("nobody"))


# --- Registering ---------------------------------------------------------------------------------------------------


def test_a_party_is_found_as_it_was_registered(administration: Administration) -> None:
    party = newcomer(column_map="woonlasten", bsn_policy="refuse", forbidden_columns="strip")
    administration.register_party(BY, party)
    assert administration.party(TENANT, party.party_id) == party


def test_all_parties_are_listed_by_id(administration: Administration) -> None:
    listed = [party.party_id for party in administration.parties(TENANT)]
    assert listed == sorted(listed)
    assert set(listed) >= {*PARTNERS, *DESKS.values()}


def test_a_party_that_is_not_there_is_not_found(administration: Administration) -> None:
    with pytest.raises(NotFound):
        administration.party(TENANT, PartyId("weg"))


def test_an_id_is_given_once(town: Town, administration: Administration) -> None:
    administration.register_party(BY, newcomer())
    before = town.log()
    with pytest.raises(Conflict):
        administration.register_party(BY, newcomer(name="Een ander"))
    with pytest.raises(Conflict):
        administration.register_user(BY, BELTEAM, UserId("farid"), "beller")
    assert administration.party(TENANT, PartyId("nieuw")).name == "Nieuw"
    assert town.log() == before


def test_every_registration_is_in_the_log(town: Town, administration: Administration) -> None:
    size = len(town.log())
    administration.register_party(BY, newcomer())
    administration.register_user(BY, PartyId("belteam"), UserId("nieuwe-beller"), "beller")
    administration.register_client(BY, BELTEAM, ClientId("c1"), ["bellen"], ec_key())
    told = [(entry["act"], entry["pur"]) for entry in town.log()[size:]]
    acts = (Act.PARTY_REGISTERED, Act.USER_REGISTERED, Act.CLIENT_REGISTERED)
    assert told == [(act, "beheren") for act in acts]


def test_a_member_of_staff_needs_a_party(administration: Administration) -> None:
    with pytest.raises(NotFound):
        administration.register_user(BY, PartyId("weg"), UserId("wie"), "beller")


def test_only_the_public_members_of_a_key_are_kept(town: Town, administration: Administration) -> None:
    key = ec_key()
    administration.register_client(BY, BELTEAM, ClientId("c1"), ["bellen"], key, user=UserId("farid"))
    row = stored_client(town, "c1")
    assert "d" not in json.loads(row["jwk"])
    assert (row["kind"], row["user_id"], row["purposes"]) == ("callcenter", "farid", "bellen")
    found = b"".join(path.read_bytes() for path in town.house.settings.home.rglob("*") if path.is_file())
    assert key["d"].encode() not in found


def test_a_weak_key_is_refused(administration: Administration) -> None:
    with pytest.raises(Invalid):
        administration.register_client(BY, BELTEAM, ClientId("c1"), ["bellen"], rsa_key(1024))
    administration.register_client(BY, BELTEAM, ClientId("c1"), ["bellen"], rsa_key(2048))


@pytest.mark.parametrize("jwk", [{}, {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "EC"}])
def test_what_is_no_public_key_is_refused(administration: Administration, jwk: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        administration.register_client(BY, BELTEAM, ClientId("c1"), ["bellen"], jwk)


def test_a_client_gets_no_purpose_that_its_party_has_no_ground_for(administration: Administration) -> None:
    for purposes in (["hulpverlenen"], ["bellen", "matchen"], ["alles"]):
        with pytest.raises(Denied):
            administration.register_client(BY, BELTEAM, ClientId("c1"), purposes, ec_key())


def test_a_client_of_a_person_belongs_to_the_party_of_that_person(administration: Administration) -> None:
    with pytest.raises(NotFound):
        administration.register_client(
            BY, BELTEAM, ClientId("c1"), ["bellen"], ec_key(), user=UserId("sanne")
        )
    assert STAFF["sanne"][0] != BELTEAM


def test_a_client_needs_a_party(administration: Administration) -> None:
    with pytest.raises(NotFound):
        administration.register_client(BY, PartyId("weg"), ClientId("c1"), ["bellen"], ec_key())


def test_a_client_id_is_given_once(administration: Administration) -> None:
    administration.register_client(BY, BELTEAM, ClientId("c1"), ["bellen"], ec_key())
    with pytest.raises(Conflict):
        administration.register_client(BY, BELTEAM, ClientId("c1"), ["bellen"], ec_key())


def test_a_client_that_lost_its_access_is_gone(town: Town, administration: Administration) -> None:
    administration.register_client(BY, BELTEAM, ClientId("c1"), ["bellen"], ec_key())
    town.house.store.commit(Change((parties.end_client(TENANT, "c1"),)))
    assert town.gateway.find_client("c1") is None


def test_the_operator_is_nobody_in_particular_and_may_only_manage() -> None:
    assert (BY.kind, BY.user, BY.purposes) == (PartyKind.BEHEER, None, {"beheren"})
