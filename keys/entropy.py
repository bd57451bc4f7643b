"""Randomness that lands in memory we can clear: ``os.urandom`` returns immutable bytes, a key must not."""

import io
from pathlib import Path
from typing import Final

_SOURCE: Final = Path("/dev/urandom")


def secret(size: int) -> bytearray:
    """``size`` bytes from the kernel's generator, in a buffer that its owner zeroes after use."""
    buffer = bytearray(size)
    view = memoryview(buffer)
    with io.FileIO(_SOURCE) as source:
        filled = 0
        while filled < size:
            filled += source.readinto(view[filled:]) or 0
    return buffer


def wipe(buffer: bytearray) -> None:
    """Overwrite a secret in place."""
    buffer[:] = bytes(len(buffer))
