"""Search in a long list of captures: find every change of a text with few fetches, and say what was not looked at.

Pure: the searches say which capture they want next and are told what it showed. What they want follows from the list
and from what they were told, and from nothing else: a search that is told the same again goes on where it was, so the
looks are all the state that has to survive a crash.
"""

from monitor.model import Found
from monitor.timeline.appearance import Appearance, AppearanceSearch
from monitor.timeline.records import Look, Stretch, Timeline, Transition, Unseen
from monitor.timeline.runs import Run, collapse, usable
from monitor.timeline.search import Plan, Search

__all__ = [
    "Appearance",
    "AppearanceSearch",
    "Found",
    "Look",
    "Plan",
    "Run",
    "Search",
    "Stretch",
    "Timeline",
    "Transition",
    "Unseen",
    "collapse",
    "usable",
]
