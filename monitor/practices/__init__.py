"""What clauses say and what changes mean: practices, facts, direction. Pure.

read(clause, language) -> list[Fact]
meaning(diff, language) -> Meaning
"""

from monitor.practices.grading import charged_words
from monitor.practices.ledger import Entry, ledger, practices_of
from monitor.practices.lexicon import languages
from monitor.practices.meaning import meaning
from monitor.practices.read import read
from monitor.practices.rules import aspect_label
from monitor.practices.wording import label, said, told

__all__ = [
    "Entry",
    "aspect_label",
    "charged_words",
    "label",
    "languages",
    "ledger",
    "meaning",
    "practices_of",
    "read",
    "said",
    "told",
]
