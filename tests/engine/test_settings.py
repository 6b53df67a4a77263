"""The engine's own settings: defaults, presets, overrides by dotted name."""

import functools
from collections.abc import Iterator
from dataclasses import is_dataclass
from itertools import cycle
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator

from engine.limits import Limits
from engine.run.prior_presets import TOYBOX
from engine.run.priors import PRIORS
from engine.run.settings import PRESETS as PRESET_NAMES
from engine.run.settings import RunSettings, SettingsError
from engine.settings import PRESETS, STARTED, EngineSettings, check_group, engine_settings
from engine.toybox.data import CAMERAS


def kinds(settings: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The dotted name, type and value of every setting."""
    for name, kind in get_type_hints(type(settings), include_extras=True).items():
        value = getattr(settings, name)
        if is_dataclass(value):
            yield from kinds(value, f"{path}{name}.")
        else:
            yield path + name, kind, value


def limits(kind: Any) -> list[Limits]:
    """Of the numbers in a type, in turn."""
    if get_origin(kind) is Annotated:
        inner, *metadata = get_args(kind)
        return [each.func for each in metadata if isinstance(each, AfterValidator)] or limits(inner)
    return [each for item in get_args(kind) for each in limits(item)]


def flat(value: Any) -> list[float]:
    """The numbers in a setting's value."""
    if isinstance(value, tuple):
        return [number for item in value for number in flat(item)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


LIMITS = {name: found for name, kind, _ in kinds(EngineSettings()) if (found := limits(kind))}
DEFAULTS = {name: numbers for name, _, value in kinds(EngineSettings()) if (numbers := flat(value))}


def with_overrides(**overrides) -> EngineSettings:
    return engine_settings(RunSettings("a mug", overrides=overrides))


def test_every_preset_that_can_be_asked_for_exists():
    assert set(PRESETS) == set(PRESET_NAMES)


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_presets_change_what_they_say(preset):
    settings = engine_settings(RunSettings("a mug", preset=preset))
    for name, value in PRESETS[preset].items():
        owner = settings
        for part in name.split("."):
            owner = getattr(owner, part)
        assert owner == value


def test_standard_is_the_default_but_for_what_the_prior_changes():
    expected = EngineSettings()
    expected.cameras.elevation = TOYBOX["cameras.elevation"]
    expected.shading.position = TOYBOX["shading.position"]
    expected.losses.opacity, expected.losses.haze = TOYBOX["losses.opacity"], TOYBOX["losses.haze"]
    expected.losses.carving = TOYBOX["losses.carving"]
    expected.painting.share, expected.painting.resolution = TOYBOX["painting.share"], TOYBOX["painting.resolution"]
    assert engine_settings(RunSettings("a mug")) == expected


def test_toybox_runs_have_the_cameras_of_its_training():
    assert engine_settings(RunSettings("a mug")).cameras == CAMERAS


def test_overrides_come_after_the_preset_and_steps_last():
    run = RunSettings("a mug", preset="draft", steps=7, overrides={"steps": 9, "mesh_resolution": 40})
    settings = engine_settings(run)
    assert (settings.steps, settings.mesh_resolution, settings.resolutions) == (7, 40, PRESETS["draft"]["resolutions"])


@pytest.mark.parametrize("prior, low", [("toybox", 0.3), ("stable-diffusion", 0.02)])
def test_a_start_is_asked_about_at_less_noise_unless_an_override_says_otherwise(prior, low):
    run = RunSettings("a mug", prior=prior, start="start.npz")
    guidance, ordinary = (engine_settings(each).guidance for each in (run, RunSettings("a mug", prior=prior)))
    assert guidance.timesteps_first == guidance.timesteps_last == (low, STARTED)
    assert guidance.timesteps_texture == ordinary.timesteps_texture and ordinary.timesteps_first[1] > STARTED
    run = RunSettings("a mug", start="start.npz", overrides={"guidance.timesteps_first": [0.3, 0.98]})
    assert engine_settings(run).guidance.timesteps_first == (0.3, 0.98)


def test_runs_do_not_share_settings():
    first, second = with_overrides(**{"cameras.elevation": [3, 4]}), EngineSettings()
    assert first.cameras.elevation == (3.0, 4.0) != second.cameras.elevation
    assert engine_settings(RunSettings("a mug")).cameras.elevation == TOYBOX["cameras.elevation"]
    assert second.cameras.elevation == EngineSettings().cameras.elevation


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("guidance.scale", 7, 7.0),
        ("views", 3.0, 3),
        ("field.grid.resolutions", [8, 16, 32], (8, 16, 32)),
        ("resolutions", [[0, 16], [0.5, 32]], ((0.0, 16), (0.5, 32))),
        ("losses.haze", [0, 0.1], (0.0, 0.1)),
    ],
)
def test_values_from_json_take_the_types_of_the_defaults(name, value, expected):
    settings = with_overrides(**{name: value})
    for part in name.split("."):
        settings = getattr(settings, part)
    assert settings == expected and type(settings) is type(expected)
    if isinstance(expected, tuple):
        assert [type(item) for item in settings] == [type(item) for item in expected]


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "cameras.nothing",
        "cameras",
        "nothing.at.all",
        "",
        ".",
        "cameras.elevation.x",
        "__class__",
        "cameras.__dict__",
        "__class__.steps",
        "cameras.__class__.elevation",
    ],
)
def test_a_name_that_is_no_setting_is_refused_with_its_neighbours(name):
    with pytest.raises(SettingsError, match="does not exist") as caught:
        with_overrides(**{name: 1})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name, value",
    [
        ("steps", "many"),
        ("steps", 1.5),
        ("steps", None),
        ("steps", True),
        ("guidance.scale", "7"),
        ("losses.haze", 0.1),
        ("cameras.elevation", []),
        ("cameras.elevation", ["a", "b"]),
        ("views", [1]),
        ("resolutions", [1, 2]),
        ("resolutions", []),
        ("resolutions", [[0, 32, 64]]),
        ("cameras.elevation", [5]),
        ("steps", float("inf")),
        ("guidance.scale", 10**400),
        ("field.kind", "cloud"),
        ("field.kind", ["grid"]),
        ("field.kind", None),
    ],
)
def test_a_value_of_another_kind_is_refused(name, value):
    with pytest.raises(SettingsError, match=name.replace(".", r"\.")):
        with_overrides(**{name: value})


def test_normals_of_samples_are_refused_where_they_can_not_be_had():
    assert with_overrides(**{"render.normals": "samples", "field.kind": "mlp"}).render.normals == "samples"
    with pytest.raises(SettingsError, match="second derivatives"):
        with_overrides(**{"render.normals": "samples"})


def in_range(name: str) -> st.SearchStrategy:
    """Values that the setting may have: as many numbers as by default, each within its limits."""
    drawn = [
        st.integers(each.low, each.high) if isinstance(number, int) else st.floats(each.low, each.high)
        for number, each in zip(DEFAULTS[name], cycle(LIMITS[name]))
    ]
    return st.tuples(*drawn)


def shaped(name: str, drawn: tuple) -> object:
    """The numbers as the setting has them: one, a list, or a list of pairs."""
    default = functools.reduce(getattr, name.split("."), EngineSettings())
    if not isinstance(default, tuple):
        return drawn[0]
    return [list(pair) for pair in zip(drawn[::2], drawn[1::2])] if isinstance(default[0], tuple) else list(drawn)


def test_every_number_has_limits_that_hold_its_default_and_no_other_has():
    assert DEFAULTS.keys() == LIMITS.keys()
    for name, numbers in DEFAULTS.items():
        assert all(each(number) == number for number, each in zip(numbers, cycle(LIMITS[name])))
    for preset in PRESET_NAMES:
        engine_settings(RunSettings("a mug", preset=preset))


@given(st.sampled_from(sorted(LIMITS)), st.data())
def test_what_is_in_range_is_taken(name, data):
    drawn = data.draw(in_range(name))
    if name == "resolutions":
        drawn = (0.0, *drawn[1:])
    if name.startswith("guidance.timesteps"):
        drawn = tuple(sorted(drawn))
    if name in ("shading.albedo", "shading.textureless"):
        drawn = (drawn[0] / 2,)
    counts = {each: drawn[0] for each in ("views", "painting.views") if name == "cameras.group"}
    settings = with_overrides(**{name: shaped(name, drawn)}, **counts)
    assert flat(functools.reduce(getattr, name.split("."), settings)) == pytest.approx(list(drawn))


@given(st.sampled_from(sorted(LIMITS)), st.data())
def test_what_is_out_of_range_is_refused_with_the_limits(name, data):
    drawn = list(data.draw(in_range(name)))
    index = data.draw(st.integers(0, len(drawn) - 1))
    low, high = vars(LIMITS[name][index % len(LIMITS[name])]).values()
    if isinstance(drawn[index], int):
        drawn[index] = data.draw(st.integers(max_value=low - 1) | st.integers(min_value=high + 1))
    else:
        beyond = st.floats(max_value=low, exclude_max=True) | st.floats(min_value=high, exclude_min=True)
        drawn[index] = data.draw(beyond | st.just(float("nan")))
    with pytest.raises(SettingsError, match=f"'{name}' must be from {low:,} to {high:,}, not") as caught:
        with_overrides(**{name: shaped(name, tuple(drawn))})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "overrides, words",
    [
        ({"resolutions": [[0.5, 32], [0.8, 64]]}, "must begin at share 0"),
        ({"resolutions": [[0, 32], [0.8, 64], [0.5, 48]]}, "its shares must rise"),
        ({"shading.albedo": 0.7, "shading.textureless": 0.7}, "1 or less together"),
        ({"cameras.group": 4, "views": 6}, r"'views' must be a multiple of 'cameras.group' \(4\), not 6"),
        ({"cameras.group": 7, "views": 7}, r"'painting.views' must be a multiple of 'cameras.group' \(7\), not 60"),
    ],
)
def test_numbers_that_do_not_fit_each_other_are_refused(overrides, words):
    with pytest.raises(SettingsError, match=words):
        with_overrides(**overrides)


def test_views_that_are_never_painted_need_no_groups():
    assert with_overrides(**{"cameras.group": 7, "views": 14, "painting.share": 0}).cameras.group == 7


def test_a_prior_that_looks_at_groups_needs_them_and_their_cameras():
    grouped = {"cameras.group": 4, "views": 8}
    check_group(with_overrides(**grouped), 4)
    check_group(with_overrides(**grouped, **{"guidance.tell_camera": False}), 1)
    for overrides, words in (
        ({"views": 8}, "looks at 4 views of an object together: set 'cameras.group' to 4"),
        (grouped | {"guidance.tell_camera": False}, "set 'guidance.tell_camera' to true"),
    ):
        with pytest.raises(SettingsError, match=words):
            check_group(with_overrides(**overrides), 4)


def test_only_toybox_knows_views_that_show_positions():
    with pytest.raises(SettingsError, match="Stable Diffusion knows no position maps"):
        engine_settings(RunSettings("a mug", prior="stable-diffusion", overrides={"shading.position": 0.5}))
    for prior in PRIORS:
        for preset in PRESET_NAMES:
            engine_settings(RunSettings("a mug", prior=prior, preset=preset))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from(["steps", "cameras.elevation", "resolutions", "guidance.scale", "field.grid.channels", "cameras"]),
    JSON,
)
def test_any_value_is_taken_or_refused_in_words(name, value):
    try:
        with_overrides(**{name: value})
    except SettingsError as error:
        assert str(error)
