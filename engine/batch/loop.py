"""All runs of a batch, one after another or, on a cluster, as many at once as it has room for; the same command again
goes on with what is not done."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from engine.batch.lines import read_lines
from engine.batch.plan import BadLine, Task, others, plan
from engine.batch.progress import Progress, TimeLeft, Working, at_work
from engine.batch.runner import LOOK_EVERY, EngineFlags, Interrupts, Watch, run_to_its_end
from engine.batch.scores import doubt, score_of
from engine.batch.sheet import PAGE, Row, f_score, write_sheet
from engine.errors import explain
from engine.run.exits import EngineError
from engine.run.folder import saved_step
from engine.run.settings import RunSettings, SettingsError
from engine.run.state import RunState, duration
from engine.run.survey import BROKEN, look_at

INTERRUPTED = 130
"""Exit code after Ctrl+C, as shells have it."""
AT_WORK = ("starting", "running", "paused")
"""What a run's status is while another engine has its folder."""


def run_batch(file: Path, root: Path, common: RunSettings, flags: EngineFlags = EngineFlags()) -> None:
    """Run what the lines of a file ask for, each in a folder of its own in `root`.

    Args:
        file: .txt, .csv or .jsonl, see `engine.batch.lines`.
        root: the folder of runs, where the contact sheet is written too.
        common: what holds where a line says nothing else.
        flags: how engines are started.

    Raises:
        SettingsError: the file cannot be read as what it is, or asks for nothing.
        ClusterError: the Ray cluster that is to do the work cannot be used.
        EngineError: something is not done; its exit code is INTERRUPTED after Ctrl+C.
        OSError: the file cannot be read, or `root` not written.
    """
    lines = read_lines(file)
    if not lines:
        raise SettingsError(f"{file} asks for nothing: write a prompt on each line.")
    with _room(flags, common) as (places, flags), Interrupts() as interrupts:
        batch = Batch(root, *plan(lines, common, file.absolute().parent, root), interrupts, flags, places)
        for line in batch.bad:
            batch.progress.say(f"{file.name}, line {line.number}: {line.sentence}")
        batch.run()
    batch.conclude()


@contextmanager
def _room(flags: EngineFlags, common: RunSettings) -> Iterator[tuple[int, EngineFlags]]:
    """How many runs can be at work at once while the block runs, and how their engines find the place."""
    if not flags.ray:
        yield 1, flags
        return
    from engine.cluster.connection import connected  # the package Ray is not everywhere

    with connected(flags.ray) as cluster:
        places = cluster.places(cluster.demands(common, flags.cores))
        yield places, replace(flags, ray=cluster.internal_address)


class Batch:
    """Tasks on their way.

    Attributes:
        rows: how each task stands, in their order.
        others: the runs of other batches in the same folder, which are only shown.
        places: how many runs are at work at once.
    """

    def __init__(
        self, root: Path, tasks: list[Task], bad: list[BadLine], interrupts: Interrupts, flags: EngineFlags,
        places: int = 1,
    ):
        self.root, self.bad, self.interrupts, self.flags, self.places = root, bad, interrupts, flags, places
        self.progress, self.time = Progress(), TimeLeft()
        self.rows = [_row(task, *_stands(task)) for task in tasks]
        self.others = [_row(task, *_stands(task), find_score=False) for task in others(root, tasks)]
        self._working: dict[int, Working] = {}

    def run(self) -> None:
        """Run what is not done, until Ctrl+C."""
        done = self._done()
        self.progress.say(f"{done} of {len(self.rows)} runs are done; {self.root / PAGE} shows them all.")
        waiting = [number for number, row in enumerate(self.rows) if not row.done]
        working: set[Future[None]] = set()
        with ThreadPoolExecutor(self.places) as pool:
            while working or waiting and not self.interrupts.count:
                if waiting and len(working) < self.places and not self.interrupts.count:
                    self._write(grows=True)
                    working.add(pool.submit(self._take, waiting.pop(0)))
                    continue
                self._show(waiting)
                ended, working = wait(working, LOOK_EVERY, FIRST_COMPLETED)
                for take in ended:
                    take.result()  # raises what it raised
        self._write(grows=False)

    def conclude(self) -> None:
        """Say how it ended. Raises EngineError where something is not done."""
        done, every = self._done(), len(self.rows)
        lines = f", and {len(self.bad)} line{'s'[: len(self.bad) - 1]} cannot be used" if self.bad else ""
        if self.interrupts.count:
            raise EngineError(f"Stopped: {done} of {every} runs are done; the same command goes on.", INTERRUPTED)
        if done < every or self.bad:
            raise EngineError(f"{done} of {every} runs are done{lines}; the same command tries again what is not done.")
        self.progress.say(f"All {every} runs are done.")

    def _take(self, number: int) -> None:
        """Run one of the tasks to its end, whatever that is."""
        task, began = self.rows[number].task, time.monotonic()
        mine, first = _steps_left([self.rows[number]]), saved_step(task.folder)

        def watch(run: RunState) -> None:
            """Note how far it is."""
            self._working[number] = Working(run, time.monotonic() - began, mine)

        ending = _stands(task)  # another batch may have begun it since
        if ending[0] not in ("finished", *AT_WORK):
            ending = self._work(task, watch)
            self.time.add(time.monotonic() - began, max(saved_step(task.folder) - first, 0))
        self._working.pop(number, None)
        row = self.rows[number] = _row(task, *ending)
        score = f" {f_score(row.score)}." if row.score is not None else ""
        self.progress.say(f"{self._name(number)}: {row.sentence}{score}")

    def _name(self, number: int) -> str:
        settings = self.rows[number].task.settings
        return f"{number + 1}/{len(self.rows)} {settings.prompt[:40]}, seed {settings.seed}"

    def _show(self, waiting: list[int]) -> None:
        """Show how far the runs at work are."""
        working = dict(self._working)
        if working and self.progress.live:
            steps = _steps_left(self.rows[number] for number in waiting)
            left = self.time.of_all(list(working.values()), steps, self.places)
            first = min(working)
            name = self._name(first) + (f" and {len(working) - 1} more" if len(working) > 1 else "")
            stopping = " Stopping; Ctrl+C again ends it at once." if self.interrupts.count else ""
            self.progress.show(at_work(name, working[first].run, left) + stopping)

    def _work(self, task: Task, watch: Watch) -> tuple[str, str]:
        """Status and sentence of a run after its engine has had it."""
        try:
            return run_to_its_end(task.folder, self.interrupts, watch, self.flags)
        except OSError as error:
            return "failed", str(explain(error))

    def _done(self) -> int:
        return sum(row.done for row in self.rows)

    def _write(self, grows: bool) -> None:
        """The contact sheet; a disk that is full, or a viewer that holds it, costs no run."""
        left = self.time.of_all([], _steps_left(self.rows), self.places)
        rest = f", about {duration(left)} left" if left else ""
        try:
            rows = [*self.rows, *self.others]
            write_sheet(self.root, rows, self.bad, f"{self._done()} of {len(self.rows)} done{rest}.", grows)
        except OSError as error:
            self.progress.say(f"The contact sheet is not new: {explain(error)}")


def _row(task: Task, status: str, sentence: str, find_score: bool = True) -> Row:
    score = None
    if status == "finished":
        try:
            score = score_of(task.folder, task.settings, find_score)
        except (EngineError, OSError, ValueError) as error:
            sentence = f"{sentence} It has no score: {explain(error)}"
    return Row(task, status, f"{sentence} {doubt(task.settings)}".strip(), score)


def _stands(task: Task) -> tuple[str, str]:
    """Status and sentence of a task's run as its folder has it."""
    listed = look_at(task.folder)
    if listed is None:
        return BROKEN, "Its folder is gone: the same command makes it again."
    busy = "Another engine is at work on it. " if listed.status in AT_WORK else ""
    return listed.status, busy + listed.sentence


def _steps_left(rows: Iterable[Row]) -> int:
    return sum(max(row.task.steps - saved_step(row.task.folder), 0) for row in rows if not row.done)
