"""What our tokens say and what a client's key must be."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jose import jwt as independent
from joserfc.jwk import ECKey

from keys.client_keys import Algorithm, client_key, new_client_jwk, public_jwk
from keys.jose_parser import MAX_CHARS, read
from keys.tokens import AccessTokens, TokenKeys
from schemas.errors import Denied, Invalid, Unauthenticated
from schemas.parties import PartyKind
from tests.support.forgeries import b64
from tests.support.tokens import (
    ISSUER,
    NOW,
    TOKEN_ENDPOINT,
    Authority,
    client_jwk,
    client_row,
    good_assertion,
    token_keys,
)


def test_a_token_says_who_for_whom_and_what_for() -> None:
    principal = Authority().service.verify(Authority().bearer("bellen", "terugkoppelen", kind="callcenter"))
    assert (principal.tenant, principal.party, principal.client) == ("GM0637", "woonstichting", "corporatie")
    assert principal.kind is PartyKind.CALLCENTER
    assert principal.purposes == {"bellen", "terugkoppelen"}
    assert principal.user is None
    assert len(principal.token) == 22


def test_a_token_of_a_member_of_staff_names_the_person() -> None:
    authority = Authority(clients={"desk": client_row("desk", user_id="m.jansen", kind="sociaal_werk")})
    client = authority.service.authenticate(authority.assertion("desk"))
    answer = authority.service.issue(client, None)
    assert authority.service.verify(str(answer["access_token"])).actor == "m.jansen"


def test_the_answer_with_a_token_is_that_of_rfc_6749() -> None:
    authority = Authority()
    client = authority.service.authenticate(authority.assertion())
    answer = authority.service.issue(client, ["terugkoppelen"])
    assert answer.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 300, "terugkoppelen")


def test_a_client_gets_no_purpose_that_it_does_not_have() -> None:
    authority = Authority(clients={"corporatie": client_row(), "leeg": client_row("leeg", purposes="")})
    for scope in (["bellen"], ["aanleveren", "bellen"], [], [""]):
        client = authority.service.authenticate(authority.assertion())
        with pytest.raises(Denied):
            authority.service.issue(client, scope)
    with pytest.raises(Denied):
        authority.service.issue(authority.service.authenticate(authority.assertion("leeg")), None)


def test_an_independent_library_verifies_our_tokens_with_our_published_keys() -> None:
    authority = Authority()
    published = {key["kid"]: key for key in authority.service.jwks()["keys"]}
    bearer = authority.bearer()
    header = independent.get_unverified_header(bearer)
    assert header == {"alg": "ES256", "kid": header["kid"], "typ": "at+jwt"}
    options = {"verify_exp": False, "require_aud": True, "require_iss": True}
    claims = independent.decode(
        bearer,
        published[header["kid"]],
        algorithms=["ES256"],
        audience=ISSUER,
        issuer=ISSUER,
        options=options,
    )
    assert (claims["sub"], claims["client_id"], claims["azp"]) == ("corporatie",) * 3
    assert (claims["iat"], claims["exp"], claims["ver"]) == (NOW, NOW + 300, 1)


def test_the_published_keys_hold_nothing_private() -> None:
    keys = Authority().service.jwks()["keys"]
    assert len(keys) == 2
    assert all(key.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"} for key in keys)
    assert all(key["kid"] == ECKey.import_key(dict(key)).thumbprint() for key in keys)


def test_after_a_change_of_keys_old_tokens_live_out_their_time() -> None:
    old, new = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    access = AccessTokens(lambda: TokenKeys(old), ISSUER, lambda: NOW)
    parties = {"tenant": "GM0637", "party": "x", "kind": "cbs", "user": None, "scope": ["statistiek"]}
    token = access.issue(client_id="cbs", **parties)  # type: ignore[arg-type]
    after = AccessTokens(lambda: TokenKeys(new, [old]), ISSUER, lambda: NOW)
    assert after.verify(token).client_id == "cbs"
    gone = AccessTokens(lambda: TokenKeys(new), ISSUER, lambda: NOW)
    with pytest.raises(Unauthenticated):
        gone.verify(token)


def test_signing_keys_come_from_the_key_ring_as_pkcs8() -> None:
    key = ECKey.generate_key("P-256")
    assert TokenKeys.from_pkcs8(key.as_der(private=True)).kid == key.thumbprint()
    assert TokenKeys.from_pkcs8(key.as_pem(private=True), [key.as_der(private=True)]).kid == key.thumbprint()


@pytest.mark.parametrize("audience", [ISSUER, TOKEN_ENDPOINT])
@pytest.mark.parametrize("alg", ["ES256", "PS256", "RS256"])
def test_each_allowed_algorithm_and_audience_is_taken(alg: Algorithm, audience: str) -> None:
    row = client_row(jwk=json.dumps(public_jwk(client_jwk("corporatie", alg))), allow_rs256=alg == "RS256")
    authority = Authority(clients={"corporatie": row})
    assert authority.service.authenticate(authority.assertion(alg=alg, aud=audience)).party == "woonstichting"


def test_a_client_may_have_two_keys_while_it_changes_them() -> None:
    both = {"keys": [public_jwk(client_jwk("corporatie", alg)) for alg in ("ES256", "PS256")]}  # type: ignore[arg-type]
    authority = Authority(clients={"corporatie": client_row(jwk=json.dumps(both))})
    assert authority.service.authenticate(authority.assertion())
    assert authority.service.authenticate(authority.assertion(alg="PS256"))


@pytest.mark.parametrize("typ", ["JWT", "client-authentication+jwt"])
def test_an_assertion_may_say_what_it_is(typ: str) -> None:
    authority = Authority()
    good = good_assertion(authority)
    assert authority.service.authenticate(type(good)(good.head(typ=typ), good.claims, good.key, "").token)


def test_a_clock_that_is_a_little_ahead_does_no_harm() -> None:
    authority = Authority()
    assert authority.service.authenticate(authority.assertion(iat=NOW + 5, nbf=NOW + 5, exp=NOW + 60))


def test_rs256_is_only_for_clients_that_were_allowed_it() -> None:
    jwk = public_jwk(client_jwk("corporatie", "RS256"))
    assert client_key(jwk, rs256=True).alg == "RS256"
    with pytest.raises(Invalid):
        client_key(jwk)


def _weak_keys() -> dict[str, dict[str, object]]:
    good = public_jwk(client_jwk())
    rsa = public_jwk(client_jwk("corporatie", "PS256"))
    p384 = ECKey.generate_key("P-384").as_dict(private=False)
    return {
        "small RSA": rsa | {"n": b64(b"\xff" * 128)},
        "exponent one": rsa | {"e": "AQ"},
        "exponent three": rsa | {"e": "Aw"},
        "even exponent": rsa | {"e": "AQAA"},
        "giant RSA": rsa | {"n": b64(b"\xff" * 2048)},
        "another curve": {**p384, "alg": "ES256", "kid": "a"},
        "point not on the curve": good | {"y": good["x"]},
        "point zero": good | {"x": "AA", "y": "AA"},
        "secret": {"kty": "oct", "k": "AAAA", "alg": "HS256", "kid": "a"},
        "secret as ES256": {"kty": "oct", "k": "AAAA", "alg": "ES256", "kid": "a"},
        "none": good | {"alg": "none"},
        "no alg": {name: value for name, value in good.items() if name != "alg"},
        "no kid": {name: value for name, value in good.items() if name != "kid"},
        "empty kid": good | {"kid": ""},
        "kid a number": good | {"kid": 1},
        "EC key for PS256": good | {"alg": "PS256"},
        "RSA key for ES256": rsa | {"alg": "ES256"},
        "no x": {name: value for name, value in good.items() if name != "x"},
        "x not base64": good | {"x": "!"},
    }


@pytest.mark.parametrize("name", _weak_keys())
def test_a_weak_or_mislabelled_key_is_not_registered(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        client_key(_weak_keys()[name])
    assert refusal.value.code == "sleutel_ongeldig"


def test_registering_leaves_the_private_part_behind() -> None:
    for alg in ("ES256", "PS256"):
        jwk = new_client_jwk(alg)  # type: ignore[arg-type]
        assert {"d", "p", "q", "dp", "dq", "qi"}.isdisjoint(public_jwk(jwk))
        assert not client_key(jwk).key.is_private


@given(st.text(max_size=300) | st.binary(max_size=200).map(b64))
def test_no_text_makes_the_reader_fail_in_another_way(text: str) -> None:
    with pytest.raises(Unauthenticated):
        read(text, {None})
    with pytest.raises(Unauthenticated):
        read(f"{text}.{text}.{text}", {None})


@given(st.binary(max_size=120), st.binary(max_size=120))
def test_no_bytes_in_the_right_shape_make_the_reader_fail_in_another_way(
    header: bytes, payload: bytes
) -> None:
    with pytest.raises(Unauthenticated):
        read(f"{b64(header)}.{b64(payload)}.AAAA", {None})


HEAD, BODY = b64(b'{"alg":"ES256","kid":"a"}'), b64(b"{}")


def test_the_reader_itself_takes_one_spelling_only() -> None:
    assert read(f"{HEAD}.{BODY}.AAAA", {None}).kid == "a"
    digits, null_type = b64(b'{"x":12345678901234567}'), b64(b'{"alg":"ES256","kid":"a","typ":null}')
    filler = b64(b'{"x":"' + b"a" * MAX_CHARS + b'"}')
    for text in (
        f"{HEAD}.{BODY}.AAAB=",
        f"{HEAD}.{BODY}.AB",  # the last four bits of B are thrown away: AA is the same byte
        f"{HEAD}.{BODY}.A",
        f"{HEAD}.{BODY}.AAAA\n",
        f"{HEAD}.{BODY}.AAAA.AAAA",
        f"{HEAD}.{filler}.AAAA",
        f"{HEAD}.{digits}.AAAA",
        f"{null_type}.{BODY}.AAAA",
    ):
        with pytest.raises(Unauthenticated):
            read(text, {None})


def test_the_signing_keys_are_asked_for_at_every_use() -> None:
    asked: list[int] = []

    def keys() -> TokenKeys:
        asked.append(1)
        return token_keys()

    access = AccessTokens(keys, ISSUER, lambda: NOW)
    token = access.issue(
        client_id="a", tenant="GM0637", party="b", kind="cbs", user=None, scope=["statistiek"]
    )
    access.verify(token)
    access.verify(token)
    assert len(asked) == 2


def test_the_server_process_never_loads_ecdsa_or_another_jose_library() -> None:
    code = (
        "import sys, gateway.services.tokens, gateway.api.frame, gateway.api.oauth, gateway.api.wellknown\n"
        "print([name for name in ('ecdsa', 'jose', 'jwt', 'authlib.jose') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
