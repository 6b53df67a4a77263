"""The interface in Korean: every name and tooltip of what is registered, reports, and prompts."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator

import bpy
import pytest

pytestmark = pytest.mark.blender
MODULE = "bl_ext.user_default.dreamfusion"
LONG = 100_000
"""Steps of a run that never finishes by itself."""


def said(cls: type) -> Iterator[str]:
    """What Blender shows of a class and its own properties, leaving out what Blender itself has given it."""
    ours = [base for base in cls.__mro__ if base.__module__.startswith(MODULE)]
    yield getattr(cls, "bl_label", "")
    yield cls.bl_description if issubclass(cls, (bpy.types.Operator, bpy.types.Panel)) else ""  # others have no tooltip
    rna = cls.bl_rna
    if issubclass(cls, bpy.types.Operator):
        rna = getattr(bpy.ops.dream, cls.bl_idname.split(".")[1]).get_rna_type()
    for name in {name for base in ours for name in getattr(base, "__annotations__", {})}:
        found = rna.properties.get(name)
        if found is None:
            continue
        yield from (found.name if found.name != name else "", found.description)
        for item in getattr(found, "enum_items", ()):
            yield from (item.name, item.description)


def test_whatever_is_registered_has_korean_names_and_tooltips(dream):
    korean = dream.module("bridge.translations").korean()
    lacking = {text for cls in sys.modules[MODULE].CLASSES for text in said(cls)} - set(korean) - {""}
    assert not lacking, "add to bridge/korean.json:\n" + "\n".join(map(repr, sorted(lacking)))


def test_reports_are_in_korean_where_the_interface_is(dream, monkeypatch):
    monkeypatch.setattr(dream.module("bridge.language"), "is_korean", lambda: True)
    with pytest.raises(RuntimeError, match="프롬프트가 비어 있습니다: 만들 것을 적으세요"):
        bpy.ops.dream.generate()
    with pytest.raises(RuntimeError, match="Dreamfusion이 만든 오브젝트를 선택하세요"):
        bpy.ops.dream.export()


def test_reports_are_in_english_elsewhere(dream):
    with pytest.raises(RuntimeError, match="The prompt is empty"):
        bpy.ops.dream.generate()


def test_a_korean_prompt_makes_an_object_of_that_name(dream):
    prompt = "노란 손잡이가 달린 파란 머그컵"
    dream.describe(unicodedata.normalize("NFD", prompt), steps=LONG)
    bpy.ops.dream.generate()
    obj = bpy.context.object
    assert obj.name == obj.data.name == obj.dream.prompt == prompt
    assert obj.dream.run_id.endswith("a-blue-mug-with-a-yellow-handle")
    assert dream.module("bridge.names").file_name(obj.name) == prompt.replace(" ", "_")
    dream.tick_until(lambda: dream.run().state.step > 0)
    assert dream.run().state.warnings == []
