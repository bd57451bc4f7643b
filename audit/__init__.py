"""The append-only log: entries, Merkle tree, checkpoints, receipts, queries and the offline verifier."""
