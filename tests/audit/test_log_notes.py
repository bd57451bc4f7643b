"""Signed notes, verifier keys and checkpoints have one spelling and hold against the published example."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint, open_checkpoint, origin_of, parse, sign
from audit.note import VerifierKey, decode64, encode64, open_note, sign_note
from schemas.errors import LogBroken
from tests.support.audit import Ed25519, verify_ed25519

# Published with golang.org/x/mod/sumdb/note (package example): the key of PeterNeumann and a note it signed.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = Ed25519()
POINT = Checkpoint(origin_of("sluis.example", "GM0637", 2026), 42, b"\x07" * 32)


def test_the_published_go_note_opens_with_its_published_key() -> None:
    key = VerifierKey.parse(NEUMANN)
    assert str(key) == NEUMANN
    text = open_note(NEUMANN_NOTE.encode(), key, verify_ed25519)
    assert text.endswith("what your problem is.\n")


def test_the_published_note_with_another_word_does_not_open() -> None:
    with pytest.raises(LogBroken, match="handtekening"):
        open_note(
            NEUMANN_NOTE.replace("answer", "reason").encode(), VerifierKey.parse(NEUMANN), verify_ed25519
        )


def test_a_checkpoint_comes_back_as_it_was_signed() -> None:
    note = sign(POINT, SIGNER)
    assert note.splitlines()[:3] == ["sluis.example/audit/GM0637/2026", "42", encode64(b"\x07" * 32)]
    assert open_checkpoint(note.encode(), SIGNER.vkey, verify_ed25519) == POINT


def test_signatures_of_strangers_are_ignored_and_a_false_one_of_ours_is_not() -> None:
    note = sign(POINT, SIGNER)
    witness = sign(POINT, Ed25519("witness.example", b"w" * 32)).split("\n\n")[1]
    assert open_checkpoint((note + witness).encode(), SIGNER.vkey, verify_ed25519) == POINT
    same_name = sign(POINT, Ed25519(SIGNER.name, b"w" * 32)).split("\n\n")[1]
    assert open_checkpoint((same_name and note + same_name).encode(), SIGNER.vkey, verify_ed25519) == POINT
    false = f"— {SIGNER.name} {encode64(SIGNER.vkey.key_id + bytes(64))}\n"
    for both in (note + false, note.replace("\n\n", "\n\n" + false)):
        with pytest.raises(LogBroken, match="klopt niet"):
            open_checkpoint(both.encode(), SIGNER.vkey, verify_ed25519)


def test_malleable_base64_is_refused_where_a_lenient_decoder_would_take_it() -> None:
    assert base64.b64decode("AB==", validate=True) == base64.b64decode("AA==", validate=True)
    assert decode64("AA==") == b"\x00"
    for text in ("AB==", "AA=", "AA", "A A==", "AA==\n", "AA==AA==", "AA-_", "=", "é"):
        with pytest.raises(LogBroken):
            decode64(text)


def test_a_checkpoint_whose_root_has_stray_bits_is_refused_even_when_signed() -> None:
    text = str(POINT).replace("Bwc=", "Bwd=")
    assert text != str(POINT)
    with pytest.raises(LogBroken, match="spelling"):
        open_checkpoint(sign_note(text, SIGNER).encode(), SIGNER.vkey, verify_ed25519)


def test_a_signature_with_stray_bits_is_refused() -> None:
    note = sign(POINT, SIGNER)
    head, _, signature = note.rpartition(" ")
    last = signature.rstrip("=\n")[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    stray = alphabet[alphabet.index(last) ^ 1]
    padding = signature[len(signature.rstrip("=\n")) :]
    changed = f"{head} {signature.rstrip('=' + chr(10))[:-1]}{stray}{padding}"
    with pytest.raises(LogBroken):
        open_checkpoint(changed.encode(), SIGNER.vkey, verify_ed25519)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n",
        "o\n1\n",
        f"\n1\n{encode64(bytes(32))}\n",
        f"o\n01\n{encode64(bytes(32))}\n",
        f"o\n-1\n{encode64(bytes(32))}\n",
        f"o\n+1\n{encode64(bytes(32))}\n",
        f"o\n1 \n{encode64(bytes(32))}\n",
        f"o\n\u0661\n{encode64(bytes(32))}\n",
        f"o\n1\n{encode64(bytes(31))}\n",
        f"o\n1\n{encode64(bytes(33))}\n",
        f"o\n1\n{encode64(bytes(32))}",
        f"o\n1\n{encode64(bytes(32))}\nextension\n",
        f"o\n99999999999999999999\n{encode64(bytes(32))}\n",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(LogBroken):
        parse(text)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n",
        b"text\n",
        b"text\n\n",
        b"text\n\n\xe2\x80\x94 name AAAAAA==",
        b"text\n\n\xe2\x80\x94 name AAAAAA==\n",
        b"text\n\n\xe2\x80\x94 na+me AAAAAAAA\n",
        b"text\n\n- name AAAAAAAA\n",
        b"text\n\n\xe2\x80\x94  AAAAAAAA\n",
        b"te\txt\n\n\xe2\x80\x94 name AAAAAAAA\n",
        b"te\rxt\n\n\xe2\x80\x94 name AAAAAAAA\n",
        b"\xff\n\n\xe2\x80\x94 name AAAAAAAA\n",
        b"text\n\n" + b"\xe2\x80\x94 name AAAAAAAA\n" * 33,
        b"t" * 70_000 + b"\n\n\xe2\x80\x94 name AAAAAAAA\n",
    ],
)
def test_bytes_that_are_no_signed_note_are_refused(note: bytes) -> None:
    with pytest.raises(LogBroken):
        open_note(note, SIGNER.vkey, verify_ed25519)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        NEUMANN.replace("c74f20a3", "c74f20a4"),
        NEUMANN.replace("c74f20a3", "C74F20A3"),
        NEUMANN.replace("PeterNeumann", "Peter Neumann"),
        NEUMANN.replace("PeterNeumann", ""),
        NEUMANN[:-1],
        NEUMANN + "\n",
        NEUMANN.replace("+ARpc", "+Ahpc"),
    ],
)
def test_a_damaged_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(LogBroken):
        VerifierKey.parse(text)


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_garbage_is_refused_and_nothing_else_happens(data: bytes) -> None:
    with pytest.raises(LogBroken):
        open_checkpoint(data, SIGNER.vkey, verify_ed25519)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_checkpoint_with_a_byte_changed_dropped_or_doubled_is_refused(data: st.DataObject) -> None:
    note = sign(POINT, SIGNER).encode()
    at = data.draw(st.integers(0, len(note) - 1))
    middle = data.draw(
        st.one_of(st.just(b""), st.just(note[at : at + 1] * 2), st.binary(min_size=1, max_size=1))
    )
    changed = note[:at] + middle + note[at + 1 :]
    if changed != note:
        with pytest.raises(LogBroken):
            open_checkpoint(changed, SIGNER.vkey, verify_ed25519)
