"""Partner files in: one module per format, column maps as data, the check a partner runs before sending."""
