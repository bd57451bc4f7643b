"""The demonstration: a month in an openly synthetic town. Production settings refuse it and it refuses real data."""
