"""The ground: what exists and what it is called. Pure: no database, network, clock or randomness."""
