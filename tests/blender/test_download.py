"""Weights are downloaded when the artist has agreed, and not before; the engine here is a script that says so."""

import bpy
import pytest

pytestmark = pytest.mark.blender

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


def test_nothing_is_downloaded_before_the_artist_agrees(dream, fake_engine):
    fake_engine(ENGINE)
    dream.describe()
    with pytest.raises(RuntimeError, match=r"Stable Diffusion is not on this machine: 2\.1 GB must be downloaded\."):
        bpy.ops.dream.generate(wait=True)
    state = dream.run().state
    assert (state.offer, state.device) == ("https://hub/owner/sd", "a card") and dream.run().can_resume
    assert bpy.ops.dream.resume(wait=True, download=True) == {"FINISHED"}
    assert dream.run().status == "finished" and not dream.run().state.offer
