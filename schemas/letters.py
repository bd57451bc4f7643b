"""Letters: the closed list of templates with their versions, and what a print file holds.

A template is a code; its text lives with the letter service and never names a debt, a creditor or an amount. The
envelope is neutral: no sender or word on it may tell the neighbours why somebody gets this letter.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from schemas.case import CaseState

WANTS_LETTER: Final = frozenset({CaseState.BRIEF, CaseState.SOCIAAL_WERK})
"""States in which an ordered letter still goes out; in any other the resident has been helped, or has answered."""

ENVELOPE: Final = "neutraal"
"""The only envelope: plain, with a return address that names no department."""


class Template(StrEnum):
    """Which letter."""

    EERSTE_AANBOD = "eerste_aanbod"
    NA_ONBEREIKT = "na_onbereikt"
    HERINNERING = "herinnering"
    NA_HUISBEZOEK = "na_huisbezoek"


class LetterResult(StrEnum):
    """Where an ordered letter stands; none yet means that no print file was made."""

    GEDRUKT = "gedrukt"
    VERZONDEN = "verzonden"
    ONBESTELBAAR = "onbestelbaar"
    VERVALLEN = "vervallen"


VERSIONS: Mapping[Template, int] = {
    Template.EERSTE_AANBOD: 1,
    Template.NA_ONBEREIKT: 1,
    Template.HERINNERING: 1,
    Template.NA_HUISBEZOEK: 1,
}
"""The version of each template that goes out today; every offer remembers its own."""


def versioned(template: Template) -> str:
    """Write a template as it stands on an offer and in a print file, e.g. ``eerste_aanbod@1``."""
    return f"{template}@{VERSIONS[template]}"


def fitting(attempts: int, *, sent_before: bool) -> Template:
    """Choose the letter for a case: a reminder after a letter, another opening after vain calls."""
    if sent_before:
        return Template.HERINNERING
    return Template.NA_ONBEREIKT if attempts else Template.EERSTE_AANBOD


PRINT_COLUMNS: Final = (
    "dossierkenmerk",
    "script",
    "aanhef",
    "voorletters",
    "voorvoegsel",
    "achternaam",
    "straat",
    "huisnummer",
    "huisletter",
    "toevoeging",
    "postcode",
    "plaats",
)
"""The columns of a print file in order, as the register names the fields; ``envelop`` stands behind them."""
