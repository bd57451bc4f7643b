"""The policy floor: who may see which field for which purpose in which state, and why not.

``compile`` turns the register's YAML into a frozen table, ``decide`` reads it, ``views`` makes a value fit the
decision, ``explain`` says it in Dutch; ``admissibility``, ``routing`` and ``calendar`` are the other rules as data.
Pure but for reading the packaged register: no store, no key, no clock.
"""
