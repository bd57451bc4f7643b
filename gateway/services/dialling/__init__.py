"""The call center's dial records: leased in small numbers, verified without being shown, recalled at once."""

from gateway.services.dialling.leasing import Dialling, DialRecord
from gateway.services.dialling.talking import Verified, insist_open

__all__ = ["DialRecord", "Dialling", "Verified", "insist_open"]
