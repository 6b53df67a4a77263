"""The table of priors: all that is known of a frozen text-to-image model before it is loaded.

Sidebar, preferences, command line, doctor, downloads and settings read it. Another prior is an entry here, and a file
in `engine/guidance/priors/` with a `load` of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .prior_presets import DEEPFLOYD_IF, MVDREAM, STABLE_DIFFUSION, STEPS, TOYBOX, TOYBOX_DRAFT


@dataclass(frozen=True)
class Source:
    """Weights that do not come with the extension, in diffusers' layout: a folder for each part."""

    name: str
    """On Hugging Face, owner and model."""
    networks: tuple[str, ...]
    """The parts with weights that are needed."""
    size: int
    """Gigabytes to download, in half precision."""
    licence: str
    """The licence's name, and in a few words what it allows."""
    kinds: tuple[str, ...] = ()
    """What a single file of it can be, in the words of `engine/guidance/kinds.py`."""
    takes_lora: bool = False
    """Whether a LoRA can be added to it."""
    unet: dict[str, Any] = field(default_factory=dict)
    """What unet/config.json says of its U-Net, where it says anything of that."""

    @property
    def page(self) -> str:
        """The address of its page, which has the licence, too."""
        return f"https://huggingface.co/{self.name}"


@dataclass(frozen=True)
class PriorEntry:
    """What is known of a prior."""

    title: str
    """What people call it."""
    sentence: str
    """What it is for."""
    sampling_scale: float
    """Guidance scale that its authors draw samples with."""
    cards: dict[str, int] = field(default_factory=dict)
    """Of its methods those with published figures, the best first and the one that takes least last, and the gigabytes
    of a graphics card that each wants, by `benchmarks/memory.py`. A run that names no method takes the first that there
    is room for, or else the last. Empty: the prior is made for processors."""
    choice: str = ""
    """What such a run takes and what it costs, one sentence for an artist; nothing where there is one method alone."""
    source: Source | None = None
    """Where its weights come from; None: they are built in, and CC0."""
    knows_maps: bool = False
    """Whether it knows position and normal maps."""
    group: int = 1
    """Views of one object that it looks at together."""
    presets: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What it changes in a preset, by the preset's name: the engine's settings by dotted name."""
    methods: dict[str, dict[str, Any]] = field(default_factory=lambda: {"sds": {}})
    """The methods that have settings for it (`guidance.method`), the one that takes least first, and what each
    changes."""

    @property
    def memory(self) -> int:
        """Gigabytes of a graphics card that suffice for it; 0: it is made for processors."""
        return min(self.cards.values(), default=0)

    @property
    def about(self) -> str:
        """One line for an artist."""
        if self.source is None:
            return self.sentence
        return (
            f"{self.sentence}; needs a graphics card with {self.memory} GB, and weights of {self.source.size} GB: where"
            " online access is allowed you are asked before they are downloaded"
        )


METHODS: dict[str, tuple[str, str]] = {
    "sds": ("SDS", "DreamFusion's own method, which takes the least memory"),
    "sdi": (
        "SDI",
        "The best published results of Stable Diffusion, with noise found by inversion and large views: a card with 12"
        " GB, and twice the time of SDS",
    ),
    "csd": (
        "CSD",
        "Only the difference that the words make; takes half as long again as SDS, and with Stable Diffusion a card"
        " with 12 GB",
    ),
    "bridge": (
        "SDS-Bridge",
        "SDS, and in the second half of a run away from what is blurred and oversaturated, in words",
    ),
}
"""Titles and costs of what `guidance.method` can be, for an artist. The times are SDI's authors', the memory is
that of `benchmarks/memory.py`."""
METHOD = "guidance.method"
"""The setting that names one; where it is left out, the engine chooses when a run starts."""
AUTOMATIC = "auto"
"""What artists choose for that."""

PRIORS: dict[str, PriorEntry] = {
    "toybox": PriorEntry(
        title="Toybox",
        sentence="The built-in prior: small, offline, knows everyday objects in plain colours",
        sampling_scale=2.0,
        knows_maps=True,
        presets=dict.fromkeys(STEPS, TOYBOX) | {"draft": TOYBOX_DRAFT},
    ),
    "stable-diffusion": PriorEntry(
        title="Stable Diffusion",
        sentence="Knows almost everything",
        sampling_scale=7.5,
        # SDI's own table (arXiv 2405.15891): CLIP score 33.5 and 4.7 % of runs diverge, against 29.8 and 18.6 % of SDS.
        # CSD and SDS-Bridge are not in it.
        cards={"sdi": 12, "sds": 6},
        choice="SDI on a card with 12 GB, in twice the time of SDS; SDS on any other.",
        source=Source(
            name="stable-diffusion-v1-5/stable-diffusion-v1-5", networks=("unet", "vae", "text_encoder"), size=2,
            licence="CreativeML OpenRAIL-M: free, also commercially, except for uses that it forbids",
            kinds=("Stable Diffusion 1", "Stable Diffusion 2"), takes_lora=True,
            unet={"_class_name": "UNet2DConditionModel", "in_channels": 4, "addition_embed_type": None},
        ),
        presets={preset: {"steps": steps} for preset, steps in STEPS.items()},
        methods=STABLE_DIFFUSION,
    ),
    "mvdream": PriorEntry(
        title="MVDream",
        sentence="Knows almost everything, and sees four sides at once, so that nothing has two faces",
        sampling_scale=7.5,
        cards={"sds": 8},  # the one that its authors have (arXiv 2308.16512)
        source=Source(
            name="ashawkey/mvdream-sd2.1-diffusers", networks=("unet", "vae", "text_encoder"), size=3,
            licence="OpenRAIL: free, also commercially, except for uses that it forbids", kinds=("MVDream",),
            unet={"_class_name": "MultiViewUNetModel"},
        ),
        group=4,
        presets={preset: {"steps": steps} for preset, steps in STEPS.items()},
        methods=MVDREAM,
    ),
    "deepfloyd-if": PriorEntry(
        title="DeepFloyd IF",
        sentence="The closest to the paper's",
        sampling_scale=7.0,
        cards={"sds": 4},  # nobody has published figures of several methods with it
        choice="SDS: how the other methods do with this prior is not published.",
        source=Source(
            name="DeepFloyd/IF-I-M-v1.0", networks=("unet", "text_encoder"), size=11,
            licence="DeepFloyd IF License: research only, nothing commercial; to be accepted on its page",
            unet={"_class_name": "UNet2DConditionModel", "in_channels": 3, "addition_embed_type": "text"},
        ),
        presets={preset: {"steps": steps} for preset, steps in STEPS.items()},
        methods=DEEPFLOYD_IF,
    ),
}
"""By the name in settings and on the command line."""
