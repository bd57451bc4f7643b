"""The service: joins keys, audit and connectors; the only room with a front door."""
