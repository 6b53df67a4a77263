"""Where the weights of open-vocabulary priors are: in a folder, in Hugging Face's cache, or to be downloaded."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

from engine.guidance.download import Downloads, fetch
from engine.guidance.kinds import kind_of
from engine.guidance.prior import PriorError
from engine.run.priors import PRIORS, PriorEntry

HUB_NAME = re.compile(r"(?=.{3,96}$)(?!.*(--|\.\.))\w[\w.-]*/\w[\w.-]*(?<![.-])(?<!\.git)", re.ASCII)
"""Owner and model, as Hugging Face allows them."""
VOCABULARIES = (("tokenizer.json",), ("vocab.json", "merges.txt"), ("spiece.model",))
"""Files of which a tokenizer's folder has one set: without any it would read every prompt as the same few signs."""
FILE_ENDINGS = {".safetensors", ".ckpt", ".pt", ".gguf"}
"""How other programs keep a whole model."""


def find_weights(
    prior: str, weights: str, half: bool, announce: Callable[[str], None], downloads: Downloads | None = None
) -> Path:
    """The folder of a prior's weights, or a single file; they are downloaded if need be and allowed.

    Args:
        prior: a key of PRIORS whose weights are not built in.
        weights: a folder, a file, or a name on Hugging Face; empty for the prior's own name there.
        half: whether to download weights in half precision, where there are any.
        announce: called with the name of each stage that begins.
        downloads: whether they may be downloaded; by default whoever sits at a terminal is asked.

    Raises:
        PriorError: they are not to be had, not those of such a model, or nobody agrees to a download.
        EngineError: a download cannot be kept.
    """
    from huggingface_hub import is_offline_mode

    entry = PRIORS[prior]
    found = find_here(prior, weights)
    if found is not None:
        return found
    name = weights or entry.source.name
    if is_offline_mode():
        command = f"python -m engine download {prior}" + (f" --weights {weights}" if weights else "")
        raise PriorError(
            f"{entry.title} ({name}) is not on this machine and the network is off: allow online access, or run"
            f" {command} in a terminal."
        )
    needed = partial(_choose, name=name, entry=entry, half=half)
    folder = fetch(entry.title, name, needed, announce, downloads or Downloads())
    lacks = lacking(folder, entry)
    if lacks:
        raise _no_such_model(name, entry, lacks)
    return folder


def find_here(prior: str, weights: str) -> Path | None:
    """A prior's weights on this machine, a folder or a file; None if they would have to be downloaded.

    Raises:
        PriorError: what was chosen is no such model's folder or file, nor can it be a name on Hugging Face.
    """
    entry = PRIORS[prior]
    name = weights or entry.source.name
    folder = Path(os.path.expanduser(name))  # Path's own raises where there is no home
    if folder.is_dir():
        lacks = lacking(folder, entry)
        if lacks:
            raise PriorError(f"The folder {folder} holds no {entry.title}: it lacks {lacks}.")
        return folder
    if folder.is_file() or folder.suffix in FILE_ENDINGS:
        return _single_file(folder, entry)
    if not HUB_NAME.fullmatch(name):
        raise PriorError(f"There is no folder {name}: choose the one that {entry.title} is in, or none for its own.")
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(name, "unet/config.json")
    folder = Path(cached).parents[1] if isinstance(cached, str) else None
    return folder if folder and not lacking(folder, entry) else None


def _single_file(path: Path, entry: PriorEntry) -> Path:
    """The path, if the file there is such a model. Raises PriorError."""
    if not entry.source.kinds:
        raise PriorError(f"{path} is one file: choose a folder in diffusers' layout, with a folder for each part.")
    kind = kind_of(path)
    if kind not in entry.source.kinds:
        raise PriorError(
            f"{path} is {kind}: choose a safetensors file of {' or '.join(entry.source.kinds)}, or a folder in"
            " diffusers' layout."
        )
    return path


def serves(kind: str) -> str:
    """The prior that a single file of a kind is for; empty if there is none."""
    return next((name for name, entry in PRIORS.items() if entry.source and kind in entry.source.kinds), "")


def lacking(folder: Path, entry: PriorEntry) -> str:
    """The first thing that the folder lacks of the prior, or nothing."""
    files = ["scheduler/scheduler_config.json", "tokenizer/tokenizer_config.json"]
    for file in [*files, *(f"{network}/config.json" for network in entry.source.networks)]:
        if not (folder / file).is_file():
            return file
    for network in entry.source.networks:
        if not any(weights_in(folder, network, half) for half in (True, False)):
            return f"weights in safetensors in {network}"
    if not any(all((folder / "tokenizer" / file).is_file() for file in files) for files in VOCABULARIES):
        return "a vocabulary in tokenizer"
    return misfit(folder, entry, "_class_name")


def misfit(folder: Path, entry: PriorEntry, *keys: str) -> str:
    """The first thing that the folder's U-Net is not, by these keys of its configuration, or nothing; loading tells
    more of it."""
    said, fitting = _said_of_unet(folder), entry.source.unet
    wrong = (key for key in keys if key in fitting and said.get(key, fitting[key]) != fitting[key])
    return next((f"a U-Net with {key} {fitting[key]}" for key in wrong), "")


def _said_of_unet(folder: Path) -> dict[str, Any]:
    """Its configuration; empty where the file is broken, which loading tells, too."""
    try:
        said = json.loads((folder / "unet" / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def weights_in(folder: Path, network: str, half: bool) -> list[Path]:
    """The files of a network's weights in half or in full precision; none unless all of them are there."""
    whole, shards = (
        sorted(path for path in (folder / network).glob(pattern) if path.is_file())
        for pattern in _patterns(half)[:2]
    )
    complete = bool(shards) and len(shards) == int(shards[0].stem[-5:])
    return whole or (shards if complete else [])


def _patterns(half: bool) -> tuple[str, str, str]:
    """What diffusers and transformers call weights in one file, weights in several, and the index of these."""
    mark, number = ".fp16" if half else "", 5 * "[0-9]"
    return (
        f"*model{mark}.safetensors",
        f"*model{mark}-{number}-of-{number}.safetensors",
        f"*model.safetensors.index{mark}.json",
    )


def _choose(names: list[str], name: str, entry: PriorEntry, half: bool) -> list[str]:
    """Of the names of a model's files those that are needed, in half precision or else in full.

    Raises:
        PriorError: it has no weights in safetensors.
    """
    common = ("scheduler/*.json", "tokenizer/*", *(f"{network}/config.json" for network in entry.source.networks))
    chosen = _matching(names, common)
    for network in entry.source.networks:
        weights = _weights_of(network, names, half) or _weights_of(network, names, not half)
        if not weights:
            raise _no_such_model(name, entry, f"weights in safetensors in {network}")
        chosen += weights
    return chosen


def _weights_of(network: str, names: list[str], half: bool) -> list[str]:
    return _matching(names, [f"{network}/{pattern}" for pattern in _patterns(half)])


def _matching(names: list[str], patterns: Iterable[str]) -> list[str]:
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]


def _no_such_model(name: str, entry: PriorEntry, lacks: str) -> PriorError:
    return PriorError(f"{name} is not a usable {entry.title}: it lacks {lacks}.")
