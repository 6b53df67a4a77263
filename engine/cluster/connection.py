"""A Ray cluster: reaching it, and having a worker of it."""

from __future__ import annotations

import importlib
import logging
import os
import queue
import re
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

from engine import __version__
from engine.cluster.worker import Answer, Worker
from engine.run.exits import CLUSTER_UNUSABLE, PACKAGE_MISSING, REQUIREMENTS, EngineError, clause
from engine.run.settings import RunSettings, SettingsError

LOCAL = "local"
"""The address of a cluster of this computer alone, which begins and ends with the command."""
PROBE, CONNECT = 5.0, 60.0
"""Most seconds for the port to answer, and for Ray to be ready: it knows no limits itself, or long ones."""
CLOSE = 10.0
"""Most seconds for Ray to let go of it; whatever it has not ended then ends with this process."""
ASK = 60.0
"""Most seconds that a worker is silent before it counts as lost."""
TRY_EVERY = 1.0
"""Seconds between two questions to one that cannot be reached for the moment."""
STORE = 1 << 29
"""Bytes of shared memory for a cluster of this computer: several checkpoints."""
NO_ENGINE = "No module named 'engine"
"""How Python says it, in whatever Ray has wrapped it."""
_ADDRESS = re.compile(r"(ray://)?(?P<host>\[[0-9a-fA-F:]+\]|[\w.-]+):(?P<port>[0-9]{1,5})", re.ASCII)


class ClusterError(EngineError):
    """A Ray cluster cannot be used; the message says why and what to do."""

    exit_code = CLUSTER_UNUSABLE


class WorkerLost(Exception):
    """A worker, or the engine that it had, is gone; the message is a clause that says how."""


def check_address(address: str) -> None:
    """Raise SettingsError unless it may be a cluster's.

    >>> check_address("local"), check_address("ray://render-01:10001"), check_address("10.0.0.7:6379")
    (None, None, None)
    """
    if address != LOCAL and not _ADDRESS.fullmatch(address):
        raise SettingsError(
            f"{address!r} is not the address of a Ray cluster: give ray://HOST:10001 or, on one of its own computers,"
            " HOST:6379."
        )


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """A cluster, while the block runs. Raises SettingsError, ClusterError."""
    check_address(address)
    cluster = Cluster(_connect(address), address)
    try:
        yield cluster
    finally:
        cluster.close()


class Cluster:
    """Where workers come from.

    Args:
        ray: the package, connected.
        address: as it was given.
    """

    def __init__(self, ray: ModuleType, address: str):
        self.ray, self.address = ray, address

    def close(self) -> None:
        """Let go of it; one of this computer ends. A connection that is lost already takes no time."""
        with suppress(TimeoutError):
            _within(CLOSE, self.ray.shutdown)

    @property
    def internal_address(self) -> str:
        """By which other processes of this same computer find it."""
        return self.ray.get_runtime_context().gcs_address if self.address == LOCAL else self.address

    def demands(self, run: RunSettings, cores: int) -> dict[str, int]:
        """What a run asks a computer of the cluster for: a graphics card, if there are any, or so many cores, at most
        as many as the largest computer has. Raises ClusterError if none will do."""
        cards, most = (int(max((has.get(name, 0) for has in self._computers()), default=0)) for name in ("GPU", "CPU"))
        if run.device == "cuda" and not cards:
            raise ClusterError(f"The Ray cluster {self.address} has no graphics card: choose the device auto or cpu.")
        if cards and run.device in ("auto", "cuda"):
            return {"num_gpus": 1, "num_cpus": min(1, most)}
        return {"num_cpus": max(min(cores, most), 1)}

    def places(self, demands: dict[str, int]) -> int:
        """How many such runs the cluster has room for at once, if nothing else is at work; at least one."""
        names = {"num_gpus": "GPU", "num_cpus": "CPU"}
        fit = (
            min(int(has.get(names[name], 0) // wanted) for name, wanted in demands.items() if wanted)
            for has in self._computers()
        )
        return max(sum(fit), 1)

    def _computers(self) -> list[dict[str, float]]:
        """What each of its computers has, by Ray's names."""
        return [node["Resources"] for node in self.ray.nodes() if node["Alive"]]

    def worker(self, demands: dict[str, int]) -> RemoteWorker:
        """A fresh worker; waits as long as the cluster has no room for one.

        Raises ClusterError if its computer has another version of the engine, or none; WorkerLost.
        """
        try:
            actor = self.ray.remote(Worker).options(max_restarts=0, max_task_retries=0, **demands).remote()
            asked = actor.versions.remote()
            while not self.ray.wait([asked], timeout=0)[0]:
                time.sleep(0.1)
            version, host = self.ray.get(asked)
        except (self.ray.exceptions.RayError, ConnectionError, ImportError) as error:
            if NO_ENGINE in str(error):
                raise ClusterError(
                    f"The workers of the Ray cluster {self.address} do not find the engine: start Ray there with this"
                    " project's folder in PYTHONPATH (docs/scale.md)."
                ) from error
            raise WorkerLost(_why(error)) from error
        worker = RemoteWorker(self.ray, actor, host)
        if version != __version__:
            worker.end()
            raise ClusterError(
                f"{host} of the Ray cluster has version {version} of the engine, this computer {__version__}:"
                " install the same on both."
            )
        return worker


class RemoteWorker:
    """A worker that Ray has started.

    Attributes:
        host: its computer's name.
    """

    def __init__(self, ray: ModuleType, actor: Any, host: str):
        self._ray, self._actor, self.host = ray, actor, host
        self._number = 0

    def begin(self, verb: str, files: dict[str, bytes], download: bool) -> None:
        """As `Worker.begin`. Raises WorkerLost."""
        self._ask(lambda: self._actor.begin.remote(verb, files, download), again=False)

    def exchange(self, commands: bytes) -> Answer:
        """As `Worker.exchange`; after an exception, the next call asks for the same once more. Raises WorkerLost."""
        answer = self._ask(lambda: self._actor.exchange.remote(self._number + 1, commands), again=True)
        self._number += 1
        return answer

    def let_go(self) -> None:
        """As `Worker.let_go`. Raises WorkerLost."""
        self._ask(self._actor.let_go.remote, again=False)

    def end(self) -> None:
        """End it and its engine, whatever it is at."""
        with suppress(WorkerLost):
            self._ask(self._actor.end.remote, again=False)
        with suppress(self._ray.exceptions.RayError, ConnectionError):
            self._ray.kill(self._actor)

    def _ask(self, ask: Callable[[], Any], again: bool) -> Any:
        """An answer; one that does not come is asked for `again` until ASK seconds are over."""
        errors, until = self._ray.exceptions, time.monotonic() + ASK
        while True:
            try:
                return self._ray.get(ask(), timeout=ASK)
            except errors.ActorUnavailableError as error:
                if not again or time.monotonic() > until:
                    raise WorkerLost(_why(error)) from error
                time.sleep(TRY_EVERY)
            except errors.RayTaskError as error:
                raise WorkerLost(clause(error.cause) if error.cause else _why(error)) from error
            except (errors.RayError, ConnectionError) as error:
                raise WorkerLost(_why(error)) from error


def _why(error: Exception) -> str:
    """The first line of what Ray says, which goes on for many."""
    return clause(RuntimeError(str(error).strip().partition("\n")[0]))


def _connect(address: str) -> ModuleType:
    if address == LOCAL:
        _keep_to_this_computer()
    else:
        _probe(address)
    try:
        ray = importlib.import_module("ray")
        if address.startswith("ray://"):
            importlib.import_module("grpc")
    except ModuleNotFoundError as error:
        raise EngineError(
            f"The engine's Python has no Ray ({error.name} is missing): install {REQUIREMENTS.with_name('ray.txt')}"
            " into it.",
            PACKAGE_MISSING,
        ) from error
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address == LOCAL:  # on this thread: Linux ends Ray's processes together with the thread that began them
            heeds = signal.getsignal(signal.SIGTERM)
            ray.init(address, include_dashboard=False, object_store_memory=STORE, **quiet)
            signal.signal(signal.SIGTERM, heeds)  # Ray has its own idea of what it means
        else:
            _within(CONNECT, lambda: ray.init(address, **quiet))
    except TimeoutError:
        raise ClusterError(
            f"The Ray cluster {address} does not answer: look whether it is well, and whether RAY_AUTH_MODE and"
            " RAY_AUTH_TOKEN are the same here and there."
        ) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - what Ray raises for a refusal is not documented
        raise _refused(address, error) from error
    return ray


def _refused(address: str, error: BaseException) -> ClusterError:
    """What Ray said when it did not connect, as a sentence."""
    said = clause(RuntimeError(" ".join(str(error).split())))
    if "ersion" in said:
        return ClusterError(
            f"The Ray cluster {address} has another Ray or Python ({said}): install the same versions here and there."
        )
    return ClusterError(
        f"The Ray cluster {address} cannot be used ({said}): look whether it is well, and whether RAY_AUTH_MODE and"
        " RAY_AUTH_TOKEN are the same here and there."
    )


def _keep_to_this_computer() -> None:
    """Whoever reaches a port of Ray's can run programs here: nobody else shall, and nothing goes out."""
    os.environ |= {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # ports on 127.0.0.1 only, on every system
        "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_USAGE_STATS_ENABLED": "0",
    }


def _probe(address: str) -> None:
    """Raise ClusterError unless something listens: Ray itself would try for minutes."""
    place = _ADDRESS.fullmatch(address)
    try:
        socket.create_connection((place["host"].strip("[]"), int(place["port"])), PROBE).close()
    except (OSError, OverflowError) as error:
        raise ClusterError(
            f"The Ray cluster {address} cannot be reached ({clause(error)}): check the address in the preferences or"
            " the command, and whether Ray is started there."
        ) from error


def _within(seconds: float, function: Callable[[], Any]) -> Any:
    """What a function returns or raises, on a thread of its own; TimeoutError if it takes longer."""
    outcomes: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue()

    def call() -> None:
        """Whatever comes of it."""
        try:
            outcomes.put((function(), None))
        except BaseException as error:  # noqa: BLE001 - handed on, SystemExit as well
            outcomes.put((None, error))

    threading.Thread(target=call, daemon=True).start()
    try:
        result, error = outcomes.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result
