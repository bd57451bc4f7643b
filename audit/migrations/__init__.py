"""Migrations of the log's tables; run by :mod:`audit.schema`."""
