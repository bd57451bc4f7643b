"""Figures without persons: what a month came to, and how small groups stay hidden. Pure rules, no store."""
