"""Weights are downloaded when the artist has agreed, and not before; the engine here is a script that says so."""

import bpy
import pytest

from tests.blender.layout import draw_panel

pytestmark = pytest.mark.blender
MODULE = "bl_ext.user_default.dreamfusion"

ENGINE = """
import json, sys
agreed = "--download" in sys.argv
offer = {"event": "offer", "page": "https://hub/owner/sd", "size": 2.1e9}
refusal = {"event": "error", "message": "Stable Diffusion is not on this machine: 2.1 GB must be downloaded."}
said = [{"event": "hello", "step": 0, "steps": 9, "device_name": "a card"}]
said += [{"event": "done", "reason": "finished", "step": 9}] if agreed else [offer, refusal]
with open("events.jsonl", "a", encoding="utf-8") as events:
    events.writelines(json.dumps(event) + "\\n" for event in said)
sys.exit(0 if agreed else 4)
"""
TELLS = """
import json, os, sys
said = " ".join([sys.argv[1], *(os.environ.get(name, "none") for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE"))])
if "run" not in sys.argv:
    sys.exit(said)
with open("events.jsonl", "a", encoding="utf-8") as events:
    for event in ({"event": "hello", "step": 0, "steps": 9}, {"event": "error", "message": said}):
        events.write(json.dumps(event) + "\\n")
sys.exit(4)
"""
"""Says what it was told of the network and of the place for downloads."""


def test_nothing_is_downloaded_before_the_artist_agrees(dream, fake_engine):
    fake_engine(ENGINE)
    dream.describe()
    with pytest.raises(RuntimeError, match=r"Stable Diffusion is not on this machine: 2\.1 GB must be downloaded\."):
        bpy.ops.dream.generate(wait=True)
    state = dream.run().state
    assert (state.offer, state.device) == ("https://hub/owner/sd", "a card") and dream.run().can_resume
    drawn = draw_panel("DREAM_PT_sidebar")
    assert drawn.button("dream.resume").text == "Download" and drawn.button("dream.resume").told.download is True
    assert drawn.button("wm.url_open").told.url == "https://hub/owner/sd"
    assert "preferences.addon_show" not in drawn.buttons, "an offer has a button of its own"
    assert bpy.ops.dream.resume(wait=True, download=True) == {"FINISHED"}
    assert dream.run().status == "finished" and not dream.run().state.offer


@pytest.mark.parametrize("online", [False, True])
def test_an_engine_hears_of_blenders_online_switch_and_of_the_downloads_folder(
    dream, fake_engine, tmp_path, monkeypatch, online
):
    fake_engine(TELLS)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", online)
    chosen, said = bpy.context.preferences.addons[MODULE].preferences, "none" if online else "1"
    dream.describe()
    for folder in ("", str(tmp_path)):
        chosen.downloads_folder = folder
        try:
            for verb, operator in (
                ("run", lambda: bpy.ops.dream.generate(wait=True)),
                ("priors", bpy.ops.dream.find_weights),
                ("doctor", bpy.ops.dream.check),
            ):
                with pytest.raises(RuntimeError, match=f"Error: {verb} {said} {folder or 'none'}\n"):
                    operator()
        finally:
            chosen.downloads_folder = ""
        bpy.context.object.select_set(False)
