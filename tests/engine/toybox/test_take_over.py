"""What an earlier training learned, in networks that know more words or see more pixels."""

import torch
from torch.nn.functional import avg_pool2d, interpolate

from engine.toybox import model
from engine.toybox.captions import VOCABULARY
from engine.toybox.conditioning import CAMERA_FEATURES, CAPTION_LENGTH
from engine.toybox.take_over import take_over


def embedding_of(toybox: model.Toybox, word: str) -> torch.Tensor:
    return toybox.text_encoder.get_input_embeddings().weight[toybox.tokenizer.get_vocab()[word]].clone()


@torch.no_grad()
def test_every_word_keeps_its_embedding_where_new_ones_come_before_it(monkeypatch):
    earlier = model.build(width=24, layers=2, heads=2)
    among = VOCABULARY.index("bird")
    monkeypatch.setattr(model, "VOCABULARY", (*VOCABULARY[:among], "wombat", *VOCABULARY[among:]))
    later = model.build(width=24, layers=2, heads=2)
    new = embedding_of(later, "wombat")
    take_over(earlier, later)
    for word in ("red", "bird", VOCABULARY[-1], "<unknown>"):
        assert torch.equal(embedding_of(later, word), embedding_of(earlier, word))
    assert torch.equal(embedding_of(later, "wombat"), new)


@torch.no_grad()
def test_a_finer_network_begins_as_the_coarser_one_seen_through_larger_pixels(monkeypatch):
    """Its images are averaged down to those that the coarser knows, and what it answers is the coarser's, enlarged."""
    finer = model.build(width=24, layers=2, heads=2)
    side, patch = finer.transformer.config.sample_size, finer.transformer.config.patch_size
    monkeypatch.setattr(model, "RESOLUTION", side // 4)
    monkeypatch.setattr(model, "PATCH", patch // 4)
    coarser = model.build(width=24, layers=2, heads=2)
    take_over(coarser, finer)
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(2, 3, side, side, generator=generator)
    told = (
        torch.tensor([100, 700]), torch.randn(2, CAPTION_LENGTH, 24, generator=generator),
        torch.randn(2, 24, generator=generator), torch.randn(2, CAMERA_FEATURES, generator=generator),
    )
    expected = interpolate(model.predict_clean(coarser, avg_pool2d(images, 4), *told), scale_factor=4)
    torch.testing.assert_close(model.predict_clean(finer, images, *told), expected, atol=1e-5, rtol=1e-4)
    assert expected.std() > 0.01
