import os
import sys
from pathlib import Path

import pytest
from dreamfusion.bridge import engine_process
from dreamfusion.bridge.engine_process import (
    ENGINE_HOME,
    CommandFailed,
    EngineMissing,
    EngineOptions,
    EngineProcess,
    engine_environment,
    find_engine_python,
    run_engine,
)

from tests.waiting import until

WAITS_FOR_THE_LIFELINE = """
    import os, sys
    print("argv", sys.argv[1:], flush=True)
    while os.read(0, 1):
        pass
    print("the lifeline ended", flush=True)
    sys.exit(5)
"""


def exit_code(process: EngineProcess) -> int:
    until(lambda: process.exit_code is not None)
    return process.exit_code


def test_the_engine_travels_with_the_bridge():
    assert (ENGINE_HOME / "engine" / "run" / "folder.py").is_file()


def test_the_preferences_come_before_the_environment(tmp_path):
    environment = {"DREAMFUSION_ENGINE_PYTHON": str(tmp_path / "other")}
    assert find_engine_python(sys.executable, environment) == Path(sys.executable)


def test_the_environment_serves_where_the_preferences_are_empty():
    assert find_engine_python("", {"DREAMFUSION_ENGINE_PYTHON": sys.executable}) == Path(sys.executable)


def test_quotes_around_a_path_are_no_part_of_it():
    assert find_engine_python(f'"{sys.executable}" ', {}) == Path(sys.executable)


def test_a_virtual_environments_link_is_not_followed(tmp_path):
    link = tmp_path / "python"
    try:
        link.symlink_to(sys.executable)
    except OSError:
        pytest.skip("this system makes no links without special rights")
    assert find_engine_python(str(link), {}) == link


def test_a_link_that_leads_nowhere_is_told_as_one(tmp_path):
    first, second = tmp_path / "python", tmp_path / "python3.12"
    try:
        second.symlink_to(tmp_path / "away" / "python3.12")
    except OSError:
        pytest.skip("this system makes no links without special rights")
    first.symlink_to(second)
    with pytest.raises(EngineMissing) as caught:
        find_engine_python(str(first), {})
    target = os.path.realpath(tmp_path / "away" / "python3.12")
    assert f"{first} is a link to {target}, which is not there: correct the preferences." in str(caught.value)
    assert "Flatpak" in str(caught.value)


def test_without_a_python_the_sentence_says_where_to_choose_one():
    words = r"^The engine is not set up: press Set Up, or choose an existing Python in .*\.$"
    with pytest.raises(EngineMissing, match=words):
        find_engine_python("", {})


@pytest.mark.parametrize("chosen, place", [(True, "the preferences"), (False, "DREAMFUSION_ENGINE_PYTHON")])
def test_a_missing_python_is_named_with_the_place_to_correct(tmp_path, chosen, place):
    missing = str(tmp_path / "python")
    with pytest.raises(EngineMissing, match=f"correct {place}") as caught:
        find_engine_python(missing if chosen else "", {} if chosen else {"DREAMFUSION_ENGINE_PYTHON": missing})
    assert missing in str(caught.value)


@pytest.mark.parametrize("chosen", [".", "~nobody-of-this-name/python", "nul\0"])
def test_what_can_not_be_a_python_is_refused(chosen):
    with pytest.raises(EngineMissing, match="There is no engine Python"):
        find_engine_python(chosen, {})


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable flag")
def test_a_file_that_cannot_be_executed_is_refused(tmp_path):
    (tmp_path / "python").write_text("", encoding="utf-8")
    with pytest.raises(EngineMissing, match="cannot be executed"):
        find_engine_python(str(tmp_path / "python"), {})


def test_the_engine_gets_nothing_of_what_makes_a_python_blenders():
    blenders = dict.fromkeys(("PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONWARNINGS"), "blender")
    ours = engine_environment(True, {**blenders, "__PYVENV_LAUNCHER__": "blender", "KEPT": "1"})
    assert {name for name in ours if "PY" in name} == {"PYTHONPATH", "PYTHONUTF8", "PYTHONUNBUFFERED", "PYTHONSAFEPATH"}
    assert ours["PYTHONPATH"] == str(ENGINE_HOME)
    assert ours["PYTHONUTF8"] == "1"
    assert ours["KEPT"] == "1"


@pytest.mark.parametrize("container", ["SNAP", "APPDIR", "STEAM_RUNTIME", None])
def test_the_engine_gets_no_paths_into_blenders_folder(tmp_path, monkeypatch, container):
    home, cuda = tmp_path / "blender", str(tmp_path / "blender cuda" / "lib")
    environment = {container: str(home)} if container else {}
    if not container:
        monkeypatch.setattr(sys, "prefix", str(home / "4.5" / "python"))
    environment["LD_LIBRARY_PATH"] = os.pathsep.join([str(home / "lib"), cuda, ""])
    environment["SSL_CERT_FILE"] = str(home / "4.5" / "cacert.pem")
    environment |= {"EMPTY": "", "ALSO": f"a{os.pathsep}{os.pathsep}b"}
    ours = engine_environment(True, environment)
    assert ours["LD_LIBRARY_PATH"] == cuda + os.pathsep and "SSL_CERT_FILE" not in ours and container not in ours
    assert ours["EMPTY"] == "" and ours["ALSO"] == environment["ALSO"]


def test_a_blender_of_the_systems_own_shares_its_folders(monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/usr")
    environment = {"PATH": os.pathsep.join(["/usr/bin", "/usr/local/cuda/bin"]), "SNAP": "/", "APPDIR": ""}
    assert engine_environment(True, environment)["PATH"] == environment["PATH"]


def test_blenders_libraries_do_not_reach_a_real_engine(stub_engine, monkeypatch, tmp_path):
    monkeypatch.setenv("SNAP", str(tmp_path))
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path / "lib"))
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "python"))
    python = stub_engine("import os, sys; print(os.environ.get('LD_LIBRARY_PATH'), sys.flags.safe_path)")
    assert run_engine(python, [], online=True).split() == ["None", "True"]


def test_blenders_online_switch_is_honoured():
    assert engine_environment(False, {})["HF_HUB_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in engine_environment(True, {})


@pytest.mark.parametrize("online", [False, True])
def test_the_online_switch_and_the_downloads_folder_reach_every_engine(stub_engine, tmp_path, monkeypatch, online):
    for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    downloads = tmp_path / "downloads, 車"
    python = stub_engine("import os; print(os.environ.get('HF_HUB_OFFLINE'), os.environ.get('HF_HUB_CACHE'))")
    process = EngineProcess(EngineOptions(python, online=lambda: online, downloads=downloads), "run", tmp_path)
    exit_code(process)
    process.release()
    said = f"{None if online else 1} {downloads}\n"
    assert (tmp_path / "engine.log").read_text(encoding="utf-8") == said
    assert run_engine(python, [], online, downloads) == said
    assert run_engine(python, [], online) == f"{None if online else 1} None\n"


def test_the_engine_leaves_when_the_lifeline_closes(stub_engine, tmp_path):
    process = EngineProcess(EngineOptions(stub_engine(WAITS_FOR_THE_LIFELINE), online=lambda: True), "run", tmp_path)
    log = tmp_path / "engine.log"
    until(lambda: "argv" in log.read_text(encoding="utf-8"))
    assert process.exit_code is None
    process.release()
    assert exit_code(process) == 5
    assert log.read_text(encoding="utf-8").splitlines() == [
        f"argv {['run', str(tmp_path), '--lifeline']}",
        "the lifeline ended",
    ]


@pytest.mark.parametrize("download", [False, True])
def test_the_artists_consent_to_a_download_is_told(stub_engine, tmp_path, download):
    python = stub_engine("import sys; print('--download' in sys.argv)")
    process = EngineProcess(EngineOptions(python, online=lambda: True, download=download), "run", tmp_path)
    exit_code(process)
    process.release()
    assert (tmp_path / "engine.log").read_text(encoding="utf-8").split() == [str(download)]


def test_kill_ends_the_engine_at_once(stub_engine, tmp_path):
    process = EngineProcess(EngineOptions(stub_engine(WAITS_FOR_THE_LIFELINE), online=lambda: True), "run", tmp_path)
    process.kill()
    assert exit_code(process) != 5
    process.release()


def test_the_log_of_a_resumed_run_is_appended(stub_engine, tmp_path):
    python = stub_engine("import sys; print(sys.argv[1])")
    for verb in ("run", "resume"):
        process = EngineProcess(EngineOptions(python, online=lambda: True), verb, tmp_path)
        exit_code(process)
        process.release()
    assert (tmp_path / "engine.log").read_text(encoding="utf-8").split() == ["run", "resume"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable flag")
def test_a_file_that_is_no_program_is_refused_with_a_sentence(tmp_path):
    python = tmp_path / "python"
    python.write_bytes(b"\0not a program")
    python.chmod(0o755)
    with pytest.raises(EngineMissing, match="could not be started .* choose another one"):
        EngineProcess(EngineOptions(python, online=lambda: True), "run", tmp_path)


def test_a_short_command_that_hangs_is_ended(stub_engine, monkeypatch):
    python = stub_engine("import time; time.sleep(1000)")
    monkeypatch.setattr(engine_process, "PATIENCE", 0.2)
    with pytest.raises(CommandFailed, match="did not answer"):
        run_engine(python, ["export"], online=True)


def test_a_short_command_gives_what_it_printed_or_its_last_sentence(stub_engine):
    python = stub_engine("""
        import sys
        if sys.argv[1] == "good":
            print("“ü”")
            sys.exit(0)
        print("Loading.", "There is no snapshot in “ü”.", sep="\\n", file=sys.stderr)
        sys.exit(2)
    """)
    assert run_engine(python, ["good"], online=True) == "“ü”\n"
    with pytest.raises(CommandFailed, match="^There is no snapshot in “ü”.$"):
        run_engine(python, ["bad"], online=True)
