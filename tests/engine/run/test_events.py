"""Events and commands are one whole JSON object a line."""

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import engine
from engine.run.commands import COMMANDS, send_command
from engine.run.events import EventWriter
from engine.run.folder import commands_path, events_path
from engine.run.tail import TailReader

ROOT = Path(engine.__file__).parents[1]


def test_event_has_kind_time_and_fields(tmp_path):
    before = time.time()
    EventWriter(tmp_path).write("preview", step=3)
    (event,) = TailReader(events_path(tmp_path)).read()
    assert event == {"event": "preview", "step": 3, "time": event["time"]}
    assert before <= event["time"] <= time.time()


def test_text_stays_on_its_line(tmp_path):
    message = 'two\nlines\r\n\u2028 "quoted" \\ \U0001f697 \x00 \udcff'
    EventWriter(tmp_path).write("warning", message=message)
    assert events_path(tmp_path).read_bytes().count(b"\n") == 1
    assert TailReader(events_path(tmp_path)).read()[0]["message"] == message


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_become_null(tmp_path, value):
    EventWriter(tmp_path).write("progress", opacity=value)
    line = events_path(tmp_path).read_text(encoding="utf-8")
    assert json.loads(line, parse_constant=pytest.fail)["opacity"] is None


def test_what_json_cannot_hold_writes_nothing(tmp_path):
    with pytest.raises(TypeError):
        EventWriter(tmp_path).write("warning", message=b"bytes")
    assert not events_path(tmp_path).exists()


def test_event_is_visible_at_once_and_a_second_writer_carries_on(tmp_path):
    reader = TailReader(events_path(tmp_path))
    for step in range(5):
        EventWriter(tmp_path).write("preview", step=step)
        assert [event["step"] for event in reader.read()] == [step]


def test_folder_that_went_away_raises(tmp_path):
    with pytest.raises(OSError):
        EventWriter(tmp_path / "gone").write("preview", step=1)
    with pytest.raises(OSError):
        send_command(tmp_path / "gone", "stop")


@pytest.mark.parametrize("command", COMMANDS)
def test_command(tmp_path, command):
    send_command(tmp_path, command, value=10.5)
    assert TailReader(commands_path(tmp_path)).read() == [{"command": command, "value": 10.5}]


def test_unknown_command_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'explode' is not known: send one of pause, resume"):
        send_command(tmp_path, "explode")
    assert not commands_path(tmp_path).exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows appends in two calls, a seek and a write")
def test_two_processes_send_commands_at_once(tmp_path):
    """Blender and a shell: no command is lost or mixed with another."""
    code = (
        "import sys; from engine.run.commands import send_command\n"
        "for i in range(200): send_command(sys.argv[1], 'threshold', sender=sys.argv[2], value=i, text='x' * 100)"
    )
    senders = [subprocess.Popen([sys.executable, "-c", code, tmp_path, name], cwd=ROOT) for name in "ab"]
    assert [sender.wait() for sender in senders] == [0, 0]
    reader = TailReader(commands_path(tmp_path))
    commands = reader.read()
    for name in "ab":
        assert [command["value"] for command in commands if command["sender"] == name] == list(range(200))
    assert reader.skipped == 0
