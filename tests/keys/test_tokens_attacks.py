"""Every attack on a token ends in the same refusal, for access tokens and for client assertions."""

import json
from collections.abc import Callable

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from keys.client_keys import client_key, public_jwk
from schemas.errors import Denied, Unauthenticated
from tests.support.forgeries import Good, insiders, outsiders, public_encodings
from tests.support.tokens import NOW, Authority, client_jwk, client_row, good_assertion, good_token

AUTHORITY = Authority()
CASES = {
    "token": [*outsiders(good_token(AUTHORITY)), *insiders(good_token(AUTHORITY))],
    "assertion": [*outsiders(good_assertion(AUTHORITY)), *insiders(good_assertion(AUTHORITY))],
}
NAMED = [
    pytest.param(kind, text, id=f"{kind}: {name}") for kind, cases in CASES.items() for name, text in cases
]


def verifier(kind: str) -> Callable[[str], object]:
    authority = Authority()
    return authority.service.verify if kind == "token" else authority.service.authenticate


@pytest.mark.parametrize(("kind", "text"), NAMED)
def test_no_forged_or_malformed_token_holds(kind: str, text: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        verifier(kind)(text)
    assert str(refusal.value) == Unauthenticated.title
    assert refusal.value.code == Unauthenticated.code
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("kind", ["token", "assertion"])
def test_the_token_that_the_attacks_start_from_holds(kind: str) -> None:
    good: Callable[[Authority], Good] = good_token if kind == "token" else good_assertion
    assert verifier(kind)(good(AUTHORITY).token)


def test_the_list_has_every_family_of_attack() -> None:
    assert len(public_encodings(ECKey.generate_key("P-256"))) == 11
    assert all(len(cases) >= 150 for cases in CASES.values())
    assert all(len({name for name, _ in cases}) == len(cases) for cases in CASES.values())


def test_a_forged_token_is_refused_again_after_a_good_one_was_remembered() -> None:
    authority = Authority()
    good = good_token(authority).token
    authority.service.verify(good)
    for text in (good + "=", good[:-1] + ("A" if good[-1] != "A" else "B"), good.upper()):
        with pytest.raises(Unauthenticated):
            authority.service.verify(text)


def test_a_key_serves_only_the_algorithm_it_was_registered_with() -> None:
    authority = Authority()
    jwk = client_jwk("corporatie", "PS256")
    found = [client_key(public_jwk(jwk), rs256=True)]
    claims = json.dumps(authority.claims())
    private = RSAKey.import_key({k: v for k, v in jwk.items() if k not in {"kid", "alg"}})
    for alg, holds in (("PS256", True), ("RS256", False), ("PS384", False), ("RS512", False)):
        token = jws.serialize_compact({"alg": alg, "kid": jwk["kid"]}, claims, private, [alg])
        if holds:
            assert authority.assertions.verify(token, lambda _: found).client_id == "corporatie"
        else:
            with pytest.raises(Unauthenticated):
                authority.assertions.verify(token, lambda _: found)


def test_a_key_of_another_client_does_not_speak_for_this_one() -> None:
    authority = Authority()
    authority.clients["energie"] = client_row("energie", party_id="energie")
    stranger = client_jwk("energie")
    good = good_assertion(authority)
    private = ECKey.import_key({k: v for k, v in stranger.items() if k not in {"kid", "alg"}})
    for kid in (stranger["kid"], good.header["kid"]):
        forged = Good(good.head(kid=kid), good.claims, private, "at+jwt").token
        with pytest.raises(Unauthenticated):
            authority.service.authenticate(forged)


def test_an_assertion_works_once() -> None:
    authority = Authority()
    assertion = authority.assertion()
    client = authority.service.authenticate(assertion)
    assert authority.service.issue(client, None)
    with pytest.raises(Unauthenticated):
        authority.service.authenticate(assertion)


def test_of_two_that_come_with_one_assertion_at_the_same_time_one_gets_a_token() -> None:
    authority = Authority()
    assertion = authority.assertion()
    both = [authority.service.authenticate(assertion) for _ in range(2)]
    assert authority.service.issue(both[0], None)
    with pytest.raises(Unauthenticated):
        authority.service.issue(both[1], None)


def test_asking_too_much_uses_an_assertion_up() -> None:
    authority = Authority()
    assertion = authority.assertion()
    with pytest.raises(Denied):
        authority.service.issue(authority.service.authenticate(assertion), ["bellen"])
    with pytest.raises(Unauthenticated):
        authority.service.authenticate(assertion)


def test_an_assertion_does_not_prove_another_name_beside_it() -> None:
    authority = Authority()
    assertion = authority.assertion()
    with pytest.raises(Unauthenticated):
        authority.service.authenticate(assertion, "energie")
    assert authority.told.said == [("refused", "corporatie")]
    assert authority.service.authenticate(assertion, "corporatie")


def test_a_refused_assertion_uses_nothing_up() -> None:
    authority = Authority()
    with pytest.raises(Unauthenticated):
        authority.service.authenticate(authority.assertion(aud="https://evil.example"))
    assert authority.told.used == set()


def test_an_access_token_is_no_assertion_and_an_assertion_no_access_token() -> None:
    authority = Authority()
    with pytest.raises(Unauthenticated):
        authority.service.authenticate(authority.bearer())
    with pytest.raises(Unauthenticated):
        authority.service.verify(authority.assertion())


def test_a_remembered_token_ends_on_its_second() -> None:
    authority = Authority()
    bearer = authority.bearer()
    assert authority.service.verify(bearer)
    authority.now = NOW + 299
    assert authority.service.verify(bearer)
    authority.now = NOW + 300
    with pytest.raises(Unauthenticated):
        authority.service.verify(bearer)


def test_a_stranger_and_a_wrong_signature_get_the_same_answer() -> None:
    authority = Authority()
    unknown = authority.assertion("onbekend")
    broken = authority.assertion()[:-6] + "AAAAAA"
    texts = set()
    for assertion in (unknown, broken):
        with pytest.raises(Unauthenticated) as refusal:
            authority.service.authenticate(assertion)
        texts.add((str(refusal.value), refusal.value.code))
    assert len(texts) == 1
