"""One way to put parts behind each other such that no two lists of parts give the same bytes.

Every associated data, HMAC input and derivation label of this room is framed: four bytes of length, big-endian,
before each part. ``frame("ab", "c")`` and ``frame("a", "bc")`` differ.
"""


def frame(*parts: str | bytes) -> bytes:
    """Join the parts, each behind its length; text is UTF-8."""
    out: list[bytes] = []
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        out += (len(raw).to_bytes(4, "big"), raw)
    return b"".join(out)
