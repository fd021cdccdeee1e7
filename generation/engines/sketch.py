"""Builds the sketch checkpoint: a complete Wan pipeline with random weights, small enough to be made on the spot.

It stands where a trained model will: same files, same loading, same code path. The seed is fixed, so every
installation with the same packages gets the same bytes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel
from transformers import ByT5Tokenizer, UMT5Config, UMT5EncoderModel
from transformers.utils import logging as transformers_logging

from generation.engines.checkpoint import REVISION_FILE, digest, noted_revision

transformers_logging.disable_progress_bar()

CHECKPOINT = "sketch"
SEED = 20241126
TEXT_WIDTH = 32
LATENT_CHANNELS = 16
PATCH = 4  # pixels
LIGHT = (0.20, 0.20, 0.22)  # red, green, blue
WARMTH = (0.22, 0.02, -0.18)
SHADE = -0.35


def build(models_dir: Path) -> Path:
    """The checkpoint's folder, built unless it is there and whole. Of two at once, the first to finish wins."""
    folder = models_dir / CHECKPOINT
    if is_whole(folder):
        return folder
    models_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{CHECKPOINT}-", dir=models_dir) as scratch:
        fresh = Path(scratch) / "fresh"
        _pipeline().save_pretrained(fresh, safe_serialization=True)
        (fresh / REVISION_FILE).write_text(digest(fresh) + "\n", encoding="ascii")
        if folder.exists() and not is_whole(folder):
            folder.rename(Path(scratch) / "broken")
        try:
            fresh.rename(folder)
        except OSError:
            if not is_whole(folder):
                raise
    return folder


def is_whole(folder: Path) -> bool:
    revision = noted_revision(folder)
    return revision is not None and revision == digest(folder)


def _pipeline() -> WanPipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return WanPipeline(
            tokenizer=ByT5Tokenizer(),  # bytes are its vocabulary, so it needs no file from anywhere
            text_encoder=_text_encoder(),
            transformer=_transformer(),
            vae=_vae(),
            scheduler=UniPCMultistepScheduler(
                prediction_type="flow_prediction", use_flow_sigmas=True, num_train_timesteps=1000, flow_shift=3.0
            ),
        )


def _text_encoder() -> UMT5EncoderModel:
    size = {"d_model": TEXT_WIDTH, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2}
    return UMT5EncoderModel(UMT5Config(vocab_size=384, **size)).eval()


def _transformer() -> WanTransformer3DModel:
    return WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        text_dim=TEXT_WIDTH,
        freq_dim=64,
        ffn_dim=48,
        num_layers=2,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        rope_max_seq_len=64,
    ).eval()


def _vae() -> AutoencoderKLWan:
    """16 pixels a latent, 4 of them by patches: the costly convolutions see a sixteenth of the pixels."""
    vae = AutoencoderKLWan(
        base_dim=8,
        z_dim=LATENT_CHANNELS,
        dim_mult=[1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[True, True],
        patch_size=PATCH,
        in_channels=3 * PATCH**2,
        out_channels=3 * PATCH**2,
        scale_factor_temporal=4,
        scale_factor_spatial=16,
    ).eval()
    _soften(vae.decoder)
    return vae


@torch.no_grad()
def _soften(decoder: Any) -> None:
    """Random weights flicker like a broken screen. Interpolating in time and inside the patches makes them drift."""
    for block in decoder.up_blocks[:-1]:
        resample = block.upsamplers[0]
        same = torch.eye(resample.dim)
        weight = resample.time_conv.weight.zero_()  # 2·dim × dim × 3 × 1 × 1; the last of the three is now
        weight[: resample.dim, :, 1, 0, 0] = weight[: resample.dim, :, 2, 0, 0] = same / 2
        weight[resample.dim :, :, 2, 0, 0] = same
        resample.time_conv.bias.zero_()
    out = decoder.conv_out
    offsets = (torch.arange(PATCH) + 0.5) / PATCH - 0.5
    line = torch.stack([(-offsets).clamp(min=0), 1 - offsets.abs(), offsets.clamp(min=0)], 1)  # patch × 3
    inside = torch.einsum("yk,xl->yxkl", line, line)
    light, warmth = torch.randn(2, out.in_channels, 1)
    light, warmth = light - light.mean(), warmth - warmth.mean()  # no cast: what comes in is positive on average
    colour = (light * torch.tensor(LIGHT) + warmth * torch.tensor(WARMTH)).T  # 3 × channels
    weight = torch.einsum("ci,yxkl->cxyikl", colour, inside)  # the order in which patches are unfolded
    out.weight.zero_()[:, :, -1] = weight.reshape(out.out_channels, out.in_channels, 3, 3)
    out.bias.fill_(SHADE)
