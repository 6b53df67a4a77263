"""A folder that `make offline` made, from which Set Up takes everything: packages, the installer, a Python."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..run.atomic import atomic_write_json
from ..run.reading import read_json
from .errors import SetupError
from .pip_wheel import WHEEL
from .place import environment_path

MANIFEST = "offline.json"
PACKAGES, PYTHONS = "packages", "python"
"""Its folders: of wheels, and of Pythons in the order that uv wants of a mirror."""


@dataclass(frozen=True)
class Manifest:
    """What an offline folder says of itself."""

    platform: str
    """The systems that it is for, as `this_platform` names them."""
    version: str
    """The extension's."""
    environment: str
    """The name that `place.environment_path` gives to the packages."""
    python: str
    """The version of Python that the packages are for, such as 3.12."""
    brings_python: bool
    """Whether that Python is in it: else one has to be on the computer."""
    disk: int
    """About how many bytes the engine takes that is made of it."""
    files: dict[str, int]
    """Size in bytes by path: forward slashes, relative to the folder."""


@dataclass(frozen=True)
class OfflineFolder:
    """An offline folder that was found whole, and right for this computer."""

    folder: Path
    manifest: Manifest

    def pip_command(self) -> list[str]:
        """How its pip is run, by this Python; settings that this computer has for pip do not count."""
        return [sys.executable, str(self.folder / PACKAGES / WHEEL / "pip"), "--isolated"]

    def options(self) -> list[str]:
        """What tells pip's and uv's install that packages come from nowhere else."""
        return ["--no-index", "--find-links", str(self.folder / PACKAGES)]

    def variables(self) -> dict[str, str]:
        """What tells uv that there is no network, and where a Python is."""
        return {"UV_OFFLINE": "1", "UV_NO_CONFIG": "1", "UV_PYTHON_INSTALL_MIRROR": (self.folder / PYTHONS).as_uri()}


def this_platform() -> str:
    """This computer's system and processor: linux-x86_64, macos-arm64, windows-x86_64, or one that has no engine."""
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    return f"{system}-{ {'amd64': 'x86_64', 'aarch64': 'arm64'}.get(machine, machine) }"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Say that the folder is whole. Raises OSError."""
    atomic_write_json(folder / MANIFEST, asdict(manifest))


def open_offline(folder: Path) -> OfflineFolder:
    """The offline folder there.

    Raises SetupError, one sentence, if there is none, it is for other computers or another version of the extension,
    or some of it is missing.
    """
    manifest = _read(folder / MANIFEST)
    if manifest.platform != this_platform():
        raise SetupError(
            f"The offline folder {folder} is for {manifest.platform}, and this computer is {this_platform()}: choose"
            " one that was made for it."
        )
    if manifest.environment != environment_path(folder).name:
        raise SetupError(
            f"The offline folder {folder} is for version {manifest.version} of this extension, whose engine is another:"
            " install the zip that lies in that folder, or choose a newer folder."
        )
    for name, size in manifest.files.items():
        path = folder / PurePosixPath(name)
        if not path.is_file() or path.stat().st_size != size:
            raise SetupError(f"The offline folder {folder} is not whole ({name} is missing or cut off): copy it again.")
    return OfflineFolder(folder, manifest)


def _read(path: Path) -> Manifest:
    """Raises SetupError."""
    try:
        content = read_json(path, path.parent)
    except FileNotFoundError:
        raise SetupError(f"There is no {path.name} in {path.parent}: choose a folder that make offline made.") from None
    except (OSError, ValueError) as error:
        raise SetupError(f"{path} cannot be read ({error}): copy the offline folder again.") from error
    if not _is_manifest(content):
        raise SetupError(f"{path} is not what make offline writes: choose another folder, or copy it again.")
    return Manifest(**content)


def _is_manifest(content: Any) -> bool:
    types = {"brings_python": bool, "disk": int, "files": dict}
    return (
        isinstance(content, dict)
        and content.keys() == Manifest.__dataclass_fields__.keys()
        and all(type(value) is types.get(name, str) for name, value in content.items())
        and all(type(size) is int for size in content["files"].values())
    )
