"""Keeps key material out of core dumps and away from other processes of the same user, where the system can.

What Python cannot do: clear copies in registers, in OpenSSL's live contexts, or in swap. Run without swap.
"""

import ctypes
import resource
import sys
from typing import Final

_PR_SET_DUMPABLE: Final = 4
"""prctl(2); also keeps ``/proc/<pid>/mem`` and ptrace from other processes of the same user."""


def harden_process() -> None:
    """Forbid core dumps (RLIMIT_CORE 0) and, on Linux, attaching to this process.

    Raises:
        OSError: the system refuses.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
