"""Runs that another computer does: here it is this one, behind a real Ray cluster."""

import socket

import bpy
import pytest

from engine.run.folder import settings_path
from engine.run.settings import read_settings

pytestmark = [pytest.mark.blender, pytest.mark.slow]
MODULE = "bl_ext.user_default.dreamfusion"


@pytest.fixture
def on_ray(dream, monkeypatch):
    """Sets the address of the cluster that the preferences choose."""
    chosen = bpy.context.preferences.addons[MODULE].preferences
    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", True)

    def choose(address: str) -> None:
        chosen.compute_on, chosen.ray_address = "RAY", address

    yield choose
    chosen.compute_on, chosen.ray_address = "HERE", ""


def test_without_an_address_or_a_network_a_sentence_says_what_to_do(dream, on_ray, monkeypatch):
    dream.describe()
    on_ray("  ")
    with pytest.raises(RuntimeError, match="Enter the address of the Ray cluster"):
        bpy.ops.dream.generate()
    on_ray("ray://render-01:10001")
    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", False)
    with pytest.raises(RuntimeError, match="allow online access"):
        bpy.ops.dream.generate()
    assert bpy.context.object is None, "nothing is left behind"


def test_what_a_cluster_that_is_not_there_should_have_done_is_done_here(dream, on_ray):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        on_ray(f"127.0.0.1:{unused.getsockname()[1]}")
        dream.describe(steps=5)
        with pytest.raises(RuntimeError, match="cannot be reached"):
            bpy.ops.dream.generate(wait=True)
    bpy.context.preferences.addons[MODULE].preferences.compute_on = "HERE"
    assert bpy.ops.dream.resume(wait=True) == {"FINISHED"} and bpy.context.object.dream.snapshots > 0


def test_a_mesh_grows_as_always_while_another_computer_does_the_work(dream, on_ray):
    on_ray("local")
    dream.describe(steps=100_000)
    bpy.ops.dream.generate()
    run = dream.run()
    dream.new_mesh()
    assert socket.gethostname() in run.state.device
    assert "ray" not in settings_path(run.folder).read_text() and not read_settings(run.folder).overrides
    bpy.ops.dream.pause()
    dream.tick_until(lambda: run.status == "paused" and bpy.context.object.dream.snapshots == run.state.snapshots)
    bpy.context.object.dream.surface = -0.5
    dream.new_mesh()
    assert run.state.mesh["threshold"] > run.state.mesh["own_threshold"]
    bpy.ops.dream.resume()
    dream.tick_until(lambda: run.status == "running")
    bpy.ops.dream.stop()
    dream.tick_until(lambda: not run.alive)
    assert run.status == "stopped"
