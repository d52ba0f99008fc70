"""The command `monitor`, a thin one: words into calls of `monitor.app`, and results into words.

Exit codes are those of `diff`: 0 nothing changed, 1 something changed (a candidate counts), 2 trouble, which outranks
1. A crash of the program itself ends with 70.
"""

from monitor.cli.main import main

__all__ = ["main"]
