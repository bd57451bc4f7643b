"""The only windows to the outside: parsed input comes in, finished payloads go out."""
