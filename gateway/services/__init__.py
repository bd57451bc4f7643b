"""One file per use case, none of which knows another: the table of contents of the product."""
