"""Letters as recorded offers: ordered in a batch, printed by the letter service, confirmed, or returned by the post.

A letter is an offer of help (Wgs art. 3(1)(b)) and carries the notice of AVG art. 14; it counts from the day the
letter service sent it, and no longer once it came back.
"""

from gateway.services.letters.orders import Batch, LetterOrders
from gateway.services.letters.post import Post
from gateway.services.letters.printing import PrintFile, Printing

__all__ = ["Batch", "LetterOrders", "Post", "PrintFile", "Printing"]
