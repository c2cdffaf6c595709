"""The `conveyor` command line: each command a few lines over `sync`. What is slow to import waits for its command."""

from __future__ import annotations


def main() -> None:
    """Run the command that the process was started with."""
    from cli.application import application

    application()()
