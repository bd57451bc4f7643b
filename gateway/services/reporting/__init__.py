"""The report of a month: counted, protected, laid down once, and typeset for whoever may read it."""

from gateway.services.reporting.making import Reports, Told
from gateway.services.reporting.typesetting import files_of, pdf

__all__ = ["Reports", "Told", "files_of", "pdf"]
