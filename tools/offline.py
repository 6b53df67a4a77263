"""Make a folder that the engine can be set up from without a network: packages, the installer, a Python.

    python -m tools.offline                        # dist/offline-linux-x86_64, for computers like this one
    python -m tools.offline --platform windows     # for others: linux, macos, windows

The folder's manifest (engine/setup/offline.py) is written last, so that half of one is never taken for whole. torch is
the one for the processor; UV_TORCH_BACKEND=cu130 in the environment makes it one for NVIDIA's cards.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import unquote
from urllib.request import urlopen

from engine import __version__
from engine.run.exits import REQUIREMENTS
from engine.setup.console import Console
from engine.setup.cost import in_units
from engine.setup.errors import CommandFailed, SetupError
from engine.setup.offline import PACKAGES, PYTHONS, Manifest, this_platform, write_manifest
from engine.setup.pip_wheel import PATIENCE, WHEEL
from engine.setup.place import environment_path
from engine.setup.progress import Progress
from engine.setup.steps import INSTALLER, Steps
from engine.setup.steps import PYTHONS as VERSIONS
from tools.build_extension import build

ROOT = Path(__file__).resolve().parents[1]
TORCH_INDEX = "https://download.pytorch.org/whl/"
README = """\
Dreamfusion for Blender, without a network, for {platform}

1. In Blender: Edit > Preferences > Get Extensions > the arrow at the top right > Install from Disk: choose the zip that
   lies beside this file.
2. In the preferences of Dreamfusion (Add-ons), choose this folder as Offline Folder.
3. Press Set Up there. Once it has said that all is well, this folder is needed no more.
{needs}"""
PYTHON_GROWS = 4
"""How much larger a Python is than its archive."""
NEEDS = "\nThis folder brings no Python: the computer needs Python {python} (Blender 4.2 to 5.0 has 3.11 with it).\n"


@dataclass(frozen=True)
class Target:
    """A kind of computer, by the names that each tool has for it."""

    uv: str
    """To uv, where it picks packages."""
    python: str
    """To uv, where it picks a Python: the end of its key."""
    pip: tuple[str, ...]
    """To pip: the tags of wheels that will do."""


TARGETS = {
    "linux-x86_64": Target(
        "x86_64-manylinux_2_28",
        "linux-x86_64-gnu",
        (*(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)), "manylinux2014_x86_64"),
    ),
    "macos-arm64": Target("aarch64-apple-darwin", "macos-aarch64-none", ("macosx_14_0_arm64",)),
    "windows-x86_64": Target("x86_64-pc-windows-msvc", "windows-x86_64-none", ("win_amd64",)),
}
"""By the names of `this_platform`: what torch and OpenVINO have wheels for."""


def fetch_python(steps: Steps, target: Target, folder: Path) -> bool:
    """Put the Python that uv would fetch into the folder, as a mirror has it; whether it could be had.

    uv compares it with the hash that it knows when it installs it. Raises SetupError, OSError.
    """
    said = steps.uv(
        "python", "list", VERSIONS[0], "--only-downloads", "--all-platforms", "--all-arches", "--output-format", "json"
    )
    listed = json.loads(next(line for line in said.splitlines() if line.startswith("[")))
    address = next(
        build["url"]
        for build in listed
        if build["key"].startswith("cpython-") and build["key"].endswith(target.python)
        and build["variant"] == "default"
    )
    path = folder / PYTHONS / Path(*unquote(address).split("/")[-2:])
    path.parent.mkdir(parents=True)
    try:
        with urlopen(address, timeout=PATIENCE) as answer, open(path, "wb") as file:
            shutil.copyfileobj(answer, file)
    except (URLError, TimeoutError) as error:
        print(f"   no Python ({error}): the folder is for computers that have Python {VERSIONS[-1]}")
        shutil.rmtree(folder / PYTHONS)
        return False
    return True


def fetch_packages(steps: Steps, target: Target, python: str, folder: Path) -> None:
    """Put the wheels of all packages into the folder, for that version of Python. Raises SetupError, OSError.

    uv decides which, for the other system too, where pip would take this one's markers; uv has no download, pip has.
    """
    backend, listed = os.environ.get("UV_TORCH_BACKEND", "cpu"), steps.folder / "packages.txt"
    resolve = (
        "pip", "compile", REQUIREMENTS, "--output-file", listed, "--no-header", "--no-annotate", *steps.options,
        "--only-binary", ":all:", "--python-platform", target.uv, "--python-version", python,
    )
    index = ["--extra-index-url", TORCH_INDEX + backend]
    try:
        steps.uv(*resolve, "--torch-backend", backend)
    except CommandFailed as error:
        if "pytorch.org" not in error.output:
            raise
        print("   PyTorch's own package index cannot be reached: torch comes from the ordinary one, and may be larger")
        steps.uv(*resolve)
        index = []
    steps.console.run(
        sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--progress-bar", "off", "--no-deps",
        "--only-binary", ":all:", "--python-version", python, *(f"--platform={tag}" for tag in target.pip), *index,
        "--dest", folder / PACKAGES, "-r", listed, "-r", INSTALLER, f"pip=={WHEEL.split('-')[1]}",
    )


def gather(folder: Path, platform: str, log: Path) -> Manifest:
    """Fill an empty folder for computers of that platform, its manifest last. Raises SetupError, OSError."""
    target = TARGETS[platform]
    with tempfile.TemporaryDirectory() as name:
        steps = Steps(Path(name), Console(log), Progress(Path(name), 0))
        steps.fetch_installer()
        brings_python = fetch_python(steps, target, folder)
        python = VERSIONS[0 if brings_python else -1]
        fetch_packages(steps, target, python, folder)
    needs = "" if brings_python else NEEDS.format(python=python)
    (folder / "README.txt").write_text(README.format(platform=platform, needs=needs), encoding="utf-8")
    manifest = Manifest(
        platform=platform, version=__version__, environment=environment_path(folder).name, python=python,
        brings_python=brings_python, disk=size_on_disk(folder), files=files(folder),
    )
    write_manifest(folder, manifest)
    return manifest


def files(folder: Path) -> dict[str, int]:
    """The size of each file below a folder, by its path there."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size for path in sorted(folder.rglob("*")) if path.is_file()
    }


def size_on_disk(folder: Path) -> int:
    """About how many bytes the engine takes that is made of it: what the wheels hold, and a Python, unpacked."""
    packed = 0
    for wheel in (folder / PACKAGES).glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            packed += sum(entry.file_size for entry in archive.infolist())
    return packed + PYTHON_GROWS * sum(path.stat().st_size for path in (folder / PYTHONS).rglob("*.tar.gz"))


def main() -> None:
    """The command line; SystemExit with one sentence where it cannot be done."""
    parser = argparse.ArgumentParser(description="Make a folder that the engine can be set up from without a network.")
    parser.add_argument("--bpy", type=Path, default=ROOT / ".venv-bpy45", help="folder with bpy or Blender")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder for the folder")
    parser.add_argument("--platform", default=this_platform(), help=f"one of {', '.join(TARGETS)}, or how it begins")
    arguments = parser.parse_args()
    platform = next((name for name in TARGETS if name.startswith(arguments.platform)), None)
    if platform is None:
        raise SystemExit(f"There is no engine for {arguments.platform}: there is one for {', '.join(TARGETS)}.")
    folder = arguments.output / f"offline-{platform}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    build(arguments.bpy, folder)
    print(f"== gathering what {platform} needs (large downloads)", flush=True)
    log = folder.with_suffix(".log")
    os.environ.setdefault("MACOSX_DEPLOYMENT_TARGET", "14.0")  # the Mac that uv takes packages for: torch needs it
    try:
        manifest = gather(folder, platform, log)
    except (SetupError, OSError) as error:
        raise SystemExit(f"{error} More in {log}.") from None
    print(f"{folder}: {in_units(sum(manifest.files.values()))} in {len(manifest.files)} files")


if __name__ == "__main__":
    main()
