"""Enabling and disabling leaves Blender as it was."""

import bpy
import pytest

pytestmark = pytest.mark.blender
MODULE = "bl_ext.user_default.dreamfusion"


def test_disabling_leaves_nothing_behind(dream):
    follower = dream.module("bridge.follower")
    bpy.app.timers.register(follower.tick, persistent=True)
    dream.describe(steps=100_000)
    bpy.ops.dream.generate()
    run = dream.run()
    lists = (bpy.app.handlers.load_post, bpy.app.handlers.undo_post, bpy.app.handlers.redo_post)

    def ours() -> list:
        return [function for functions in lists for function in functions if function.__module__.startswith(MODULE)]

    assert ours()
    entries = len(bpy.types.VIEW3D_MT_mesh_add._dyn_ui_initialize())
    lines = len(bpy.types.STATUSBAR_HT_header._dyn_ui_initialize())

    bpy.ops.preferences.addon_disable(module=MODULE)
    assert not bpy.app.timers.is_registered(follower.tick)
    assert not ours()
    assert len(bpy.types.VIEW3D_MT_mesh_add._dyn_ui_initialize()) == entries - 1
    assert len(bpy.types.STATUSBAR_HT_header._dyn_ui_initialize()) == lines - 1
    owners = (bpy.types.Scene, bpy.types.Object, bpy.types.Mesh, bpy.types.Image, bpy.types.WindowManager)
    assert not any(hasattr(owner, "dream") for owner in owners)
    assert not hasattr(bpy.types, "DREAM_OT_generate") and not hasattr(bpy.types, "DREAM_PT_sidebar")
    dream.tick_until(lambda: run.process.exit_code is not None)

    bpy.ops.preferences.addon_enable(module=MODULE)
    assert bpy.context.scene.dream.prompt == "a red cube"


def test_no_timer_runs_in_background_mode(dream):
    dream.describe(steps=100_000)
    bpy.ops.dream.generate()
    assert not bpy.app.timers.is_registered(dream.module("bridge.follower").tick)


def test_an_object_that_no_run_made_has_nothing_to_resume_or_export(dream):
    bpy.ops.mesh.primitive_cube_add()
    assert not bpy.ops.dream.resume.poll() and not bpy.ops.dream.export.poll()
