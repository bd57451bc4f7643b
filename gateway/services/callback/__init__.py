"""Residents who call us: found by their number, or checking that it was us who called."""

from gateway.services.callback.control import CallControl
from gateway.services.callback.search import Callback, Found

__all__ = ["CallControl", "Callback", "Found"]
