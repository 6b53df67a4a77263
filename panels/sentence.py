"""Sentences in panels: labels do not wrap by themselves."""

from __future__ import annotations

import textwrap
import unicodedata

import bpy

from ..bridge.language import translate

POPOVER = 16
"""Width of a panel that pops up over a viewport, in Blender's units of a button's height."""
UNIT = 20
"""Pixels of one at a resolution scale of 1."""
MARGIN, CHARACTER = 80, 6.0
"""Width of a label's icon and the box around it, and of a letter, both in pixels at a resolution scale of 1."""
WIDE = 1.8
"""How much wider a Korean syllable is than a letter."""


def draw_sentence(layout: bpy.types.UILayout, sentence: str, icon: str, most_lines: int | None = None) -> None:
    """Draw a sentence on as many lines as it needs, or as many as there may be."""
    context = bpy.context
    pops_up = context.area is not None and context.area.type == "VIEW_3D" and context.region.type != "UI"
    width = POPOVER * UNIT if pops_up else context.region.width / context.preferences.system.ui_scale
    column = layout.column(align=True)
    said = translate(sentence)
    letters = max(int((width - MARGIN) / CHARACTER / _mean_width(said)), 12)
    for number, line in enumerate(textwrap.wrap(said, letters, max_lines=most_lines, placeholder="...")):
        column.label(text=line, translate=False, icon="BLANK1" if number else icon)


def _mean_width(said: str) -> float:
    """Of its characters, in letters."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in said)
    return 1 + (WIDE - 1) * wide / max(len(said), 1)
