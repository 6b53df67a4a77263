"""The catalogues of an asset library: as Blender's manual describes the file, and an artist's own stay."""

import uuid

import pytest
from dreamfusion.bridge.catalogues import FILE, HOME, catalogue_of, id_of, write_catalogues
from hypothesis import given
from hypothesis import strategies as st

from engine.run.priors import PRIORS
from engine.run.settings import RunSettings


def lines(folder) -> list[str]:
    text = (folder / FILE).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_each_kind_has_a_line_with_its_own_id_below_the_version(tmp_path):
    write_catalogues(tmp_path, [f"{HOME}/Mug", f"{HOME}/Car", f"{HOME}/Mug"])
    version, *entries = lines(tmp_path)
    assert version == "VERSION 1"
    split = [entry.split(":") for entry in entries]
    assert [path for _, path, _ in split] == [HOME, f"{HOME}/Car", f"{HOME}/Mug"]
    assert all(str(uuid.UUID(number)) == number == id_of(path) for number, path, _ in split)
    assert split[1][2] == "Dreamfusion-Car" and len({number for number, *_ in split}) == 3


def test_what_an_artist_has_named_or_moved_stays(tmp_path):
    own = "11111111-2222-3333-4444-555555555555:Props/Kitchen:Props-Kitchen"
    moved = f"{id_of(HOME + '/Mug').upper()}:Props/Cups:Cups"
    (tmp_path / FILE).write_text(f"# mine\n\nVERSION 1\n\n{own}\n{moved}\n", encoding="utf-8")
    write_catalogues(tmp_path, [f"{HOME}/Mug", f"{HOME}/Car"])
    write_catalogues(tmp_path, [f"{HOME}/Mug"])
    version, *entries = lines(tmp_path)
    assert entries[:2] == [own, moved] and len(entries) == 4
    assert (tmp_path / FILE).read_text().startswith("# mine\n")


def test_a_list_of_another_version_is_left_alone(tmp_path):
    (tmp_path / FILE).write_text("VERSION 9\n", encoding="utf-8")
    with pytest.raises(ValueError, match="another version"):
        write_catalogues(tmp_path, [HOME])
    assert lines(tmp_path) == ["VERSION 9"]


@given(st.text(max_size=100), st.sampled_from(list(PRIORS)))
def test_every_run_has_a_catalogue_that_fits_on_its_line(prompt, prior):
    path = catalogue_of(RunSettings(prompt, prior=prior))
    assert path.startswith(f"{HOME}/") and len(path) > len(HOME) + 1 and not set(path) & set(":\n\\")


@pytest.mark.parametrize(
    "prompt, prior, kind",
    [
        ("a tall grey cup", "toybox", "Mug"), ("빨간 머그컵", "toybox", "Mug"), ("an ice cream", "toybox", "Ice cream"),
        ("a red cube on top of a blue ball", "toybox", "Cube"), ("a castle of glass", "stable-diffusion", "Castle"),
        ("a galaxy", "stable-diffusion", "Stable Diffusion"),
    ],
)  # fmt: skip
def test_the_kind_is_what_the_prompt_names_first(prompt, prior, kind):
    assert catalogue_of(RunSettings(prompt, prior=prior)) == f"{HOME}/{kind}"
