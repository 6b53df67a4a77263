"""Dreamfusion: a prompt becomes a textured mesh in the scene, live, made by an engine process of its own."""

from __future__ import annotations

import bpy

from . import preferences, properties
from .bridge import follower, language, run_list, turntable as turning
from .operators import (
    again, asset, check, export, folder, generate, generate_from, keep, library, light, more, open_run, pause, presets,
    queue, resume, seed, setup, show, stop, turntable, variations, weights,
)
from .operators import run_list as run_list_operators
from .panels import add_menu, sidebar, status_bar
from .panels import queue as queue_panel
from .panels import runs as runs_panel
from .panels.preferences import DreamPreferences
from .panels.presets import DREAM_PT_presets

CLASSES = (
    DreamPreferences,
    *properties.GROUPS,
    generate.DREAM_OT_generate,
    generate_from.DREAM_OT_generate_from,
    again.DREAM_OT_again,
    seed.DREAM_OT_roll_seed,
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
    light.DREAM_OT_light,
    light.DREAM_OT_unlight,
    turntable.DREAM_OT_turntable,
    asset.DREAM_OT_asset,
    library.DREAM_OT_library,
    more.DREAM_OT_more,
    check.DREAM_OT_check,
    weights.DREAM_OT_find_weights,
    setup.DREAM_OT_setup,
    setup.DREAM_OT_setup_cancel,
    setup.DREAM_OT_setup_remove,
    setup.DREAM_OT_setup_log,
    run_list_operators.DREAM_OT_runs_refresh,
    run_list_operators.DREAM_OT_runs_more,
    run_list_operators.DREAM_OT_run_resume,
    run_list_operators.DREAM_OT_run_folder,
    run_list_operators.DREAM_OT_run_delete,
    presets.DREAM_OT_preset_add,
    DREAM_PT_presets,
    sidebar.DREAM_PT_sidebar,
    sidebar.DREAM_PT_mesh,
    queue_panel.DREAM_PT_queue,
    sidebar.DREAM_PT_settings,
    runs_panel.DREAM_UL_runs,
    runs_panel.DREAM_PT_runs,
)


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for cls in CLASSES:
        if cls.__doc__ and issubclass(cls, (bpy.types.Operator, bpy.types.Panel)):
            cls.bl_description = " ".join(cls.__doc__.split())  # Blender shows a docstring with its line breaks
        bpy.utils.register_class(cls)
    properties.attach()
    run_list.register()
    language.register()
    turning.register()
    follower.register()
    preferences.register()  # after the follower: first what another file leaves is let go
    add_menu.register()
    status_bar.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled: runs are told to save and leave."""
    library.give_up(bpy.context)
    status_bar.unregister()
    add_menu.unregister()
    preferences.unregister()
    follower.unregister()
    turning.unregister()
    run_list.unregister()
    language.unregister()
    properties.detach()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
