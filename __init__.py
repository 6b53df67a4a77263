"""Dreamfusion: a prompt becomes a textured mesh in the scene, live, made by an engine process of its own."""

from __future__ import annotations

import bpy

from . import preferences, properties
from .bridge import follower
from .operators import (
    check, export, folder, generate, keep, open_run, pause, queue, resume, setup, show, stop, variations,
)
from .panels import add_menu, sidebar
from .panels import queue as queue_panel
from .panels.preferences import DreamPreferences
from .panels import setup as setup_panel

CLASSES = (
    DreamPreferences,
    *properties.GROUPS,
    generate.DREAM_OT_generate,
    variations.DREAM_OT_variations,
    keep.DREAM_OT_keep,
    queue.DREAM_OT_queue_move,
    queue.DREAM_OT_queue_remove,
    pause.DREAM_OT_pause,
    resume.DREAM_OT_resume,
    stop.DREAM_OT_stop,
    show.DREAM_OT_show,
    open_run.DREAM_OT_open,
    export.DREAM_OT_export,
    folder.DREAM_OT_folder,
    check.DREAM_OT_check,
    setup.DREAM_OT_setup,
    setup.DREAM_OT_setup_cancel,
    setup.DREAM_OT_setup_remove,
    setup.DREAM_OT_setup_log,
    sidebar.DREAM_PT_sidebar,
    queue_panel.DREAM_PT_queue,
    sidebar.DREAM_PT_settings,
)


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    properties.attach()
    preferences.register()
    follower.register()
    add_menu.register()
    setup_panel.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled: runs are told to save and leave."""
    setup_panel.unregister()
    add_menu.unregister()
    follower.unregister()
    preferences.unregister()
    properties.detach()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
