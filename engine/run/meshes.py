"""How a run's meshes are made, as far as that can be changed while it goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .reading import is_number
from .settings import RunSettings, SettingsError, check_settings

SIZES = {"faces": "face_budget", "texture": "texture_size", "final_texture": "final_texture_size"}
"""The fields of the command `mesh`, and the run's settings that they change."""

MAX_DENSITY = 1e12
"""Of a threshold: a number that any computer's arithmetic bears."""


@dataclass(frozen=True)
class MeshSettings:
    """What the next mesh of a run is made with."""

    run: RunSettings
    """With the sizes that hold now."""
    threshold: float | None = None
    """Density, per scene unit, at the surface; None: the engine's own."""

    def after(self, command: dict[str, Any]) -> MeshSettings:
        """The settings after a command; the same ones where it changes nothing, or asks for what no mesh can have.

        >>> MeshSettings(RunSettings("a mug")).after({"command": "mesh", "faces": 500}).sizes
        {'faces': 500, 'texture': 512, 'final_texture': 1024}
        """
        match command.get("command"):
            case "threshold" if _is_threshold(command.get("value")):
                return replace(self, threshold=command.get("value"))
            case "mesh":
                changed = replace(self.run, **{SIZES[name]: command[name] for name in SIZES.keys() & command.keys()})
                return replace(self, run=changed) if _is_valid(changed) else self
        return self

    @property
    def sizes(self) -> dict[str, int]:
        """By the names of the command `mesh`: most triangles, and sides of the textures in pixels."""
        return {name: getattr(self.run, setting) for name, setting in SIZES.items()}


def _is_threshold(value: Any) -> bool:
    """A density to mesh at, or None for the engine's own."""
    return value is None or (is_number(value) and 0 < value < MAX_DENSITY)


def _is_valid(run: RunSettings) -> bool:
    try:
        check_settings(run)
    except SettingsError:
        return False
    return True
