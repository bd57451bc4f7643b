"""The one door by which personal data leaves: decide, log, wait until that is durable, open, minimise.

Every use case that shows a person's data goes through :class:`Door`; nothing else turns a permit into plaintext
for anybody to see (docs/adr: audit before data).
"""

from gateway.disclosure.codes import Codes
from gateway.disclosure.door import Disclosed, Door
from gateway.disclosure.dossier import Dossier, load

__all__ = ["Codes", "Disclosed", "Door", "Dossier", "load"]
