"""Run the command line by ``python -m benchtools``."""

from benchtools.cli import main

main()
