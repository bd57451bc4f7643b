"""Residents who need shielding: who may know of a case, who may not work on it, and who alone comes near."""

from gateway.services.shielding.emergencies import Emergencies
from gateway.services.shielding.protections import Protections
from gateway.services.shielding.restrictions import Restrictions

__all__ = ["Emergencies", "Protections", "Restrictions"]
