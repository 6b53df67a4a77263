"""Downloading a prior's weights from a hub: a real one's protocol, served from this machine."""

import errno
import json
import os
import threading
import time
from contextlib import nullcontext
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlparse

import huggingface_hub.constants as hub
import pytest
import torch
from huggingface_hub import close_session, hf_hub_download

from engine import __main__ as command_line
from engine.doctor import examine
from engine.guidance import meter
from engine.guidance.download import Downloads, Offer, explain_download
from engine.guidance.load import load_prior
from engine.guidance.meter import Meter
from engine.guidance.prior import PriorError
from engine.guidance.weights import find_weights, lacking
from engine.run import exits
from engine.run.exits import EngineError
from engine.run.state import RunState, update
from tests.engine.guidance.test_weights import SD, WHOLE, fake
from tests.engine.guidance.tiny import save_stable_diffusion
from tests.engine.test_cli import events, refused, run

REFUSED = {"token": 401, "rights": 403}
"""Models whose hub says that the token is no good, or not good enough."""
COMMIT = "0123456789abcdef" * 2 + "01234567"


class Hub(BaseHTTPRequestHandler):
    """Hugging Face's answers about the folder `owner/<model>`; "gated" and all else are refused as there."""

    def __init__(self, root: Path, asked: list[str], *arguments):
        self.root, self.asked = root, asked
        super().__init__(*arguments)

    def do_GET(self) -> None:
        path = unquote(urlparse(self.path).path).removeprefix("/api/models").strip("/")
        owner, model, kind, _revision, *rest = [*path.split("/"), "", ""]
        folder = self.root / model
        if model in REFUSED:
            return self.answer(REFUSED[model], b"{}")
        if not folder.is_dir():
            return self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        if kind in ("", "revision"):
            siblings = [{"rfilename": name, "size": path.stat().st_size} for name, path in files.items()]
            about = {"id": f"{owner}/{model}", "sha": COMMIT, "siblings": siblings, "cardData": {"license": "openrail"}}
            return self.answer(200, json.dumps(about).encode())
        if kind == "tree":
            tree = [
                {"type": "file", "path": name, "oid": name, "size": path.stat().st_size} for name, path in files.items()
            ]
            return self.answer(200, json.dumps(tree).encode())
        file = "/".join(part for part in rest if part)
        if model == "gated":
            return self.answer(403, b"{}", {"X-Error-Code": "GatedRepo"})
        if self.command == "GET":
            self.asked.append(file)
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{file.replace("/", "-")}"'}
        return self.answer(200, (folder / file).read_bytes(), headers)

    do_HEAD = do_GET

    def answer(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *arguments) -> None:
        pass


@pytest.fixture
def served(tmp_path):
    """A hub with an owner's model "sd" and a gated one: its address, and the list of files asked for."""
    models = tmp_path / "models"
    save_stable_diffusion(models / "sd", variant="fp16")
    save_stable_diffusion(models / "sd" / "unused")
    fake(models / "gated", *WHOLE)
    fake(models / "pickles", *(file.replace(".safetensors", ".bin") for file in WHOLE))
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Hub, models, asked))
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def online(tmp_path, monkeypatch, served):
    """That hub, for this process, and an empty cache; gives the list of files asked for."""
    address, asked = served
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(hub, "ENDPOINT", address)
    monkeypatch.setattr(hub, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(hub, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", False)
    return asked


def test_nothing_is_downloaded_unasked(online):
    told, stages = [], []
    downloads = Downloads(tell=lambda event, **fields: told.append((event, fields)))
    with pytest.raises(PriorError) as caught:
        find_weights("stable-diffusion", "owner/sd", False, stages.append, downloads)
    sentence = str(caught.value)
    for words in (
        "Stable Diffusion is not on this machine", " MB must be downloaded from http", "sd (licence: openrail)",
        "--download",
    ):
        assert words in sentence
    assert sentence.endswith(".") and "\n" not in sentence
    ((event, fields),) = told
    assert event == "offer" and fields["licence"] == "openrail" and fields["page"].endswith("/owner/sd")
    assert fields["size"] > 1000
    assert stages == ["looking up prior"] and online == []


def test_a_command_without_a_terminal_refuses_unless_it_was_told_to_download(tmp_path, served):
    address, asked = served
    environment = {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "home"), "NO_PROXY": "127.0.0.1"}
    chosen = ("--prior", "stable-diffusion", "--weights", "owner/sd", "--device", "cpu", "--output")
    folder = tmp_path / "run"
    sentence = refused(run("generate", "a mug", *chosen, folder, environment=environment), exits.PRIOR_UNUSABLE)
    assert "must be downloaded from" in sentence and "Allow it" in sentence and asked == []
    offer, error = events(folder)[-2:]
    assert (offer["event"], offer["page"], error["message"]) == ("offer", f"{address}/owner/sd", sentence)
    done = run("sample", "a mug", "--download", "--count", "1", *chosen, tmp_path / "a.png", environment=environment)
    assert done.returncode == 0 and (tmp_path / "a.png").exists() and asked, done.stderr


def test_what_is_here_already_is_no_part_of_the_offer(online, monkeypatch):
    def offered() -> int:
        with pytest.raises(PriorError):
            find_weights("stable-diffusion", "owner/sd", False, print, downloads)
        return sizes[-1]

    sizes = []
    downloads = Downloads(tell=lambda _event, **fields: sizes.append(fields["size"]))
    whole = offered()
    here = hf_hub_download("owner/sd", "unet/config.json")
    assert offered() == whole - Path(here).stat().st_size


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="Windows has no such terminals")
@pytest.mark.parametrize("answer, agreed", [("y", True), ("YES", True), ("", False), ("n", False)])
def test_whoever_sits_at_a_terminal_is_asked(monkeypatch, answer, agreed):
    keyboard, terminal = os.openpty()
    os.write(keyboard, f"{answer}\n".encode())
    with open(terminal, encoding="utf-8") as stdin, open(terminal, "w", encoding="utf-8", closefd=False) as stderr:
        monkeypatch.setattr("sys.stdin", stdin)
        monkeypatch.setattr("sys.stderr", stderr)
        offer = Offer("Stable Diffusion", "owner/sd", (), 2_100_000_000, "openrail", "https://hub/owner/sd")
        words = "2.1 GB must be downloaded from https://hub/owner/sd"
        with nullcontext() if agreed else pytest.raises(PriorError, match=words):
            Downloads().agree(offer)
    monkeypatch.undo()
    told = b""
    # A terminal hands over what it has, at first perhaps the answer's echo alone.
    while b"Download it? [y/N]" not in told:
        told += os.read(keyboard, 1000)


def test_a_download_tells_size_share_rate_and_time_left_and_that_it_stalls(monkeypatch):
    monkeypatch.setattr(meter, "TELL_EVERY", 0.01)
    told = []
    with Meter(1000, "A model", lambda event, **fields: told.append(fields)) as counting:
        bar = counting.bars()(name="huggingface_hub.snapshot_download", total=0)
        other = counting.bars()(name="huggingface_hub.snapshot_download.transfer", total=0)
        other.update(7)
        bar.update(400)
        while not any(fields["done"] == 400 and fields["idle"] >= 0.1 for fields in told):
            time.sleep(0.01)
    moving = next(fields for fields in told if fields["done"] == 400)
    assert moving["size"] == 1000 and moving["rate"] > 0 and moving["remaining"] is not None
    said = update(RunState(), [{"event": "stage", "name": "downloading prior"}, {"event": "download", **moving}])
    assert said.download.startswith("Downloading the prior: 0.00 of 0.00 GB (40%), 0.0 MB/s, ")


def test_what_is_needed_is_downloaded_once_and_no_more(online, monkeypatch):
    stages = []
    told = []
    downloads = Downloads(True, lambda event, **fields: told.append((event, fields)))
    prior = load_prior("stable-diffusion", torch.device("cpu"), "owner/sd", stages.append, downloads)
    assert prior.resolution == 64 and stages == ["looking up prior", "downloading prior", "loading prior"]
    event, last = told[-1]
    assert event == "download" and last["done"] == last["size"] > 1000, "what came is what was promised"
    assert {file.partition("/")[0] for file in online} == {"scheduler", "tokenizer", "unet", "vae", "text_encoder"}
    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", True)
    online.clear()
    folder = find_weights("stable-diffusion", "owner/sd", False, stages.append)
    assert len(stages) == 3 and not online and lacking(folder, SD) == ""
    assert examine("owner/sd")["priors"]["stable-diffusion"] == f"found in {folder}"


@pytest.mark.parametrize(
    "name, words",
    [
        ("owner/gated", "accept its licence on its page on Hugging Face and log in with a token"),
        ("owner/token", "Hugging Face refuses owner/token to your token: log in again"),
        ("owner/rights", "Hugging Face refuses owner/rights to your token: log in again"),
        ("owner/nothing", "There is no model owner/nothing on Hugging Face, or it is private"),
        ("owner/pickles", "is not a usable Stable Diffusion: it lacks weights in safetensors in unet"),
    ],
)
def test_what_the_hub_does_not_give_is_said_in_one_sentence(online, name, words):
    with pytest.raises(PriorError) as caught:
        find_weights("stable-diffusion", name, True, lambda stage: None, Downloads(True))
    assert words in str(caught.value) and "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_a_network_that_is_down(online, monkeypatch):
    monkeypatch.setattr(hub, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(PriorError, match="^owner/sd could not be downloaded: check the network"):
        find_weights("stable-diffusion", "owner/sd", True, print, Downloads(True))


@pytest.mark.parametrize(
    "error, words, code",
    [
        (RuntimeError("Data processing error: No space left on device (os error 28)"), "The disk is full", 3),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full: free some space for the download in", 3),
        (PermissionError(errno.EACCES, "Permission denied", "/nobody/hub"), "cannot be kept in /nobody/hub (Perm", 3),
        (RuntimeError("Server error."), "owner/sd could not be downloaded (Server error): check the network", 4),
    ],
)
def test_what_a_downloader_stumbles_over_is_told_as_what_it_is(error, words, code):
    explained = explain_download(error, "owner/sd")
    assert words in str(explained) and str(explained).endswith(".") and explained.exit_code == code


def test_a_proxy_that_needs_another_package(online, monkeypatch):
    close_session()
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(PriorError, match=r"could not be downloaded \(Using SOCKS proxy, .*\): check the network"):
        find_weights("stable-diffusion", "owner/sd", True, print, Downloads(True))
    close_session()


def test_a_home_that_is_not_there_is_not_told_as_the_runs_folder(online, monkeypatch, tmp_path):
    (tmp_path / "home").write_text("", encoding="utf-8")
    monkeypatch.setattr(hub, "HF_HUB_CACHE", str(tmp_path / "home" / "hub"))
    with pytest.raises(EngineError, match="set HF_HOME to a folder that can be written"):
        find_weights("stable-diffusion", "owner/sd", True, print, Downloads(True))


def test_a_network_that_is_off(online, monkeypatch):
    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", True)
    with pytest.raises(PriorError) as caught:
        find_weights("deepfloyd-if", "", True, lambda stage: None)
    assert "DeepFloyd IF (DeepFloyd/IF-I-M-v1.0) is not on this machine and the network is off" in str(caught.value)
    assert str(caught.value).endswith("or run python -m engine download deepfloyd-if in a terminal.") and not online
    with pytest.raises(PriorError, match="python -m engine download stable-diffusion --weights owner/sd in a terminal"):
        find_weights("stable-diffusion", "owner/sd", True, lambda stage: None)
    assert examine()["priors"]["deepfloyd-if"].startswith("DeepFloyd/IF-I-M-v1.0 is not on this machine: ")


def test_a_disk_without_room_is_seen_before_the_download(online, monkeypatch):
    monkeypatch.setattr("engine.guidance.download.shutil.disk_usage", lambda place: Usage(1_000))
    with pytest.raises(EngineError, match=r"The disk has 0\.0 GB free, and the download takes .*: free some") as caught:
        find_weights("stable-diffusion", "owner/sd", True, lambda stage: None, Downloads(True))
    assert caught.value.exit_code == exits.OUTPUT_NOT_WRITABLE and not [file for file in online if "unet" in file]


class Usage:
    """Of a disk."""

    def __init__(self, free: int):
        self.free = free


def test_the_command_downloads_and_says_where(online, capsys):
    assert command_line.main(["download", "stable-diffusion", "--weights", "owner/sd"]) == exits.OK
    printed = capsys.readouterr()
    assert not lacking(Path(printed.out.strip()), SD) and "downloading prior" in printed.err
