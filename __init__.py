"""Dreamfusion: a prompt becomes a textured mesh in the scene, live, made by an engine process of its own."""

from __future__ import annotations

import bpy

from . import preferences, properties
from .bridge import follower, run_list
from .operators import check, export, folder, generate, open_run, pause, resume, setup, show, stop
from .operators import run_list as run_list_operators
from .panels import add_menu, sidebar
from .panels import runs as runs_panel
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
    check.DREAM_OT_check,
    setup.DREAM_OT_setup,
    setup.DREAM_OT_setup_cancel,
    setup.DREAM_OT_setup_remove,
    setup.DREAM_OT_setup_log,
    run_list_operators.DREAM_OT_runs_refresh,
    run_list_operators.DREAM_OT_runs_more,
    run_list_operators.DREAM_OT_run_resume,
    run_list_operators.DREAM_OT_run_folder,
    run_list_operators.DREAM_OT_run_delete,
    sidebar.DREAM_PT_sidebar,
    sidebar.DREAM_PT_settings,
    runs_panel.DREAM_UL_runs,
    runs_panel.DREAM_PT_runs,
)


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    properties.attach()
    run_list.register()
    follower.register()
    preferences.register()  # after the follower: first what another file leaves is let go
    add_menu.register()
    setup_panel.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled: runs are told to save and leave."""
    setup_panel.unregister()
    add_menu.unregister()
    preferences.unregister()
    follower.unregister()
    run_list.unregister()
    properties.detach()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
