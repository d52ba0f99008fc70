"""Draws docs/pictures/demo.svg: what `monitor demo` prints of one change.

python -m tools.picture
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

from monitor.demo import Story
from monitor.report import terminal

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "demo.svg"
SCENE = 4  # thirty days become twenty-four months
WIDTH = 92


def main() -> int:
    """Play the demo, which logs what it does, and draw the English change of one scene."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    with tempfile.TemporaryDirectory() as folder, Story(Path(folder)) as story:
        scene = list(story.play())[SCENE]
        console.print(Rule(f"[bold]{scene.starts:%d %B %Y}[/]  {scene.age.title}", align="left", style="cyan"))
        console.print(terminal.render(scene.changes[0], context=1, with_marks=False))
        console.print(f"✉  {scene.arrived.mails[0]['Subject']}", style="bold green", markup=False)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    # Without the fonts that rich would load from a site: the picture asks nobody for anything.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="monitor demo"), flags=re.DOTALL)
    PICTURE.write_text(svg, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
