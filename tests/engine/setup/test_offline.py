from __future__ import annotations

import dataclasses
import json
import shutil

import pytest

from engine.setup import offline, place
from engine.setup.errors import SetupError
from engine.setup.offline import MANIFEST, Manifest, OfflineFolder, open_offline, write_manifest


@pytest.fixture
def made(tmp_path) -> OfflineFolder:
    """A whole folder, right for this computer."""
    folder = tmp_path / "on a stick"
    (folder / "packages").mkdir(parents=True)
    (folder / "packages" / "torch.whl").write_bytes(b"torch")
    manifest = Manifest(
        platform=offline.this_platform(), version="0.1.0", environment=place.environment_path(folder).name,
        python="3.12", brings_python=False, disk=1000, files={"packages/torch.whl": 5},
    )
    write_manifest(folder, manifest)
    return OfflineFolder(folder, manifest)


def refused(made: OfflineFolder) -> str:
    """The one sentence that says why the folder is not taken."""
    with pytest.raises(SetupError) as caught:
        open_offline(made.folder)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence
    return sentence


def test_a_whole_one_is_read_as_it_was_written_wherever_it_was_moved(made, tmp_path):
    assert open_offline(made.folder) == made
    shutil.move(made.folder, tmp_path / "elsewhere")
    assert open_offline(tmp_path / "elsewhere").manifest == made.manifest


@pytest.mark.parametrize(
    "change, says",
    [
        ({"platform": "amiga-68000"}, "is for amiga-68000, and this computer is"),
        ({"environment": "env-00000000", "version": "9.9"}, "is for version 9.9 of this extension"),
        ({"files": {"packages/torch.whl": 6}}, r"packages/torch.whl is missing or cut off"),
        ({"files": {"packages/numpy.whl": 5}}, r"packages/numpy.whl is missing or cut off"),
    ],
)
def test_one_for_others_or_half_of_one_is_refused(made, change, says):
    write_manifest(made.folder, dataclasses.replace(made.manifest, **change))
    assert says in refused(made)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", "[" * 100_000])
def test_what_is_no_manifest_is_refused(made, content):
    (made.folder / MANIFEST).write_text(content, encoding="utf-8")
    assert "copy" in refused(made)


@pytest.mark.parametrize(
    "change", [{"platform": 1}, {"files": {"a": "b"}}, {"surprise": 1}, {"brings_python": 1}, {"disk": True}]
)
def test_a_manifest_of_other_fields_or_types_is_refused(made, change):
    content = json.dumps(dataclasses.asdict(made.manifest) | change)
    (made.folder / MANIFEST).write_text(content, encoding="utf-8")
    assert "is not what make offline writes" in refused(made)


def test_any_other_folder_is_refused(made):
    (made.folder / MANIFEST).unlink()
    assert "choose a folder that make offline made" in refused(made)


def test_a_folder_with_a_space_is_an_address_for_uv(made):
    assert made.variables()["UV_PYTHON_INSTALL_MIRROR"].endswith("/on%20a%20stick/python")
