"""The job type, run by a JavaScript engine; what its tasks ask of a worker is done."""

import json
from pathlib import Path

import pytest
import quickjs
from hypothesis import given
from hypothesis import strategies as st

from engine.farm.write import Job, flamenco

MANAGER = Path(__file__).with_name("flamenco_manager.js").read_text(encoding="utf-8")
TYPES = {"string": str, "bool": bool, "int32": int, "float": float}


class Manager:
    """A stand-in of Flamenco Manager that knows one job type."""

    def __init__(self, job: Job):
        self._context = quickjs.Context()
        self._context.eval(MANAGER)
        self._context.eval(flamenco(job)[1].decode())
        self.job_type = json.loads(self._context.eval("JSON.stringify(JOB_TYPE)"))

    def tasks(self, **settings) -> list[dict]:
        return json.loads(self._context.get("compiled")(json.dumps(settings)))

    def commands(self, **settings) -> list[list[str]]:
        """What workers run."""
        tasks = self.tasks(**settings)
        assert all([command["name"] for command in task["commands"]] == ["exec"] for task in tasks)
        asked = [task["commands"][0]["parameters"] for task in tasks]
        return [[each["exe"], *each["args"]] for each in asked]


def test_a_task_for_each_run():
    manager = Manager(Job(Path("/farm/library"), ["a-mug-0-1", "a-mug-1-2"], "/py/python", "/dream"))
    assert manager.commands() == [
        ["/py/python", "/dream", "task", "/farm/library/a-mug-0-1"],
        ["/py/python", "/dream", "task", "/farm/library/a-mug-1-2"],
    ]
    assert [(task["name"], task["type"]) for task in manager.tasks()] == [("a-mug-0-1", "misc"), ("a-mug-1-2", "misc")]
    assert all(task["dependencies"] == [] for task in manager.tasks())


def test_settings_are_heeded_and_what_names_no_run_is_refused():
    manager = Manager(Job(Path("/farm/library"), ["a-mug-0-1"], "/py/python", "/dream"))
    (command,) = manager.commands(python="C:/py.exe", project="D:/dream", root="L:/", runs=" b ", download=True)
    assert command == ["C:/py.exe", "D:/dream", "task", "L:/b", "--download"]
    with pytest.raises(quickjs.JSException, match="names no runs"):
        manager.tasks(runs=" ")


def test_settings_are_what_the_manager_knows():
    settings = Manager(Job(Path("/x"), ["a"], download=True)).job_type["settings"]
    for setting in settings:
        assert set(setting) <= {"key", "type", "subtype", "required", "default", "description"}
        assert isinstance(setting["default"], TYPES[setting["type"]]) and setting["key"].isidentifier()
    assert {setting["key"] for setting in settings} == {"python", "project", "root", "runs", "download"}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1))
def test_any_path_arrives_as_it_is(name):
    manager = Manager(Job(Path("/x"), ["a"], python=f"/{name}", project=name))
    assert manager.commands()[0][:2] == [f"/{name}", name]
