"""Runs the command line as `python -m groundtruce`."""

from groundtruce.cli.app import main

main()
