"""Dreamfusion: a prompt becomes a textured mesh in the scene, live, made by an engine process of its own."""

from __future__ import annotations

import bpy

from . import preferences, properties
from .bridge import follower
from .operators import (
    asset,
    check,
    export,
    folder,
    generate,
    light,
    more,
    open_run,
    pause,
    resume,
    setup,
    show,
    stop,
    turntable,
)
from .panels import add_menu, sidebar
from .panels.preferences import DreamPreferences
from .panels import setup as setup_panel

CLASSES = (
    DreamPreferences,
    *properties.GROUPS,
    generate.DREAM_OT_generate,
    pause.DREAM_OT_pause,
    resume.DREAM_OT_resume,
    stop.DREAM_OT_stop,
    show.DREAM_OT_show,
    open_run.DREAM_OT_open,
    export.DREAM_OT_export,
    folder.DREAM_OT_folder,
    light.DREAM_OT_light,
    light.DREAM_OT_unlight,
    turntable.DREAM_OT_turntable,
    asset.DREAM_OT_asset,
    more.DREAM_OT_more,
    check.DREAM_OT_check,
    setup.DREAM_OT_setup,
    setup.DREAM_OT_setup_cancel,
    setup.DREAM_OT_setup_remove,
    setup.DREAM_OT_setup_log,
    sidebar.DREAM_PT_sidebar,
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
