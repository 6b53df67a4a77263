"""What was asked of a run: settings.json."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from .atomic import atomic_write_json, encode_json
from .exits import BAD_INPUT, EngineError, clause
from .folder import SCHEMA, saved_step, settings_path
from .priors import METHOD, PRIORS, PriorEntry
from .reading import is_number, is_whole, read_json

PRESETS = ("draft", "standard", "fine", "paper")
LADDER = ("draft", "standard", "fine")
"""The presets that a run can be taken up: their fields are the same. The paper's has one of its own."""
DEVICES = ("auto", "cpu", "cuda", "mps")
MAX_SEED = 2**31 - 1
MAX_PROMPT = 1000
"""Longest prompt, in characters."""
MIN_FACES = 4
"""A tetrahedron."""
TEXTURE_SIZES = (8, 8192)
"""Smallest and largest side of a texture, in pixels."""


class SettingsError(EngineError):
    """Settings that no run can start with."""

    exit_code = BAD_INPUT


@dataclass(frozen=True)
class RunSettings:
    """Everything that decides a run. Check with check_settings before use."""

    prompt: str
    """What to make, 1 to MAX_PROMPT characters on one line."""
    prior: str = "toybox"
    """Name of the frozen text-to-image model, a key of PRIORS."""
    weights: str = ""
    """Folder or file of the prior's weights, or their name on Hugging Face; empty for the prior's own."""
    preset: str = "standard"
    """How much work to spend, one of PRESETS."""
    seed: int = 0
    """Decides every random choice; 0 to MAX_SEED."""
    device: str = "auto"
    """Where to compute, one of DEVICES."""
    steps: int | None = None
    """Optimisation steps, at least 1; None means the preset's number."""
    snapshot_every: float = 5.0
    """Seconds between snapshots; 0 means as often as the occupancy grid is updated."""
    preview_every: float = 2.0
    """Seconds between preview images; 0 means after every step."""
    face_budget: int = 20_000
    """Most triangles in a snapshot, at least MIN_FACES."""
    texture_size: int = 512
    """Side of a snapshot's texture, in pixels."""
    final_texture_size: int = 1024
    """Side of the last snapshot's texture, in pixels."""
    start: str = ""
    """Name of the file in the run folder whose mesh the run starts from (engine/run/start.py); empty: from a ball."""
    overrides: dict[str, Any] = field(default_factory=dict)
    """Dotted names of the engine's own settings, with the values (anything JSON holds) to use instead."""


def clean_prompt(text: str) -> str:
    """The prompt on one line: control characters, line breaks and runs of spaces become single spaces, ends trimmed.

    Emoji, their joiners and every script stay as they are, letters and syllables composed (Unicode's NFC): macOS takes
    them apart. Lone surrogates are no characters and go too.
    """
    composed = unicodedata.normalize("NFC", text)
    printable = (" " if unicodedata.category(character) in ("Cc", "Cs") else character for character in composed)
    return " ".join("".join(printable).split())


def check_settings(settings: RunSettings) -> None:
    """Raise SettingsError, with one sentence that says what is wrong and what would be right, or return None."""
    _check_prompt(settings.prompt)
    _check_choice("prior", settings.prior, tuple(PRIORS))
    if not isinstance(settings.weights, str):
        raise SettingsError(f"The weights must be a folder or a name, not {settings.weights!r}.")
    _check_choice("preset", settings.preset, PRESETS)
    _check_choice("device", settings.device, DEVICES)
    _check_integer("seed", settings.seed, 0, MAX_SEED)
    if settings.steps is not None:
        _check_integer("number of steps", settings.steps, 1, MAX_SEED)
    _check_seconds("time between snapshots", settings.snapshot_every)
    _check_seconds("time between previews", settings.preview_every)
    _check_integer("face budget", settings.face_budget, MIN_FACES, MAX_SEED)
    _check_integer("texture size", settings.texture_size, *TEXTURE_SIZES)
    _check_integer("final texture size", settings.final_texture_size, *TEXTURE_SIZES)
    _check_start(settings.start)
    _check_overrides(settings.overrides)
    _check_method(PRIORS[settings.prior], settings.overrides.get(METHOD))


def _check_prompt(prompt: Any) -> None:
    if not isinstance(prompt, str):
        raise SettingsError(f"The prompt must be text, not {prompt!r}.")
    length = len(clean_prompt(prompt))
    if length == 0:
        raise SettingsError("The prompt is empty: describe the object to make.")
    if length > MAX_PROMPT:
        raise SettingsError(f"The prompt has {length:,} characters: shorten it to at most {MAX_PROMPT:,}.")


def _check_choice(name: str, value: Any, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SettingsError(f"The {name} {value!r} is not known: choose one of {', '.join(known)}.")


def _check_integer(name: str, value: Any, smallest: int, largest: int) -> None:
    if not is_whole(value):
        raise SettingsError(f"The {name} must be a whole number, not {value!r}.")
    if not smallest <= value <= largest:
        raise SettingsError(f"The {name} must be from {smallest} to {largest}, not {value}.")


def _check_seconds(name: str, value: Any) -> None:
    if not is_number(value) or not 0 <= value <= MAX_SEED:
        raise SettingsError(f"The {name} must be a number of seconds, 0 or more, not {value!r}.")


def _check_start(name: Any) -> None:
    if not isinstance(name, str):
        raise SettingsError(f"The start must be the name of a file, not {name!r}.")
    if name and not re.fullmatch(r"\w[\w.-]{0,99}", name):  # so that it leads out of the run folder on no system
        raise SettingsError(f"The start must be a file in the run folder, such as start.npz, not {name!r}.")


def _check_overrides(overrides: Any) -> None:
    if not isinstance(overrides, dict) or not all(isinstance(name, str) and name for name in overrides):
        raise SettingsError("The overrides must be a table of setting names and values.")
    for name, value in overrides.items():
        try:
            encode_json(value)
        except (TypeError, ValueError):
            raise SettingsError(f"The override {name} cannot be saved as JSON: {value!r}.") from None


def _check_method(prior: PriorEntry, method: Any) -> None:
    """A prior that has settings for some methods has them for no other."""
    known = list(prior.methods)
    if method is not None and prior.source is not None and method not in known:
        raise SettingsError(
            f"{prior.title} has no settings for the method {method!r}: choose one of {', '.join(known)}."
        )


def write_settings(folder: Path, settings: RunSettings) -> None:
    """Check the settings and write them, with the prompt cleaned, to the folder's settings.json.

    Raises SettingsError for bad settings, OSError if the folder cannot be written.
    """
    check_settings(settings)
    cleaned = replace(settings, prompt=clean_prompt(settings.prompt))
    atomic_write_json(settings_path(folder), {"schema": SCHEMA, **asdict(cleaned)})


def raise_preset(folder: Path, preset: str, steps: int | None = None) -> None:
    """Have the run in `folder` go on under another preset of LADDER, not a lower one, and `steps` (None: the preset's).

    What is done keeps its number of steps, and schedules go by share: a draft's 400 steps are the first 400 of 900.
    Raises SettingsError, with one sentence, if that cannot be; OSError if the folder cannot be written.
    """
    settings = read_settings(folder)
    for name in (settings.preset, preset):
        if name not in LADDER:
            raise SettingsError(f"No run goes on to or from the preset {name!r}: choose among {', '.join(LADDER)}.")
    if LADDER.index(preset) < LADDER.index(settings.preset):
        raise SettingsError(f"The run has the preset {settings.preset!r} already, which is higher than {preset!r}.")
    if steps is not None:
        _check_more(folder, steps)
    write_settings(folder, replace(settings, preset=preset, steps=steps))


def set_steps(folder: Path, steps: int) -> None:
    """Have the run in `folder` take so many steps in all, also where it has finished with fewer.

    Schedules go by the share of a stage: a run of 900 steps that gets 1,350 goes back to its shape, whose stage is then
    three quarters done, so that noise and rates go on as they are there, a little higher than they were at the end, and
    fall again; then its colours are painted anew. That leaves no rough surface, as steps at the end's own rates would.
    A run that gets a seventh more or less only paints on. Raises SettingsError, with one sentence, for fewer than are
    done; OSError if the folder cannot be written.
    """
    _check_more(folder, steps)
    write_settings(folder, replace(read_settings(folder), steps=steps))


def _check_more(folder: Path, steps: int) -> None:
    done = saved_step(folder)
    if steps <= done:
        raise SettingsError(f"The run has done {done:,} steps already: give it more than that.")


def read_settings(folder: Path) -> RunSettings:
    """The checked settings in the folder's settings.json; settings it leaves out have their default.

    Raises SettingsError, with one sentence, if the file is missing, broken, made by a newer version, or asks for what
    no run can do.
    """
    path = settings_path(folder)
    try:
        stored = read_json(path, folder)
    except (FileNotFoundError, NotADirectoryError):
        raise SettingsError(f"There is no settings.json in {folder}: choose the folder of a run.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({clause(error)}): check it, and its permissions.") from error
    except ValueError as error:
        raise SettingsError(f"{path} is broken ({clause(error)}): start a new run.") from error
    return _from_stored(path, stored)


def _from_stored(path: Path, stored: Any) -> RunSettings:
    if not isinstance(stored, dict):
        raise SettingsError(f"{path} is broken (it holds no settings): start a new run.")
    schema = stored.pop("schema", None)
    if not is_whole(schema) or schema < 1:
        raise SettingsError(f"{path} is broken (it names no schema version): start a new run.")
    if schema > SCHEMA:
        raise SettingsError(f"{path} was made by a newer version (schema {schema}; this one reads {SCHEMA}): update.")
    unknown = sorted(stored.keys() - {known.name for known in fields(RunSettings)})
    if unknown:
        raise SettingsError(f"{path} has an unknown setting, {unknown[0]!r}: correct or remove it.")
    if "prompt" not in stored:
        raise SettingsError(f"{path} has no prompt: start a new run.")
    settings = RunSettings(**stored)
    check_settings(settings)
    return replace(settings, prompt=clean_prompt(settings.prompt))
