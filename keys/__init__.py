"""Seals, opens, destroys, pseudonymises and signs. Knows no domain: a case is bytes with a context to it."""
