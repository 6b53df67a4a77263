"""How an engine's process behaves beside others, asked of real processes."""

import subprocess
import sys

import psutil
import pytest

SAY = (
    "import os, sys; from engine.neighbour import behave; behave();"
    "sys.exit('torch' in sys.modules) if len(sys.argv) < 2 else print(os.environ.get('OMP_WAIT_POLICY'), os.nice(0))"
)


def test_it_needs_no_torch():
    subprocess.run([sys.executable, "-c", SAY], check=True)


@pytest.mark.parametrize("chosen, told", [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")])
@pytest.mark.skipif(sys.platform == "win32", reason="niceness is a POSIX word")
def test_waiting_threads_sleep_and_others_go_first(chosen, told, monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    said = subprocess.run([sys.executable, "-c", SAY, "say"], check=True, capture_output=True, text=True).stdout.split()
    assert said == [told, str(max(5, psutil.Process().nice()))]


def test_a_whole_engine_stands_behind_others(tmp_path):
    engine = subprocess.Popen([sys.executable, "-m", "engine", "generate", "a mug", "--output", str(tmp_path / "run")])
    try:
        process = psutil.Process(engine.pid)
        while not (tmp_path / "run" / "events.jsonl").exists():
            assert engine.poll() is None
        below = psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else max(5, psutil.Process().nice())
        assert process.nice() == below
    finally:
        engine.kill()
        engine.wait()
