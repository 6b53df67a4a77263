"""For a run that failed, the button that helps."""

from __future__ import annotations

from typing import Any, NamedTuple

import bpy

from .. import preferences
from ..bridge import runs
from ..engine.run import exits


class Mend(NamedTuple):
    """A button that helps."""

    operator: str
    """Its name in bpy.ops."""
    text: str
    """On the button."""
    icon: str
    """Beside it."""
    told: dict[str, Any]
    """The operator's properties."""


SETTINGS = Mend("preferences.addon_show", "Open Preferences", "PREFERENCES", {"module": preferences.__package__})
MENDS = {
    exits.OUTPUT_NOT_WRITABLE: SETTINGS,
    exits.PRIOR_UNUSABLE: SETTINGS,
    exits.DEVICE_UNUSABLE: Mend("dream.again", "Use CPU", "SYSTEM", {"device": "cpu"}),
    exits.CHECKPOINT_UNUSABLE: Mend("dream.again", "Generate Anew", "SHADERFX", {}),
    exits.PACKAGE_MISSING: Mend("dream.setup", "Repair Engine", "TOOL_SETTINGS", {"anew": True}),
}
"""By exit code. A busy folder needs patience, and bad settings another run."""


def mend_for(run: runs.LiveRun) -> Mend | None:
    """What helps a run; None where it has not failed, or nothing does."""
    if run.status != "failed" or run.process is None or run.state.offer:  # an offer has a button of its own
        return None
    if run.process.exit_code == exits.PACKAGE_MISSING and not preferences.engine_offer:
        return SETTINGS  # where the artist has named the Python that lacks it
    return MENDS.get(run.process.exit_code)


def draw_mend(layout: bpy.types.UILayout, mend: Mend | None) -> None:
    """Draw the button, if there is one."""
    if mend is not None:
        button = layout.operator(mend.operator, text=mend.text, icon=mend.icon)
        for name, value in mend.told.items():
            setattr(button, name, value)
