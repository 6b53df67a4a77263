"""A job as an Open Job Description template, version 2023-09: github.com/OpenJobDescription/openjd-specifications"""

from __future__ import annotations

from typing import Any

MOST = 1024
"""Values that a task parameter may have: of more runs, several steps are made."""
NOTIFY = 120
"""Seconds between SIGTERM, at which the engine saves everything, and SIGKILL."""


def template(runs: list[str], python: str, project: str, download: bool) -> dict[str, Any]:
    """The template of a job with a task for each run; it is to lie in the folder of runs.

    Args:
        runs: names of the run folders.
        python: the engine's Python, where the farm's computers have it.
        project: the folder with the engine, where they have it.
        download: whether they may download the priors' weights.
    """
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "name": f"Dreamfusion: {len(runs)} runs",
        "parameterDefinitions": [
            {"name": "Python", "type": "STRING", "default": python, "description": "The engine's Python."},
            {"name": "Project", "type": "STRING", "default": project, "description": "The folder with the engine."},
            {
                "name": "Runs", "type": "PATH", "objectType": "DIRECTORY", "dataFlow": "NONE", "default": ".",
                "description": "The folder of runs, which all computers share; default: this template's.",
            },
        ],
        "steps": [_step(runs[first : first + MOST], first + 1, download) for first in range(0, len(runs), MOST)],
    }  # fmt: skip


def _step(runs: list[str], first: int, download: bool) -> dict[str, Any]:
    action = {
        "command": "{{Param.Python}}",
        "args": [
            "{{Param.Project}}", "task", "{{Param.Runs}}/{{Task.Param.Run}}", *(["--download"] if download else []),
        ],
        "cancelation": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": NOTIFY},
    }  # fmt: skip
    return {
        "name": f"Runs {first} to {first + len(runs) - 1}",
        "parameterSpace": {"taskParameterDefinitions": [{"name": "Run", "type": "STRING", "range": runs}]},
        "script": {"actions": {"onRun": action}},
    }
