"""All runs of a batch, one after another; the same command again goes on with what is not done."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from engine.batch.lines import read_lines
from engine.batch.plan import BadLine, Task, others, plan
from engine.batch.progress import Progress, TimeLeft, at_work
from engine.batch.runner import Interrupts, Watch, run_to_its_end
from engine.batch.scores import score_of
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


def run_batch(file: Path, root: Path, common: RunSettings, download: bool = False) -> None:
    """Run what the lines of a file ask for, each in a folder of its own in `root`.

    Args:
        file: .txt, .csv or .jsonl, see `engine.batch.lines`.
        root: the folder of runs, where the contact sheet is written too.
        common: what holds where a line says nothing else.
        download: whether somebody has agreed to a download of the priors' weights.

    Raises:
        SettingsError: the file cannot be read as what it is, or asks for nothing.
        EngineError: something is not done; its exit code is INTERRUPTED after Ctrl+C.
        OSError: the file cannot be read, or `root` not written.
    """
    lines = read_lines(file)
    if not lines:
        raise SettingsError(f"{file} asks for nothing: write a prompt on each line.")
    with Interrupts() as interrupts:
        batch = Batch(root, *plan(lines, common, file.absolute().parent, root), interrupts, download)
        for line in batch.bad:
            batch.progress.say(f"{file.name}, line {line.number}: {line.sentence}")
        batch.run()
    batch.conclude()


class Batch:
    """Tasks on their way.

    Attributes:
        rows: how each task stands, in their order.
        others: the runs of other batches in the same folder, which are only shown.
    """

    def __init__(self, root: Path, tasks: list[Task], bad: list[BadLine], interrupts: Interrupts, download: bool):
        self.root, self.bad, self.interrupts, self.download = root, bad, interrupts, download
        self.progress, self.time = Progress(), TimeLeft()
        self.rows = [_row(task, *_stands(task)) for task in tasks]
        self.others = [_row(task, *_stands(task)) for task in others(root, tasks)]

    def run(self) -> None:
        """Run what is not done, until Ctrl+C."""
        done = self._done()
        self.progress.say(f"{done} of {len(self.rows)} runs are done; {self.root / PAGE} shows them all.")
        for number in range(len(self.rows)):
            if not self.rows[number].done and not self.interrupts.count:
                self._write(grows=True)
                self._take(number)
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
        name = f"{number + 1}/{len(self.rows)} {task.settings.prompt[:40]}, seed {task.settings.seed}"
        mine, waiting = _steps_left([self.rows[number]]), _steps_left(self.rows[number + 1 :])
        first = saved_step(task.folder)

        def watch(run: RunState) -> None:
            """Show how far it is."""
            left = self.time.of_all(run, time.monotonic() - began, mine, waiting)
            stopping = " Stopping; Ctrl+C again ends it at once." if self.interrupts.count else ""
            self.progress.show(at_work(name, run, left) + stopping)

        ending = _stands(task)  # another batch may have begun it since
        if ending[0] not in ("finished", *AT_WORK):
            ending = self._work(task, watch)
            self.time.add(time.monotonic() - began, max(saved_step(task.folder) - first, 0))
        row = self.rows[number] = _row(task, *ending)
        left = self.time.of_steps(waiting)
        rest = f" About {duration(left)} left." if left else ""
        score = f" {f_score(row.score)}." if row.score is not None else ""
        self.progress.say(f"{name}: {row.sentence}{score}{rest}")

    def _work(self, task: Task, watch: Watch) -> tuple[str, str]:
        """Status and sentence of a run after its engine has had it."""
        try:
            return run_to_its_end(task.folder, self.interrupts, watch, self.download)
        except OSError as error:
            return "failed", str(explain(error))

    def _done(self) -> int:
        return sum(row.done for row in self.rows)

    def _write(self, grows: bool) -> None:
        """The contact sheet; a disk that is full, or a viewer that holds it, costs no run."""
        left = self.time.of_steps(_steps_left(self.rows))
        rest = f", about {duration(left)} left" if left else ""
        try:
            rows = [*self.rows, *self.others]
            write_sheet(self.root, rows, self.bad, f"{self._done()} of {len(self.rows)} done{rest}.", grows)
        except OSError as error:
            self.progress.say(f"The contact sheet is not new: {explain(error)}")


def _row(task: Task, status: str, sentence: str) -> Row:
    score = None
    if status == "finished":
        try:
            score = score_of(task.folder, task.settings)
        except (EngineError, OSError, ValueError) as error:
            sentence = f"{sentence} It has no score: {explain(error)}"
    return Row(task, status, sentence, score)


def _stands(task: Task) -> tuple[str, str]:
    """Status and sentence of a task's run as its folder has it."""
    listed = look_at(task.folder)
    if listed is None:
        return BROKEN, "Its folder is gone: the same command makes it again."
    busy = "Another engine is at work on it. " if listed.status in AT_WORK else ""
    return listed.status, busy + listed.sentence


def _steps_left(rows: Iterable[Row]) -> int:
    return sum(max(row.task.steps - saved_step(row.task.folder), 0) for row in rows if not row.done)
