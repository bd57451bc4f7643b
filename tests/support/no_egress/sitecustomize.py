"""Python runs this at start when this folder is on PYTHONPATH: a server started by a test has the guard too."""

from egress import refuse_egress

refuse_egress()
