"""Sentences in panels: labels do not wrap by themselves."""

from __future__ import annotations

import textwrap

import bpy

MARGIN, CHARACTER = 80, 6.0
"""Width of a label's icon and the box around it, and of a letter, both in pixels at a resolution scale of 1."""


def draw_sentence(layout: bpy.types.UILayout, sentence: str, icon: str, most_lines: int | None = None) -> None:
    """Draw a sentence on as many lines as it needs, or as many as there may be."""
    context = bpy.context
    width = context.region.width / context.preferences.system.ui_scale
    column = layout.column(align=True)
    letters = max(int((width - MARGIN) / CHARACTER), 20)
    for number, line in enumerate(textwrap.wrap(sentence, letters, max_lines=most_lines, placeholder="...")):
        column.label(text=line, icon="BLANK1" if number else icon)
