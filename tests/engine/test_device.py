"""Choosing a device, and in which precision networks compute there."""

import pytest
import torch

from engine.device import available_devices, choose_device, device_name, free_memory, mixed_precision, room_of
from engine.run import exits
from engine.run.exits import EngineError


def test_a_device_that_is_not_here_is_named_with_those_that_are():
    missing = {"cuda", "mps"} - set(available_devices())
    for name in missing:
        with pytest.raises(EngineError, match=f"The device {name} is not available here: choose .*cpu") as caught:
            choose_device(name)
        assert caught.value.exit_code == exits.DEVICE_UNUSABLE
    with pytest.raises(EngineError):
        choose_device("toaster")


def test_auto_is_the_best_device():
    assert choose_device("auto").type == available_devices()[0]
    assert choose_device("cpu") == torch.device("cpu") and device_name(torch.device("cpu")).startswith("cpu (")


@pytest.mark.parametrize(
    "cuda, mps, found",
    [
        (True, True, ["cuda", "mps", "cpu"]),
        (True, False, ["cuda", "cpu"]),
        (False, True, ["mps", "cpu"]),
        (False, False, ["cpu"]),
    ],
)
def test_a_card_comes_before_the_processor(monkeypatch, cuda, mps, found):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    monkeypatch.setattr("engine.device._computes", lambda name: name == "cuda")
    assert available_devices() == found and choose_device("auto").type == found[0]
    assert choose_device("cpu").type == "cpu", "unless it is asked for"


def test_the_room_on_a_card_is_what_is_free_and_what_this_process_holds_already(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (5, 9))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 3)
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 16)
    monkeypatch.setattr(torch.mps, "driver_allocated_memory", lambda: 6)
    cuda, mps, cpu = map(torch.device, ("cuda", "mps", "cpu"))
    assert [free_memory(device) for device in (cuda, mps, cpu)] == [5, 10, None]
    assert [room_of(device) for device in (cuda, mps, cpu)] == [8, 16, None]


@pytest.mark.parametrize(
    "message, found", [("CUDA error: no kernel image is available", False), ("CUDA out of memory.", True)]
)
def test_a_card_that_torch_has_no_code_for_is_not_used_and_one_that_is_full_is(monkeypatch, message, found):
    def ones(*_, **__):
        raise RuntimeError(message)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "ones", ones)
    assert ("cuda" in available_devices()) == found
    if not found:
        with pytest.raises(EngineError, match="has a card that this torch was not built for: choose .*cpu, or auto"):
            choose_device("cuda")


def test_each_of_several_processes_has_a_card_of_its_own_or_is_told_that_there_is_none(monkeypatch):
    chosen = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.setattr("engine.device.available_devices", lambda: ["cuda", "cpu"])
    assert choose_device("auto", 1) == choose_device("cuda", 1) == torch.device("cuda") and chosen == [1, 1]
    assert choose_device("cpu", 5) == torch.device("cpu") and choose_device("cuda") and chosen == [1, 1]
    with pytest.raises(EngineError, match="more processes than graphics cards, 2: start one for each card"):
        choose_device("cuda", 2)


@pytest.mark.parametrize("native", [True, False])
def test_networks_compute_in_bfloat16_only_where_the_processor_multiplies_it_itself(monkeypatch, native):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, "avx512_bf16": native})
    with mixed_precision(torch.device("cpu")):
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype is (torch.bfloat16 if native else torch.float32)
