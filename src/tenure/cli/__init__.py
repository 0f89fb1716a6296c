"""The command line: thin. Data to stdout, the rest to stderr; errors are a paragraph and a hint."""

from tenure.cli.main import main

__all__ = ["main"]
