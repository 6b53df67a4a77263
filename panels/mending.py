"""For a run that failed, the button that helps."""

from __future__ import annotations

import bpy

from .. import preferences
from ..bridge import runs
from ..engine.run import exits

SETTINGS = ("preferences.addon_show", "Open Preferences", "PREFERENCES", {"module": preferences.__package__})
MENDS = {
    exits.OUTPUT_NOT_WRITABLE: SETTINGS,
    exits.PRIOR_UNUSABLE: SETTINGS,
    exits.DEVICE_UNUSABLE: ("dream.again", "Use CPU", "SYSTEM", {"device": "cpu"}),
    exits.CHECKPOINT_UNUSABLE: ("dream.again", "Generate Anew", "SHADERFX", {}),
    exits.PACKAGE_MISSING: ("dream.setup", "Repair Engine", "FILE_REFRESH", {"anew": True}),
}
"""By exit code: operator, text, icon, and what the operator is told. A busy folder needs patience, and bad settings
another run."""


def draw_mend(layout: bpy.types.UILayout, run: runs.LiveRun) -> None:
    """Draw the button, if there is one that helps."""
    code = run.process.exit_code if run.status == "failed" else None
    if code == exits.PACKAGE_MISSING and not preferences.engine_offer:  # a Python that the artist has named
        mend = SETTINGS
    else:
        mend = MENDS.get(code)
    if mend is None or run.state.offer:  # which has a button of its own
        return
    operator, text, icon, told = mend
    button = layout.operator(operator, text=text, icon=icon)
    for name, value in told.items():
        setattr(button, name, value)
