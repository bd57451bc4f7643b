"""Forged and malformed tokens: the attack list of JOSE, made from one good token.

*Outsiders* do not hold the key. *Insiders* do: their signature is right and what they signed is not. A case is a name
and the text that somebody sends.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jwe, jws
from joserfc.jwk import ECKey, RSAKey

Case = tuple[str, str]

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_OWN = ECKey.generate_key("P-256")
_RSA = RSAKey.generate_key(2048)


def b64(raw: bytes) -> str:
    """Encode as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def text(value: Any) -> bytes:
    """Write JSON as bytes; bytes are left as they are."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def signed(header: Any, payload: Any, key: ECKey) -> str:
    """Sign whatever it is with ES256, without a library that would mind."""
    head = f"{b64(text(header))}.{b64(text(payload))}"
    private = key.private_key
    assert private is not None
    r, s = decode_dss_signature(private.sign(head.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{head}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


@dataclass(frozen=True)
class Good:
    """A token that holds: what the forgeries start from. ``other_type`` is the ``typ`` of another kind of token."""

    header: dict[str, Any]
    claims: dict[str, Any]
    key: ECKey
    other_type: str

    @property
    def token(self) -> str:
        """The token itself."""
        return signed(self.header, self.claims, self.key)

    def head(self, **changes: Any) -> dict[str, Any]:
        """The header with changes."""
        return self.header | changes

    def with_claims(self, **changes: Any) -> str:
        """A token of an insider; a change to None leaves the claim out."""
        claims = {name: value for name, value in (self.claims | changes).items() if value is not None}
        return signed(self.header, claims, self.key)


def outsiders(good: Good) -> Iterator[Case]:
    """Every case of somebody without the key."""
    yield from _unsigned(good)
    yield from _mac_with_public_key(good)
    yield from _relabelled(good)
    yield from _psychic(good)
    yield from _chosen_key_id(good)
    yield from _brought_key(good)
    yield from _encrypted(good)
    yield from _other_writing(good)


def insiders(good: Good) -> Iterator[Case]:
    """Every case of somebody who holds the key and signs what a token may not say."""
    yield from _headers(good)
    yield from _wrong_json(good)
    yield from _audiences(good)
    yield from _times(good)
    yield from _identities(good)


def _unsigned(good: Good) -> Iterator[Case]:
    _, payload, signature = good.token.split(".")
    for alg in ("none", "None", "NONE", "nOnE", "", " none"):
        head = b64(text(good.head(alg=alg)))
        yield f"alg {alg!r} without signature", f"{head}.{payload}."
        yield f"alg {alg!r} with the signature", f"{head}.{payload}.{signature}"
    first = good.token.rpartition(".")[0]
    yield "signature stripped", f"{first}."
    yield "signature and dot stripped", first
    yield "signature of another token", f"{first}.{good.with_claims(exp=1).rpartition('.')[2]}"
    yield "signature cut short", good.token[:-4]


def public_encodings(key: ECKey) -> dict[str, bytes]:
    """The public key as bytes in the ways that a careless verifier could take for a secret."""
    public = key.public_key
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    point = serialization.Encoding.X962
    jwk = key.as_dict(private=False)
    return {
        "DER": der,
        "PEM": pem,
        "PEM without newline": pem.rstrip(b"\n"),
        "PEM with CRLF": pem.replace(b"\n", b"\r\n"),
        "PEM body": b"".join(pem.splitlines()[1:-1]),
        "point": public.public_bytes(point, serialization.PublicFormat.UncompressedPoint),
        "compressed point": public.public_bytes(point, serialization.PublicFormat.CompressedPoint),
        "x": str(jwk["x"]).encode(),
        "JWK": json.dumps(jwk).encode(),
        "JWK compact": json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode(),
        "thumbprint": key.thumbprint().encode(),
    }


def _mac_with_public_key(good: Good) -> Iterator[Case]:
    weak = {"weak secret": b"secret", "empty secret": b"", "issuer": b"https://sluis.example", "NUL": b"\0"}
    for name, secret in {**public_encodings(good.key), **weak}.items():
        for alg, digest in (("HS256", hashlib.sha256), ("HS384", hashlib.sha384), ("HS512", hashlib.sha512)):
            head = f"{b64(text(good.head(alg=alg)))}.{b64(text(good.claims))}"
            yield f"{alg} with {name}", f"{head}.{b64(hmac.new(secret, head.encode(), digest).digest())}"


def _relabelled(good: Good) -> Iterator[Case]:
    _, payload, signature = good.token.split(".")
    for alg in ("RS256", "PS256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "HS256", "es256", "ES256 "):
        yield f"relabelled {alg}", f"{b64(text(good.head(alg=alg)))}.{payload}.{signature}"
    for alg in ("RS256", "PS256"):
        header = {"alg": alg, "kid": good.header["kid"]}
        token = jws.serialize_compact(header, json.dumps(good.claims), _RSA, [alg])
        yield f"signed with another's RSA key as {alg}", token
    yield "signed with another's EC key", signed(good.header, good.claims, _OWN)
    yield "no alg", f"{b64(text({'kid': good.header['kid']}))}.{payload}.{signature}"
    yield "alg a list", f"{b64(text(good.head(alg=['ES256'])))}.{payload}.{signature}"


def _psychic(good: Good) -> Iterator[Case]:
    head = good.token.rpartition(".")[0]
    for name, r, s in (("0, 0", 0, 0), ("0, 1", 0, 1), ("1, 0", 1, 0), ("n, n", _ORDER, _ORDER)):
        yield f"psychic {name}", f"{head}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    private = good.key.private_key
    assert private is not None
    der = private.sign(head.encode(), ec.ECDSA(hashes.SHA256()))
    yield "signature in DER", f"{head}.{b64(der)}"
    identity = b64(bytes([1, *bytes(63)]))
    yield "EdDSA identity", f"{b64(text(good.head(alg='EdDSA')))}.{b64(text(good.claims))}.{identity}"


def _chosen_key_id(good: Good) -> Iterator[Case]:
    ids: dict[str, Any] = {
        "traversal": "../../../../dev/null",
        "SQL": "x' UNION SELECT 'key'--",
        "command": "key|/usr/bin/id",
        "NUL": "key\0",
        "empty": "",
        "number": 1,
        "null": None,
        "list": [good.header["kid"]],
        "object": {"kid": good.header["kid"]},
        "another": "another",
        "lone surrogate": "\ud800",
    }
    for name, kid in ids.items():
        yield f"kid {name}, another's key", signed(good.head(kid=kid), good.claims, _OWN)
        yield f"kid {name}, right key", signed(good.head(kid=kid), good.claims, good.key)
    header = {name: value for name, value in good.header.items() if name != "kid"}
    yield "no kid", signed(header, good.claims, good.key)


def _brought_key(good: Good) -> Iterator[Case]:
    own = dict(_OWN.as_dict(private=False))
    der = base64.b64encode(public_encodings(_OWN)["DER"]).decode()
    brought: dict[str, Any] = {
        "jwk": own,
        "jwk with our kid": own | {"kid": good.header["kid"]},
        "jwk oct": {"kty": "oct", "k": b64(b"secret")},
        "x5c": [der],
    }
    for name, value in brought.items():
        member = name.partition(" ")[0]
        yield f"brings its {name}", signed(good.head(**{member: value}), good.claims, _OWN)
    for url in (
        "https://evil.example/jwks.json",
        "https://sluis.example@evil.example/jwks.json",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/",
        "file:///etc/passwd",
    ):
        for member in ("jku", "x5u"):
            yield f"{member} {url}", signed(good.head(**{member: url}), good.claims, _OWN)


def _encrypted(good: Good) -> Iterator[Case]:
    public = ECKey.import_key(dict(good.key.as_dict(private=False)))
    unsigned = f"{b64(text({'alg': 'none'}))}.{b64(text(good.claims))}."
    for name, inner in (("claims", json.dumps(good.claims)), ("an unsigned token", unsigned)):
        header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": good.header["kid"]}
        yield f"JWE of {name}", jwe.encrypt_compact(header, inner.encode(), public, ["ECDH-ES", "A256GCM"])
    rest = ".".join(b64(bytes(16)) for _ in range(4))
    heads: dict[str, dict[str, Any]] = {
        "PBES2 with two billion rounds": {
            "alg": "PBES2-HS256+A128KW",
            "enc": "A128GCM",
            "p2c": 2_000_000_000,
            "p2s": "AAAA",
        },
        "dir with the public key": {"alg": "dir", "enc": "A256GCM"},
        "compressed JWE": {"alg": "dir", "enc": "A256GCM", "zip": "DEF"},
    }
    for name, head in heads.items():
        yield name, f"{b64(text(head))}.{rest}"


def _other_writing(good: Good) -> Iterator[Case]:
    head, payload, signature = good.token.split(".")
    flat = {"protected": head, "payload": payload, "signature": signature}
    yield "flattened JSON", json.dumps(flat)
    yield (
        "general JSON",
        json.dumps({"payload": payload, "signatures": [{"protected": head, "signature": signature}]}),
    )
    yield from {
        "padding": f"{good.token}==",
        "header padding": f"{head}=.{payload}.{signature}",
        "standard alphabet": f"{head}.{payload}.+/{signature[2:]}",
        "space inside": f"{head}. {payload}.{signature}",
        "newline inside": f"{head}.{payload}\n.{signature}",
        "newline behind": f"{good.token}\n",
        "space before": f" {good.token}",
        "dot behind": f"{good.token}.",
        "four parts": f"{good.token}.{signature}",
        "NUL behind": f"{good.token}\0",
        "full-width letter": good.token[:-1] + "\uff21",
        "BOM before": f"\ufeff{good.token}",
        "lone surrogate": f"{good.token}\ud800",
        "empty": "",
        "dots": "..",
        "twice": f"{good.token},{good.token}",
        "very long": good.token + "A" * 9_000,
        "one digit": f"{head}.{payload}.A",
    }.items()
    yield "other spelling of the last character", f"{head}.{payload}.{_respelled(signature)}"


def _respelled(part: str) -> str:
    """Change the bits of the last character that decoding throws away (64 bytes leave four)."""
    return part[:-1] + _ALPHABET[_ALPHABET.index(part[-1]) ^ 1]


def _headers(good: Good) -> Iterator[Case]:
    changes: dict[str, Mapping[str, Any]] = {
        "crit empty": {"crit": []},
        "crit names alg": {"crit": ["alg"]},
        "crit unknown": {"crit": ["x"], "x": 1},
        "b64 false": {"b64": False, "crit": ["b64"]},
        "cty": {"cty": "JWT"},
        "zip": {"zip": "DEF"},
        "own jwk": {"jwk": dict(good.key.as_dict(private=False))},
        "x5t": {"x5t#S256": "AAAA"},
        "unknown member": {"x": 1},
        "typ of another kind": {"typ": good.other_type},
        "typ in capitals": {"typ": "AT+JWT"},
        "typ with application/": {"typ": "application/at+jwt"},
        "typ null": {"typ": None},
        "typ a list": {"typ": ["at+jwt", "JWT"]},
        "typ empty": {"typ": ""},
        "typ secevent": {"typ": "secevent+jwt"},
    }
    for name, change in changes.items():
        yield name, signed(good.head(**change), good.claims, good.key)


def _wrong_json(good: Good) -> Iterator[Case]:
    head, body = text(good.header), text(good.claims)
    doubled = body[:-1] + b',"sub":"somebody"}'
    for name, header, payload in (
        ("alg twice", head[:-1] + b',"alg":"none"}', body),
        ("kid twice", head[:-1] + b',"kid":"x"}', body),
        ("claim twice", head, doubled),
        ("claim twice, deep", head, body[:-1] + b',"x":{"a":1,"a":2}}'),
        ("header with BOM", b"\xef\xbb\xbf" + head, body),
        ("payload with BOM", head, b"\xef\xbb\xbf" + body),
        ("header in UTF-16", head.decode().encode("utf-16"), body),
        ("payload in UTF-16", head, body.decode().encode("utf-16-le")),
        ("payload not UTF-8", head, body[:-1] + b',"x":"\xff"}'),
        ("deep nesting", head, body[:-1] + b',"x":' + b"[" * 1500 + b"]" * 1500 + b"}"),
        ("5,000 digits", head, body[:-1] + b',"x":' + b"9" * 5000 + b"}"),
        ("NaN", head, body[:-1] + b',"x":NaN}'),
        ("Infinity", head, body[:-1] + b',"x":-Infinity}'),
        ("float", head, body[:-1] + b',"x":1e400}'),
        ("payload a list", head, b"[" + body + b"]"),
        ("payload a string", head, b'"x"'),
        ("payload null", head, b"null"),
        ("payload empty object", head, b"{}"),
        ("payload cut off", head, body[:-1]),
        ("payload with more behind", head, body + b"{}"),
        ("header a list", b"[" + head + b"]", body),
        ("header not JSON", b"ES256", body),
    ):
        yield name, signed(header, payload, good.key)


def _audiences(good: Good) -> Iterator[Case]:
    ours = good.claims["aud"]
    for name, aud in {
        "list": [ours],
        "list with a stranger": [ours, "https://evil.example"],
        "another": "https://evil.example",
        "with slash": f"{ours}/",
        "prefix": ours[:-1],
        "longer": f"{ours}.evil.example",
        "empty": "",
        "missing": None,
        "object": {"aud": ours},
        "number": 1,
    }.items():
        yield f"aud {name}", good.with_claims(aud=aud)


def _times(good: Good) -> Iterator[Case]:
    now = good.claims["iat"]
    for name, change in {
        "exp missing": {"exp": None},
        "exp past": {"iat": now - 60, "exp": now - 1},
        "exp now": {"iat": now - 60, "exp": now},
        "exp in a hundred years": {"exp": now + 100 * 365 * 86_400},
        "exp in an hour": {"exp": now + 3_600},
        "exp before iat": {"exp": now - 10, "iat": now},
        "exp text": {"exp": str(now + 60)},
        "exp float": {"exp": now + 60.5},
        "exp true": {"exp": True},
        "exp negative": {"exp": -1},
        "exp huge": {"exp": 10**15, "iat": 10**15 - 60},
        "exp list": {"exp": [now + 60]},
        "iat missing": {"iat": None},
        "iat future": {"iat": now + 30, "exp": now + 60},
        "iat text": {"iat": str(now)},
        "iat false": {"iat": False},
        "nbf future": {"nbf": now + 30},
        "nbf text": {"nbf": "0"},
    }.items():
        yield name, good.with_claims(**change)


def _identities(good: Good) -> Iterator[Case]:
    for name, change in {
        "iss missing": {"iss": None},
        "iss another": {"iss": "https://evil.example"},
        "iss with slash": {"iss": f"{good.claims['iss']}/"},
        "iss list": {"iss": [good.claims["iss"]]},
        "sub missing": {"sub": None},
        "sub another client": {"sub": "energie"},
        "sub empty": {"sub": ""},
        "sub number": {"sub": 1},
        "jti missing": {"jti": None},
        "jti empty": {"jti": ""},
        "jti short": {"jti": "1"},
        "jti number": {"jti": 12345678901234567},
        "jti long": {"jti": "x" * 300},
        "jti with a newline": {"jti": "one-time-number-\n"},
        "jti with a lone surrogate": {"jti": "one-time-number-\ud800"},
    }.items():
        yield name, good.with_claims(**change)
