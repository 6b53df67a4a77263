"""The interface in the language that Blender's is in: in Korean, else in English."""

from __future__ import annotations

import bpy

from .translations import has_places, in_korean, korean

LOCALE = "ko"
"""Blender looks for ko_KR first, then for this."""
CONTEXTS = (bpy.app.translations.contexts.default, bpy.app.translations.contexts.operator_default)
"""Names of operators are looked up in the second, all else in the first."""


def is_korean() -> bool:
    """Whether Blender's interface is in Korean."""
    view = bpy.context.preferences.view
    return view.use_translate_interface and bpy.app.translations.locale.startswith(LOCALE)


def translate(said: str) -> str:
    """A sentence in the interface's language, for what Blender does not translate itself: reports, reasons why a button
    is grey, and whatever has values in it."""
    return in_korean(said) if is_korean() else said


def register() -> None:
    """Tell Blender the Korean for names, tooltips and labels, which it looks up when it draws them."""
    whole = {said: sentence for said, sentence in korean().items() if not has_places(said)}
    messages = {(context, said): sentence for context in CONTEXTS for said, sentence in whole.items()}
    bpy.app.translations.register(__package__, {LOCALE: messages})


def unregister() -> None:
    """Have Blender forget it."""
    bpy.app.translations.unregister(__package__)
