"""One entry of the log: what a use case hands in, the bytes that stay for ever and the detail that can be erased.

The *leaf* is canonical JSON (ASCII keys in order, no floats, no nulls, absent means empty) of at most 4 KiB. It
carries codes, counts and commitments SHA-256(tag || nonce || value); whoever holds the nonce can prove the value,
nobody else can guess it. The *detail* holds the nonces and everything that points at a person; it is sealed under
the subject's audit key and tied to the leaf by its hash, so that erasing it breaks no proof (EDPB 02/2025).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal

import orjson

from schemas.audit import Act
from schemas.errors import Broken, LogBroken
from schemas.ids import CaseId, SubjectId, Tenant

VERSION = 1
MAX_ENTRY = 4096
MAX_FIELDS = 1500
"""Room for the field names of one entry; all other parts together stay below the rest of :data:`MAX_ENTRY`."""
NONCE = 32
RANDOM_PER_ENTRY = 10 + 3 * NONCE
"""Random bytes one entry needs: 10 for its UUIDv7 and a nonce each for subject, actor and case."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/()#+-]{0,127}", re.ASCII)
_LONG_NUMBER = re.compile(r"[0-9]{8}", re.ASCII)
_HANDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)

Detail = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, as a use case tells it.

    Codes (``role``, ``purpose``, ``grant``, ``ground``, ``reason``, ``fields``) go into the leaf as they are and
    may hold no spaces and no long numbers. ``party`` is the id of an organisation, ``register`` the hex digest of
    the policy that decided, ``trace``, ``span`` and ``parent`` the W3C trace context in hex. ``subject``,
    ``subjects`` (a machine comparison names many at once), ``user``, ``client`` and ``case`` are only committed
    to. ``sealed`` are the sealed values about to be opened; the leaf carries the root of their hashes. ``why`` and
    ``detail`` (JSON) go into the sealed detail. ``n`` counts records.

    Raises:
        Broken: when a code is free text, so that personal data can never settle in the immutable part, or when
            the event does not fit an entry. Here, and not at the append: one wrong event must not take the others
            of its group commit with it.
    """

    act: Act
    tenant: Tenant
    party: str = ""
    role: str = ""
    user: str = ""
    client: str = ""
    purpose: str = ""
    grant: str = ""
    ground: str = ""
    register: str = ""
    decision: Literal["permit", "deny", "none"] = "none"
    reason: str = ""
    subject: SubjectId | None = None
    subjects: tuple[SubjectId, ...] = ()
    case: CaseId | None = None
    fields: tuple[str, ...] = ()
    sealed: tuple[bytes, ...] = ()
    why: tuple[str, ...] = ()
    n: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)
    trace: str = ""
    span: str = ""
    parent: str = ""

    def __post_init__(self) -> None:
        for code in (self.purpose, self.grant, self.ground, self.reason, self.role):
            _check_code(code)
        for handle in (self.party, self.register, self.trace, self.span, self.parent):
            _check_handle(handle)
        _check_fields(self.fields)
        try:
            orjson.dumps((self.why, self.detail))
        except TypeError:
            raise Broken("De details van een logregel zijn geen JSON") from None


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that waits for the hash of its sealed detail; ``detail`` is empty when nothing is to be sealed."""

    entry_id: str
    leaf: Detail
    subject: str | None
    detail: bytes


def sealed_hashes(sealed: Iterable[bytes]) -> list[bytes]:
    """SHA-256 of each sealed value, sorted, each once: what a permit may open."""
    return sorted({sha256(value).digest() for value in sealed})


def commitment(tag: str, nonce: bytes, value: str) -> bytes:
    """Commit to ``value``, hiding it until the 32-byte ``nonce`` is shown; ``tag`` keeps kinds apart."""
    return sha256(b"sluis/audit/v1/" + tag.encode() + b"\x00" + nonce + value.encode()).digest()


def draft(event: Event, t: int, late: int, random: bytes) -> Draft:
    """Split an event into leaf and detail.

    Args:
        event: what happened.
        t: milliseconds UTC, not before the entry in front of it.
        late: milliseconds that the clock stood behind ``t``, 0 when it did not.
        random: :data:`RANDOM_PER_ENTRY` unpredictable bytes.
    """
    entry_id = _uuid7(t, random[:10])
    opened = _opened(event, random[10:])
    leaf = {
        "v": VERSION,
        "id": entry_id,
        "typ": event.act.typ.value,
        "act": event.act.value,
        "crud": event.act.crud,
        "t": t,
        "clk": late,
        **_codes(event),
        **_commitments(opened, event.subjects),
        "cat": event.fields,
        "n": event.n,
        **_sealed(event.sealed),
        "whyn": len(event.why),
    }
    return Draft(
        entry_id,
        {key: value for key, value in leaf.items() if value},
        event.subject,
        _detail(event, entry_id, opened),
    )


def finish(leaf: Detail, blob: bytes) -> bytes:
    """Write the canonical bytes of an entry, tied to its sealed detail (empty: none)."""
    if blob:
        leaf["detc"] = sha256(blob).hexdigest()
    return orjson.dumps(leaf, option=orjson.OPT_SORT_KEYS)


def read(entry: bytes) -> Detail:
    """Read an entry.

    Raises:
        LogBroken: when the bytes are not a canonical entry of this version.
    """
    try:
        leaf = orjson.loads(entry)
    except orjson.JSONDecodeError:
        raise LogBroken("Een logregel is onleesbaar") from None
    if not isinstance(leaf, dict) or len(entry) > MAX_ENTRY:
        raise LogBroken("Een logregel heeft een onbekende vorm")
    if (type(leaf.get("v")), type(leaf.get("t")), leaf.get("v")) != (int, int, VERSION):
        raise LogBroken("Een logregel is van een onbekende versie of heeft geen tijd")
    if orjson.dumps(leaf, option=orjson.OPT_SORT_KEYS) != entry:
        raise LogBroken("Een logregel is niet canoniek geschreven")
    return leaf


def naming(index: int, entry: bytes) -> str:
    """Name an entry for a person by index, act and time, as far as its bytes can still be read."""
    try:
        leaf = orjson.loads(entry)
        time = datetime.fromtimestamp(leaf["t"] / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"Logregel {index} ({Act(leaf['act']).value}, {time})"
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return f"Logregel {index} (onleesbaar)"


def check_detail(entry: bytes, blob: bytes, opened: bytes) -> Detail:
    """Check that an opened detail is the one that the entry was written with.

    Args:
        entry: the bytes of the leaf.
        blob: the sealed detail as stored.
        opened: what the sealer gave back.

    Raises:
        LogBroken: when the blob or a value in it is not what the entry commits to.
    """
    leaf, detail = read(entry), orjson.loads(opened)
    if leaf.get("detc") != sha256(blob).hexdigest() or leaf["id"] != detail["id"]:
        raise LogBroken("Het verzegelde deel hoort niet bij deze logregel")
    for key, (tag, value) in _committed(detail).items():
        nonce = bytes.fromhex(detail["nonces"].get(key, ""))
        if leaf.get(key) != (commitment(tag, nonce, value).hex() if value else None):
            raise LogBroken("Het verzegelde deel past niet bij de toezegging in de logregel")
    return {key: value for key, value in detail.items() if key != "nonces"}


def _uuid7(t: int, random: bytes) -> str:
    """Make a UUIDv7 (RFC 9562 section 5.7) as 32 hex digits."""
    tail = int.from_bytes(random)
    return f"{t << 80 | 7 << 76 | (tail >> 68) << 64 | 2 << 62 | tail & (1 << 62) - 1:032x}"


def _committed(detail: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Leaf key → tag and committed value; the actor is the member of staff with the client he came through."""
    actor = f"{detail.get('user', '')}\x00{detail.get('client', '')}"
    return {
        "subc": ("subject", detail.get("subject", "")),
        "actc": ("actor", "" if actor == "\x00" else actor),
        "casc": ("case", detail.get("case", "")),
    }


def _opened(event: Event, random: bytes) -> Detail:
    """Give the person-bound half of the detail: ids, and a nonce for every one of them that is there."""
    opened = {
        "subject": event.subject or "",
        "user": event.user,
        "client": event.client,
        "case": event.case or "",
    }
    nonces = {
        key: random[place * NONCE : (place + 1) * NONCE].hex()
        for place, (key, (_, value)) in enumerate(_committed(opened).items())
        if value
    }
    if event.subjects:
        nonces["subr"] = random[:NONCE].hex()
    return {**opened, "nonces": nonces}


def _commitments(opened: Detail, subjects: Sequence[str]) -> Detail:
    nonces = opened["nonces"]
    found = {
        key: commitment(tag, bytes.fromhex(nonces[key]), value).hex()
        for key, (tag, value) in _committed(opened).items()
        if value
    }
    if subjects:
        found["subr"] = subjects_root(bytes.fromhex(nonces["subr"]), subjects).hex()
    return found


def subjects_root(nonce: bytes, subjects: Iterable[str]) -> bytes:
    """Root of the commitments to many subjects: SHA-256 over the sorted commitments (decision 26)."""
    return sha256(b"".join(sorted(commitment("subject", nonce, one) for one in subjects))).digest()


def _sealed(sealed: Sequence[bytes]) -> Detail:
    if not sealed:
        return {}
    hashes = sealed_hashes(sealed)
    return {"seal": sha256(b"".join(hashes)).hexdigest(), "sealn": len(hashes)}


def _codes(event: Event) -> Detail:
    return {
        "tr": event.trace,
        "sp": event.span,
        "psp": event.parent,
        "pur": event.purpose,
        "leg": event.ground,
        "gr": event.grant,
        "pol": event.register,
        "dec": "" if event.decision == "none" else event.decision,
        "rsn": event.reason,
        "org": event.party,
        "role": event.role,
    }


def _detail(event: Event, entry_id: str, opened: Detail) -> bytes:
    content = {**opened, "why": event.why, "detail": event.detail}
    present = {key: value for key, value in content.items() if value}
    if not present:
        return b""
    return orjson.dumps({"id": entry_id, **present}, option=orjson.OPT_SORT_KEYS)


@lru_cache(maxsize=4096)
def _check_code(value: str) -> None:
    if value and (not _CODE.fullmatch(value) or _LONG_NUMBER.search(value)):
        raise Broken("Een logregel mag alleen codes bevatten, geen vrije tekst of lange nummers")


@lru_cache(maxsize=4096)
def _check_handle(value: str) -> None:
    if value and not _HANDLE.fullmatch(value):
        raise Broken("Een logregel mag alleen kenmerken bevatten, geen vrije tekst")


@lru_cache(maxsize=4096)
def _check_fields(fields: tuple[str, ...]) -> None:
    for name in fields:
        _check_code(name)
    if sum(len(name) + len('"",') for name in fields) > MAX_FIELDS:
        raise Broken("Een logregel noemt te veel velden")
