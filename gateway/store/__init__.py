"""Rows and transactions: one file per aggregate, one committer; the only floor that knows the gateway's tables."""
