"""What clauses say and what changes mean: practices, facts, direction. Pure.

read(clause, language) -> list[Fact]
meaning(diff, language) -> Meaning
"""

from monitor.practices.lexicon import languages
from monitor.practices.meaning import meaning
from monitor.practices.read import read

__all__ = ["languages", "meaning", "read"]
