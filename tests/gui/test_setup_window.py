"""In a real window: from the installed zip to a mesh with two buttons and a prompt, while there is no network."""

from __future__ import annotations

import os
import sys
import time

import pytest

from engine.setup.cost import in_units, size_of
from engine.setup.offline import this_platform
from tests.gui.place import ROOT

pytestmark = [pytest.mark.gui, pytest.mark.slow, pytest.mark.in_full]

OFFLINE = ROOT / "dist" / f"offline-{this_platform()}"
NOWHERE = "http://127.0.0.1:9"
"""An address that nobody answers at."""


def test_set_up_then_generate(desktop, package, capsys):
    if not OFFLINE.exists():
        pytest.skip(f"there is no {OFFLINE.name}: `make offline` makes it")
    engine = desktop.folder / "engine"
    del desktop.environment["DREAMFUSION_ENGINE_PYTHON"]
    desktop.environment |= {"DREAMFUSION_ENGINE": str(engine), "HTTPS_PROXY": NOWHERE, "HTTP_PROXY": NOWHERE}
    # Where the offline folder brings no Python, this one has to be found.
    desktop.environment["PATH"] = os.pathsep.join([f"{sys.base_prefix}/bin", os.environ["PATH"]])
    desktop.start(package, OFFLINE)
    desktop.clear_scene()
    desktop.open_tab("Dream")
    button = desktop.find("dream.setup()")
    desktop.screenshot(desktop.folder / "1-offer.png")

    began = time.monotonic()
    desktop.click(*button)
    desktop.wait_for(lambda: desktop.seen()["setup"], "the set-up to begin", 30)
    shares = set()

    def half_way():
        shares.add(desktop.seen()["setup"][0])
        return max(shares) > 0.5

    desktop.wait_for(half_way, "the set-up to be half done", 300)
    desktop.screenshot(desktop.folder / "2-progress.png")
    assert len(shares) >= 4, f"the bar stood still: {sorted(shares)}"
    desktop.wait_for(lambda: desktop.seen()["setup"][1].startswith("The engine is set up"), "the engine", 300)
    took = time.monotonic() - began
    desktop.screenshot(desktop.folder / "3-done.png")
    with capsys.disabled():
        print(f"\nthe engine was set up in {took:.0f} s, {in_units(size_of(engine))}; pictures in {desktop.folder}")

    desktop.generate("a red mug")
    desktop.wait_for(lambda: desktop.made()["vertices"], "the first mesh", 120)
    desktop.screenshot(desktop.folder / "4-mesh.png")
