"""`python -m softswitch.cli`: the same as the program `softswitch`."""

from softswitch.cli.main import run

run()
