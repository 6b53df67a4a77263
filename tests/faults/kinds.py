"""The kinds of faults that hurt an engine or its run folder: a function each, which hurts one trial in one way."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from engine.run import exits
from engine.run.events import events_path
from engine.run.folder import checkpoint_path, commands_path, settings_path
from tests.faults.trial import NotSurvived, Trial

WHOLE_SHARE = 0.1
"""Share of the trials with signals that start a whole process, so that imports are hurt too."""


def killed(trial: Trial) -> None:
    """Kill -9, or the system's out-of-memory killer."""
    _send(trial, signal.SIGKILL)


def terminated(trial: Trial) -> None:
    """SIGTERM, as at a log-off."""
    _send(trial, signal.SIGTERM)


def interrupted(trial: Trial) -> None:
    """Ctrl+C."""
    _send(trial, signal.SIGINT)


def _send(trial: Trial, number: int) -> None:
    engine = trial.begin(whole=trial.rng.random() < WHOLE_SHARE)
    trial.wait_a_while(engine)
    engine.signal(number)


def abandoned(trial: Trial) -> None:
    """Whoever started the engine is gone."""
    engine = trial.begin()
    trial.wait_a_while(engine)
    engine.lifeline.close()


def full_disk(trial: Trial) -> None:
    """A small file system fills up; the artist frees some space. Where there may be none, a limit on file sizes."""
    trial.folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={trial.rng.randrange(4, 400)}k", "tmpfs", trial.folder]
    if not shutil.which("mount") or subprocess.run(mount, check=False, capture_output=True).returncode:
        small_files(trial)
        return
    trial.cleaning.callback(subprocess.run, ["umount", "--lazy", trial.folder], check=True)
    trial.mend = partial(subprocess.run, ["mount", "-o", "remount,size=64m", trial.folder], check=True)
    try:
        trial.begin()
    except OSError:  # too small for the settings: whoever starts a run says so
        trial.mend()
        trial.begin()


def small_files(trial: Trial) -> None:
    """No file may become larger than some limit (ulimit -f)."""
    trial.begin(hamper=partial(limit, "RLIMIT_FSIZE", trial.rng.randrange(100, 300_000)))


def refused_memory(trial: Trial) -> None:
    """The system gives no more memory than some (ulimit -v)."""
    trial.begin(hamper=partial(limit_memory, trial.rng.randrange(1, 200) << 20))


def limit(name: str, value: int) -> None:
    """Set one of this process's limits."""
    import resource  # not on Windows

    resource.setrlimit(getattr(resource, name), (value, value))


def limit_memory(more: int) -> None:
    """Let this process have so many bytes more than it has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit("RLIMIT_AS", pages * os.sysconf("SC_PAGESIZE") + more)


def clock(trial: Trial) -> None:
    """The clock jumps, some years at most, forwards and back. Simulated: Python's time.time in the engine's process is
    another, and files get such times; the system's clock stays."""
    trial.begin(hamper=partial(let_the_clock_jump, trial.rng.randrange(2**31)))
    trial.wait_a_while(trial.engines[0])
    for path in _files(trial):
        moment = time.time() + trial.rng.uniform(-1e8, 1e8)
        try:
            os.utime(path, (moment, moment))
        except FileNotFoundError:
            continue  # the engine has replaced it meanwhile


def let_the_clock_jump(seed: int) -> None:
    """Make each tenth look at this process's clock, or so, one after which it goes wrong by another amount."""
    rng, real, wrong = random.Random(seed), time.time, [0.0]

    def jumping() -> float:
        """Seconds since 1970, more or less."""
        if rng.random() < 0.1:
            wrong[0] = rng.uniform(-1e8, 1e8)
        return real() + wrong[0]

    time.time = jumping


GARBAGE: tuple[Callable[[random.Random], bytes], ...] = (
    lambda rng: rng.randbytes(rng.randrange(1, 5000)),
    lambda rng: b'{"event": "progress", "step": 1e999, "steps": -1}\n',
    lambda rng: b'{"event": ["snapshot"], "command": {"stop": 1}, "step": "3"}\n',
    lambda rng: b'{"event": "snapshot", "step": 7, "command": "threshold", "value": NaN}\n',
    lambda rng: b'{"command": "threshold", "value": -3}\n{"command": "threshold", "value": 1e400}\n',
    lambda rng: b"[" * rng.randrange(1, 100_000) + b"\n",
    lambda rng: b'{"command": "sn',
    lambda rng: b"\x00" * rng.randrange(1, 5000),
    lambda rng: b"\xef\xbb\xbf{}\r\n\r\n\n\xff\xfe",
    lambda rng: b"x" * (1 << 21) + b"\n",
)


def garbage(trial: Trial) -> None:
    """Somebody else writes into the files of JSON lines."""
    engine = trial.begin()
    for _ in range(trial.rng.randrange(1, 4)):
        trial.wait_a_while(engine)
        path = trial.rng.choice((events_path, commands_path))(trial.folder)
        with open(path, "ab") as file:
            file.write(trial.rng.choice(GARBAGE)(trial.rng))


def two_engines(trial: Trial) -> None:
    """A second engine is started on the folder: it leaves with a sentence, and the first one does not notice."""
    first = trial.begin()
    trial.wait_a_while(first)
    second = trial.start(trial.rng.choice(("run", "resume")))
    if not second.wait(60):
        raise NotSurvived("the second engine stayed")
    # One that has said its last word has let go of the folder, though its process may be there for a moment.
    at_work = first.code is None and all(event["event"] != "done" for event in trial.events())
    if second.code != exits.FOLDER_BUSY and at_work:
        raise NotSurvived(f"the second engine left with {second.code}, not {exits.FOLDER_BUSY}: {second.said()}")


def cut(trial: Trial) -> None:
    """A file loses its end."""
    path = _some_file(trial)
    os.truncate(path, trial.rng.randrange(path.stat().st_size + 1))


def zeroed(trial: Trial) -> None:
    """A part of a file is zeros, as after a power cut."""
    path = _some_file(trial)
    with path.open("r+b") as file:
        size = path.stat().st_size
        start = trial.rng.randrange(size + 1)
        file.seek(start)
        file.write(bytes(trial.rng.randrange(size - start + 1)))


def flipped(trial: Trial) -> None:
    """A few bits of a file are wrong."""
    path = _some_file(trial)
    content = bytearray(path.read_bytes())
    for _ in range(trial.rng.randrange(1, 8) if content else 0):
        content[trial.rng.randrange(len(content))] ^= 1 << trial.rng.randrange(8)
    path.write_bytes(content)


def deleted(trial: Trial) -> None:
    """A file or a folder is deleted."""
    trial.stop_half_way()
    path = _hurt_one(trial, list(trial.folder.rglob("*")))
    _remove(path)


def replaced(trial: Trial) -> None:
    """In a file's or a folder's place is a link, a folder or another file, until the artist takes it away."""
    trial.stop_half_way()
    path = _hurt_one(trial, list(trial.folder.rglob("*")))
    _remove(path)
    trial.mend = partial(_remove, path)
    match trial.rng.randrange(4):
        case 0:
            path.symlink_to(trial.home / "nowhere")
        case 1:
            path.symlink_to("/dev/full" if os.path.exists("/dev/full") else trial.home)
        case 2:
            path.mkdir()
        case 3:
            path.write_bytes(b"somebody else's")


def whole_folder_deleted(trial: Trial) -> None:
    """The run folder is deleted while the engine works: it leaves, and does not make the folder again."""
    engine = trial.begin()
    trial.wait_a_while(engine)
    trial.spoiled = True
    shutil.rmtree(trial.folder)
    engine.lifeline.close()
    engine.wait(60)
    if trial.folder.exists():
        raise NotSurvived(f"the deleted folder came back with {sorted(trial.folder.rglob('*'))}")


def gradients_not_finite(trial: Trial) -> None:
    """The prior answers with NaN now and then."""
    trial.begin(hamper=partial(let_the_prior_fail, trial.rng.randrange(2**31), trial.rng.uniform(0, 0.4)))


def let_the_prior_fail(seed: int, share: float) -> None:
    """Make a share of this process's answers of the Toybox prior NaN."""
    from engine.guidance.priors.toybox import ToyboxPrior  # in the engine's process

    rng, real = random.Random(seed), ToyboxPrior.predict_noise

    def failing(*arguments: object) -> torch.Tensor:
        """The real answer, or none."""
        return real(*arguments) * (float("nan") if rng.random() < share else 1.0)

    ToyboxPrior.predict_noise = failing


def checkpoint_not_finite(trial: Trial) -> None:
    """Some numbers of the checkpoint are no numbers."""
    trial.stop_half_way()
    trial.spoiled = True
    (path,) = checkpoint_path(trial.folder).glob("*.safetensors")
    tensors = load_file(path)
    name = trial.rng.choice(sorted(name for name in tensors if tensors[name].is_floating_point()))
    hurt = torch.rand(tensors[name].shape, generator=torch.Generator().manual_seed(trial.rng.randrange(2**31)))
    bad = trial.rng.choice((float("nan"), float("inf"), -float("inf")))
    tensors[name] = torch.where(hurt <= max(trial.rng.random(), hurt.min().item()), bad, tensors[name])
    save_file(tensors, path)


def _some_file(trial: Trial) -> Path:
    """A file to hurt, of a run that was stopped."""
    trial.stop_half_way()
    return _hurt_one(trial, _files(trial))


def _files(trial: Trial) -> list[Path]:
    return [path for path in trial.folder.rglob("*") if path.is_file()]


def _hurt_one(trial: Trial, paths: list[Path]) -> Path:
    """One of the paths; what the trial may lose depends on which. Each kind of file is as likely as the others."""
    kinds = sorted({path.suffix or path.name for path in paths})
    chosen = trial.rng.choice(kinds)
    path = trial.rng.choice(sorted(path for path in paths if (path.suffix or path.name) == chosen))
    makes_the_run = (checkpoint_path(trial.folder), settings_path(trial.folder))
    trial.spoiled = any(path == part or part in path.parents for part in makes_the_run)
    return path


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


KINDS: dict[Callable[[Trial], None], int] = {
    killed: 60, terminated: 40, interrupted: 60, abandoned: 30, full_disk: 50, small_files: 30, refused_memory: 30,
    clock: 20, garbage: 40, two_engines: 30, cut: 40, zeroed: 30, flipped: 30, deleted: 30, replaced: 40,
    whole_folder_deleted: 15,
    gradients_not_finite: 20, checkpoint_not_finite: 20,
}  # fmt: skip
"""Every kind, with the number of its trials."""
