"""`make gallery`: the demo for each of four prompts, their final views put together as docs/gallery.png.

Run by the Python of .venv-bpy45, like the demo.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "demo"
KEPT = DEMO / "gallery"
ENGINE = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PROMPTS = ("a red mug", "a pink donut", "a blue chair", "a blue snowman")


def run_demo(prompt: str) -> dict:
    """Do the demo, keep its sheet and the pictures of its final views lit from the left, and return their row."""
    subprocess.run([sys.executable, ROOT / "tools" / "demo.py"], check=True, env=os.environ | {"PROMPT": prompt})
    layout = json.loads((DEMO / "frames" / "sheet.json").read_text(encoding="utf-8"))
    folder = KEPT / prompt.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(DEMO / "sheet.png", folder)
    shutil.copy(DEMO / "turntable.gif", folder)
    views = next(row for row in layout["rows"] if row["label"] == "Lit from the left")
    pictures = [[shutil.copy(path, folder), words] for path, words in views["pictures"]]
    return {"label": f"“{prompt}”", "pictures": pictures}


def main() -> None:
    """Every prompt, then the picture."""
    rows = [run_demo(prompt) for prompt in PROMPTS]
    layout = {"title": "Four prompts", "subtitle": "Toybox prior, standard preset, two processor cores", "rows": rows}
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / "gallery.json").write_text(json.dumps(layout), encoding="utf-8")
    picture = ROOT / "docs" / "gallery.png"
    subprocess.run([ENGINE, ROOT / "tools" / "pictures.py", "sheet", KEPT / "gallery.json", picture], check=True)
    print(f"docs/gallery.png; sheets and turntables are in {KEPT.relative_to(ROOT)}/")


if __name__ == "__main__":
    main()
