"""The HTTP API under /v1; may see neither keys nor store."""
