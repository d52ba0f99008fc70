"""Which clauses of a text were modified, moved, renumbered, split, merged, added or removed, and which words inside.

    diff = compare(old, new)                    two sequences of clauses, from `monitor.text.segment` or anywhere
    diff = compared(old, new)                   the same, remembered for a while
    for operation in diff.operations:
        operation.kind, operation.old, operation.new, operation.words

`old` and `new` of an operation are indices into the two sequences. Pure: same input, same output, on any machine.
"""

from monitor.diff.comparison import compare, compared
from monitor.diff.replay import apply, invert, marks, restrict
from monitor.diff.words import words

__all__ = ["apply", "compare", "compared", "invert", "marks", "restrict", "words"]
