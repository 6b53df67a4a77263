"""One trial: a small run is started, hurt in one way, and has to come to its end all the same."""

from __future__ import annotations

import atexit
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from engine.run.commands import send_command
from engine.run.events import events_path
from engine.run.settings import write_settings
from engine.run.tail import TailReader
from tests.faults.engines import Engine
from tests.faults.tiny import PATIENCE, SETTINGS, STEPS


class NotSurvived(Exception):
    """What was lost, in one sentence."""


class Trial:
    """A run folder and the engines that were started on it.

    Attributes:
        rng: decides everything that is random about the fault; the moment also depends on the machine.
        spoiled: whether the checkpoint or the settings themselves were hurt, so that the work may be lost.
        mend: what an artist does about the fault when the engine asks for it, such as free some space.
    """

    def __init__(self, kind: str, seed: int) -> None:
        self.rng = random.Random(f"{kind} {seed}")
        self.cleaning = ExitStack()
        self.home = Path(self.cleaning.enter_context(tempfile.TemporaryDirectory(prefix="dreamfusion-fault-")))
        self.folder = self.home / "run"
        self.engines: list[Engine] = []
        self.reached = 0
        self.spoiled = False
        self.mend: Callable[[], None] | None = None

    def begin(self, **how: object) -> Engine:
        """A run from its first step on."""
        self.folder.mkdir(exist_ok=True)
        write_settings(self.folder, SETTINGS)
        return self.start("run", **how)

    def start(self, verb: str, **how: object) -> Engine:
        """An engine on the run folder."""
        self.engines.append(Engine(verb, self.folder, self.home / f"engine-{len(self.engines)}", **how))
        return self.engines[-1]

    def wait_a_while(self, engine: Engine) -> None:
        """Until a random moment of the engine's work; a whole process may still be at its imports then."""
        events = self.rng.randrange(0 if engine.whole else 1, 30)
        end = time.monotonic() + PATIENCE
        while len(self.events()) < events and engine.code is None and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(self.rng.random() * (3.0 if engine.whole and not events else 0.1))

    def stop_half_way(self) -> None:
        """Have a run in the folder that was stopped in its middle."""
        shutil.copytree(_stopped_run(), self.folder)
        self.events()

    def events(self) -> list[dict]:
        """The engines' events so far; notes the last step that was reached."""
        try:
            events = [event for event in TailReader(events_path(self.folder)).read() if "time" in event]
        except OSError:
            return []
        self.reached = max([self.reached, *(step for event in events if isinstance(step := event.get("step"), int))])
        return events


@cache
def _stopped_run() -> Path:
    """A run that was stopped in its middle, made once."""
    home = Path(tempfile.mkdtemp(prefix="dreamfusion-fault-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    folder = home / "run"
    folder.mkdir()
    write_settings(folder, SETTINGS)
    engine = Engine("run", folder, home / "engine")
    while not any(event.get("step", 0) >= STEPS // 2 for event in TailReader(events_path(folder)).read()):
        if engine.code is not None:
            raise NotSurvived(f"no run could be made: {engine.said()}")
        time.sleep(0.005)
    send_command(folder, "stop")
    engine.wait(PATIENCE)
    return folder
