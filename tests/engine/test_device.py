"""Choosing a device, and in which precision networks compute there."""

import pytest
import torch

from engine.device import available_devices, choose_device, device_name, mixed_precision
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
