"""The Toybox network in an inference engine: OpenVINO graphs, made from the weights as diffusers and transformers save
them.

No gradient ever passes the prior (score distillation leaves its Jacobian out), so a processor need not run it in torch:
here it takes a quarter of the time, and neither diffusers nor transformers have to be imported. The graphs compute what
`SD3Transformer2DModel` and `CLIPTextModel` do; tests/engine/toybox/test_graph.py holds them against those.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import torch
from openvino import CompiledModel, Core, InferRequest, Model, Node
from openvino import opset15 as ops
from safetensors.numpy import load_file
from torch import Tensor

from engine.device import multiplies_bfloat16
from engine.toybox.conditioning import TIME_FEATURES, time_features
from engine.workers import cores

ASKERS = 2
"""Threads that are answered at the same time, the cores shared out among them; of more, some wait."""


class Weights:
    """Named arrays of one network as layers of a graph, in single precision."""

    def __init__(self, file: Path):
        self.arrays = {name: array.astype(np.float32) for name, array in load_file(file).items()}

    def constant(self, name: str) -> Node:
        """An array as it is."""
        return ops.constant(self.arrays[name])

    def linear(self, x: Node, *layers: str) -> Node:
        """x W^T + b; several layers of one input are computed side by side, their outputs one after the other."""
        weight, bias = (
            np.concatenate([self.arrays[f"{layer}.{kind}"] for layer in layers]) for kind in ("weight", "bias")
        )
        return ops.add(ops.matmul(x, ops.constant(weight), False, True), ops.constant(bias))

    def layer_norm(self, x: Node, layer: str, epsilon: float) -> Node:
        """Layer normalisation with a scale and a shift of its own."""
        scaled = ops.multiply(normalise(x, epsilon), self.constant(f"{layer}.weight"))
        return ops.add(scaled, self.constant(f"{layer}.bias"))

    def rms_norm(self, x: Node, layer: str, epsilon: float = 1e-6) -> Node:
        """x / sqrt(mean(x^2) + epsilon) over the last axis, scaled."""
        square = ops.reduce_mean(ops.power(x, _number(2.0)), ops.constant([-1]), keep_dims=True)
        inverse = ops.divide(_number(1.0), ops.sqrt(ops.add(square, _number(epsilon))))
        return ops.multiply(ops.multiply(x, inverse), self.constant(f"{layer}.weight"))


def _number(value: float) -> Node:
    return ops.constant(np.float32(value))


def normalise(x: Node, epsilon: float) -> Node:
    """Mean zero and variance one over the last axis."""
    return ops.mvn(x, ops.constant([-1]), True, epsilon, "inside_sqrt")


def modulate(x: Node, scale: Node, shift: Node) -> Node:
    """Adaptive layer normalisation: norm(x) (1 + scale) + shift."""
    return ops.add(ops.multiply(normalise(x, 1e-6), ops.add(scale, _number(1.0))), shift)


def heads_of(x: Node, count: int) -> Node:
    """(N, L, C) to (N, heads, L, C / heads)."""
    return ops.transpose(ops.reshape(x, ops.constant([0, 0, count, -1]), True), ops.constant([0, 2, 1, 3]))


def attend(query: Node, key: Node, value: Node, causal: bool = False) -> Node:
    """Attention over heads, which are put side by side again: (N, L, C)."""
    seen = ops.scaled_dot_product_attention(query, key, value, causal=causal)
    return ops.reshape(ops.transpose(seen, ops.constant([0, 2, 1, 3])), ops.constant([0, 0, -1]), True)


def joint_block(
    weights: Weights, number: int, last: bool, heads: int, image: Node, text: Node, conditioning: Node
) -> tuple[Node, Node]:
    """One block of Stable Diffusion 3's transformer (arXiv 2403.03206, figure 2b): image and text attend to both."""
    at = f"transformer_blocks.{number}"
    modulation = weights.linear(conditioning, f"{at}.norm1.linear")
    shift, scale, gate, mlp_shift, mlp_scale, mlp_gate = ops.split(modulation, ops.constant(-1), 6).outputs()
    modulation = weights.linear(conditioning, f"{at}.norm1_context.linear")
    if last:  # of the text, only what the image attends to is still needed
        text_scale, text_shift = ops.split(modulation, ops.constant(-1), 2).outputs()
    else:
        text_shift, text_scale, text_gate, *text_mlp = ops.split(modulation, ops.constant(-1), 6).outputs()

    projections = weights.linear(modulate(image, scale, shift), *(f"{at}.attn.to_{kind}" for kind in "qkv"))
    ours = [heads_of(x, heads) for x in ops.split(projections, ops.constant(-1), 3).outputs()]
    projections = weights.linear(
        modulate(text, text_scale, text_shift), *(f"{at}.attn.add_{kind}_proj" for kind in "qkv")
    )
    theirs = [heads_of(x, heads) for x in ops.split(projections, ops.constant(-1), 3).outputs()]
    for index, kind in enumerate("qk"):
        ours[index] = weights.rms_norm(ours[index], f"{at}.attn.norm_{kind}")
        theirs[index] = weights.rms_norm(theirs[index], f"{at}.attn.norm_added_{kind}")
    seen = attend(*(ops.concat([mine, other], 2) for mine, other in zip(ours, theirs)))
    lengths = ops.concat([ops.gather(ops.shape_of(x), ops.constant([1]), ops.constant(0)) for x in (image, text)], 0)
    seen_by_image, seen_by_text = ops.variadic_split(seen, ops.constant(1), lengths).outputs()

    image = ops.add(image, ops.multiply(gate, weights.linear(seen_by_image, f"{at}.attn.to_out.0")))
    image = feed_forward(weights, f"{at}.ff", image, mlp_shift, mlp_scale, mlp_gate)
    if not last:
        text = ops.add(text, ops.multiply(text_gate, weights.linear(seen_by_text, f"{at}.attn.to_add_out")))
        text = feed_forward(weights, f"{at}.ff_context", text, *text_mlp)
    return image, text


def feed_forward(weights: Weights, at: str, x: Node, shift: Node, scale: Node, gate: Node) -> Node:
    """x + gate W2 gelu(W1 norm(x))."""
    hidden = ops.gelu(weights.linear(modulate(x, scale, shift), f"{at}.net.0.proj"), "tanh")
    return ops.add(x, ops.multiply(gate, weights.linear(hidden, f"{at}.net.2")))


def transformer_graph(folder: Path) -> Model:
    """The graph of an `SD3Transformer2DModel` that predicts clean images.

    Inputs: noisy (N, 3, R, R), time features (N, TIME_FEATURES), tokens (N, L, C), pooled encoding and camera (N, P).
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    weights = Weights(folder / "diffusion_pytorch_model.safetensors")
    side, patch, heads = config["sample_size"], config["patch_size"], config["num_attention_heads"]
    cells, channels = side // patch, config["in_channels"]
    noisy = ops.parameter([-1, channels, side, side], np.float32, "noisy")
    time = ops.parameter([-1, 1, TIME_FEATURES], np.float32, "time")
    tokens = ops.parameter([-1, -1, config["joint_attention_dim"]], np.float32, "tokens")
    pooled = ops.parameter([-1, 1, config["pooled_projection_dim"]], np.float32, "pooled")

    kernel = weights.constant("pos_embed.proj.weight")
    patches = ops.convolution(noisy, kernel, [patch, patch], [0, 0], [0, 0], [1, 1])
    patches = ops.transpose(ops.reshape(patches, ops.constant([0, 0, cells * cells]), True), ops.constant([0, 2, 1]))
    image = ops.add(ops.add(patches, weights.constant("pos_embed.proj.bias")), weights.constant("pos_embed.pos_embed"))
    text = weights.linear(tokens, "context_embedder")
    embedded = []
    for at, x in (("time_text_embed.timestep_embedder", time), ("time_text_embed.text_embedder", pooled)):
        embedded.append(weights.linear(ops.swish(weights.linear(x, f"{at}.linear_1")), f"{at}.linear_2"))
    conditioning = ops.swish(ops.add(*embedded))
    for number in range(config["num_layers"]):
        last = number == config["num_layers"] - 1
        image, text = joint_block(weights, number, last, heads, image, text, conditioning)
    scale, shift = ops.split(weights.linear(conditioning, "norm_out.linear"), ops.constant(-1), 2).outputs()
    pixels = weights.linear(modulate(image, scale, shift), "proj_out")
    pixels = ops.reshape(pixels, ops.constant([0, cells, cells, patch, patch, channels]), True)
    pixels = ops.transpose(pixels, ops.constant([0, 5, 1, 3, 2, 4]))
    clean = ops.reshape(pixels, ops.constant([0, channels, side, side]), True)
    return Model([ops.result(clean)], [noisy, time, tokens, pooled], "toybox")


def text_graph(folder: Path) -> Model:
    """The graph of a `CLIPTextModel`: token numbers (N, L) to their encodings (N, L, C)."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    weights = Weights(folder / "model.safetensors")
    heads, epsilon = config["num_attention_heads"], config["layer_norm_eps"]
    numbers = ops.parameter([-1, config["max_position_embeddings"]], np.int64, "numbers")
    table = weights.constant("embeddings.token_embedding.weight")
    x = ops.add(
        ops.gather(table, numbers, ops.constant(0)), weights.constant("embeddings.position_embedding.weight")
    )
    for number in range(config["num_hidden_layers"]):
        at = f"encoder.layers.{number}"
        normed = weights.layer_norm(x, f"{at}.layer_norm1", epsilon)
        query, key, value = (
            heads_of(weights.linear(normed, f"{at}.self_attn.{kind}_proj"), heads) for kind in "qkv"
        )
        x = ops.add(x, weights.linear(attend(query, key, value, causal=True), f"{at}.self_attn.out_proj"))
        hidden = weights.linear(weights.layer_norm(x, f"{at}.layer_norm2", epsilon), f"{at}.mlp.fc1")
        hidden = ops.multiply(hidden, ops.sigmoid(ops.multiply(hidden, _number(1.702))))  # quick GELU
        x = ops.add(x, weights.linear(hidden, f"{at}.mlp.fc2"))
    return Model([ops.result(weights.layer_norm(x, "final_layer_norm", epsilon))], [numbers], "captions")


class Requests(threading.local):
    """A request of each thread's own to each model, since one answers one thread at a time."""

    def __init__(self, text_encoder: CompiledModel, transformer: CompiledModel):
        self.text_encoder = text_encoder.create_infer_request()
        self.transformer = transformer.create_infer_request()


def infer(request: InferRequest, *inputs: Tensor) -> Tensor:
    """What a model of one output answers."""
    answer = request.infer([each.contiguous().numpy() for each in inputs])
    return torch.from_numpy(answer[0].copy())  # the request's own memory is written anew the next time


class GraphNetwork:
    """The frozen network on a processor. Several threads may ask at once.

    Args:
        folder: the prior's weights.
        end: the token number that a caption ends with, at which it is pooled.
    """

    def __init__(self, folder: Path, end: int):
        core = Core()
        bfloat16 = multiplies_bfloat16(torch.device("cpu"))
        shared = {
            "INFERENCE_NUM_THREADS": cores(), "NUM_STREAMS": min(ASKERS, cores()),
            "ENABLE_CPU_PINNING": False,  # two engines would be pinned to the same cores
        }
        precise = shared | {"INFERENCE_PRECISION_HINT": "f32"}
        fast = shared | {"INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32"}
        self.end = end
        text_encoder = core.compile_model(text_graph(folder / "text_encoder"), "CPU", precise)
        transformer = core.compile_model(transformer_graph(folder / "transformer"), "CPU", fast)
        self.mine = Requests(text_encoder, transformer)

    def encode(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """See `engine.toybox.model.encode_numbers`."""
        tokens = infer(self.mine.text_encoder, numbers)
        last = (numbers == self.end).int().argmax(-1)
        return tokens, tokens[torch.arange(len(tokens)), last]

    def predict_clean(self, noisy: Tensor, timesteps: Tensor, tokens: Tensor, pooled: Tensor, camera: Tensor) -> Tensor:
        """See `engine.toybox.model.predict_clean`."""
        told = torch.cat([pooled, camera], -1)[:, None]
        return infer(self.mine.transformer, noisy, time_features(timesteps)[:, None], tokens, told)
