"""A pure rule floor: which signals speak of the same person, and which of the same address.

``normalise`` makes comparable profiles, ``candidates`` names who must be compared, ``rules`` decides a pair,
``cluster`` joins pairs into persons, ``run`` is the whole of it. No clock, no store, no key, no guess.
"""
