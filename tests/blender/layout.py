"""A layout that panels can be drawn into without a window, and that refuses what Blender's own would."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import bpy

KINDS = {"STRING": str, "BOOLEAN": int, "INT": int, "FLOAT": (int, float), "POINTER": object}
"""What may be given for a property or argument; for an enum, one of its items."""
NAMED = (("data", "property"), ("dataptr", "propname"), ("active_dataptr", "active_propname"))
"""Arguments of which the one has to have a property that the other names."""


def check(declared: bpy.types.Property, value: object) -> None:
    """Raise TypeError for what Blender would not take."""
    is_good = value in declared.enum_items if declared.type == "ENUM" else isinstance(value, KINDS[declared.type])
    if not is_good:
        raise TypeError(f"{declared.identifier} cannot be {value!r}")


class Settable:
    """What takes the properties that Blender declares, and no others."""

    def __init__(self, declared: bpy.types.bpy_prop_collection) -> None:
        self.__dict__["_declared"] = declared

    def __setattr__(self, name: str, value: object) -> None:
        check(self._declared[name], value)
        self.__dict__[name] = value


class Layout(Settable):
    """A UILayout: its functions and their arguments are those that Blender declares, and what they name is there."""

    def __init__(self, drawing: Drawing) -> None:
        super().__init__(bpy.types.UILayout.bl_rna.properties)
        self.__dict__["_drawing"] = drawing

    def __getattr__(self, name: str) -> Callable:
        if name not in bpy.types.UILayout.bl_rna.functions:
            raise AttributeError(f"A layout has no {name}")
        return partial(self._draw, name)

    def _draw(self, function: str, *values: object, **named: object) -> Any:
        parameters = bpy.types.UILayout.bl_rna.functions[function].parameters
        declared = {parameter.identifier: parameter for parameter in parameters if not parameter.is_output}
        given = dict(zip(declared, values, strict=False)) | named
        missing = [name for name, parameter in declared.items() if parameter.is_required and name not in given]
        if missing or len(given) < len(values) + len(named):
            raise TypeError(f"{function} lacks {missing}, or is given too much: {values}, {named}")
        for name, value in given.items():
            check(declared[name], value)
        for owner, name in NAMED:
            if name in given:
                given[owner].bl_rna.properties[given[name]]
        for kind in {"menu", "panel", "listtype_name"} & given.keys():
            getattr(bpy.types, given[kind])
        drawn = SimpleNamespace(function=function, **given)
        self._drawing.append(drawn)
        if function == "operator":
            group, name = given["operator"].split(".")
            drawn.told = Settable(getattr(getattr(bpy.ops, group), name).get_rna_type().properties)
            return drawn.told
        return Layout(self._drawing) if any(parameter.identifier == "layout" for parameter in parameters) else None


class Drawing(list):
    """What was drawn into a `layout`, in order: each has its `function` and the arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.layout = Layout(self)

    @property
    def words(self) -> str:
        """All that there is to read."""
        return " ".join(drawn.text for drawn in self if getattr(drawn, "text", ""))

    @property
    def buttons(self) -> list[str]:
        """The names of the operators."""
        return [drawn.operator for drawn in self if drawn.function == "operator"]

    @property
    def fields(self) -> list[str]:
        """The names of the properties."""
        return [drawn.property for drawn in self if drawn.function == "prop"]

    def button(self, operator: str) -> SimpleNamespace:
        """The only one of an operator, with what it was `told`."""
        (found,) = (drawn for drawn in self if drawn.function == "operator" and drawn.operator == operator)
        return found


def draw(function: Callable, owner: object = None, *others: object) -> Drawing:
    """Draw what a panel, menu, header or list does, given its function; `owner` is what `self` has but the layout.

    It pops up over a viewport: without a window, a sidebar's width is not known.
    """
    drawing, window = Drawing(), bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        function(Drawn(drawing.layout, owner), bpy.context, *others)
    return drawing


def draw_panel(name: str) -> Drawing:
    """Draw a registered panel, which has to be there just now."""
    panel = getattr(bpy.types, name)
    assert panel.poll(bpy.context) if hasattr(panel, "poll") else True
    return draw(panel.draw)


class Drawn:
    """What is drawn, with another layout than its own."""

    def __init__(self, layout: Layout, owner: object) -> None:
        self.layout, self._owner = layout, owner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._owner, name)
