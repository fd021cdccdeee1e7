"""From latents to pictures, a few frames at a time where the VAE allows it.

Each function takes latents in the VAE's own scale (1 × channels × frames × height × width) and yields pieces of
3 × frames × height × width, from -1 to 1. A clip of 10 s at 1080p is 6 GB as float32, so none is ever whole in main
memory; what a VAE must decode at once stays on its device, within the bound of generation/catalogue/native.py, and is
handed on in pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import unpatchify

PIECE = 8  # frames


def ready(vae: Any) -> None:
    """Fetches a VAE that model offloading left in main memory; its parts are called past the hook that would."""
    hook = getattr(vae, "_hf_hook", None)
    if hook is not None:
        hook.pre_forward(vae)


def device_of(vae: Any) -> torch.device:
    device: torch.device = next(vae.parameters()).device
    return device


def whole(vae: Any, latents: torch.Tensor) -> Iterator[torch.Tensor]:
    """For a VAE whose every frame sees all others (or whose tiling says how to save memory): once, then in pieces."""
    with torch.no_grad():
        video = vae.decode(latents, return_dict=False)[0][0]
    for start in range(0, video.shape[1], PIECE):
        yield video[:, start : start + PIECE]


def wan(vae: Any, latents: torch.Tensor) -> Iterator[torch.Tensor]:
    """One latent frame at a time: the first becomes one picture, each later one four (bit for bit `vae.decode`).

    The VAE does the same inside and then keeps all pictures as float32. The memory of the pictures before is a list of
    our own, so nothing of a stopped decode stays in the model.
    """
    if vae.use_tiling:
        yield from whole(vae, latents)
        return
    with torch.no_grad():
        hidden = vae.post_quant_conv(latents)
    memory = [None] * vae._cached_conv_counts["decoder"]
    for index in range(hidden.shape[2]):
        with torch.no_grad():
            piece = vae.decoder(
                hidden[:, :, index : index + 1], feat_cache=memory, feat_idx=[0], first_chunk=index == 0
            )
            if vae.config.patch_size is not None:
                piece = unpatchify(piece, patch_size=vae.config.patch_size)
        yield piece[0].clamp(-1, 1)


def cog(vae: Any, latents: torch.Tensor) -> Iterator[torch.Tensor]:
    """CogVideoX decodes two latent frames at a time and remembers the convolutions' edge (as `vae.decode` does)."""
    if vae.use_tiling:
        yield from whole(vae, latents)
        return
    count, size = latents.shape[2], vae.num_latent_frames_batch_size
    memory = None
    starts = [0, *(count % size + size * index for index in range(1, max(count // size, 1)))]
    for start, end in zip(starts, [*starts[1:], count], strict=True):
        with torch.no_grad():
            hidden = latents[:, :, start:end]
            if vae.post_quant_conv is not None:
                hidden = vae.post_quant_conv(hidden)
            piece, memory = vae.decoder(hidden, conv_cache=memory)
        yield piece[0]


def overlapping(vae: Any, latents: torch.Tensor, *, drops: int) -> Iterator[torch.Tensor]:
    """Overlapping stretches of time, blended into each other: as the VAE's own framewise decoding, one at a time.

    A stretch after the first yields one frame too many: the first (`drops` = 0) or the last (-1).
    """
    ratio = vae.temporal_compression_ratio
    length, stride = (frames // ratio for frames in (vae.tile_sample_min_num_frames, vae.tile_sample_stride_num_frames))
    count = latents.shape[2]
    if count <= length:
        yield from whole(vae, latents)
        return
    blend = vae.tile_sample_min_num_frames - vae.tile_sample_stride_num_frames
    left, before = (count - 1) * ratio + 1, None
    for start in range(0, count, stride):
        with torch.no_grad():
            # At most length + 1 latent frames, so the VAE itself does not split them again in time.
            piece = _stretch(vae, latents[:, :, start : start + length + 1])
            if before is not None:
                piece = piece[:, :, 1:] if drops == 0 else piece[:, :, :-1]
                piece = vae.blend_t(before, piece, blend)
        step = vae.tile_sample_stride_num_frames + (before is None)
        before = piece
        done = piece[0, :, : min(step, left)]
        left -= done.shape[1]
        if done.shape[1]:
            yield done


def _stretch(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    framewise, vae.use_framewise_decoding = vae.use_framewise_decoding, False
    try:
        stretch: torch.Tensor = vae.decode(latents, return_dict=False)[0]
    finally:
        vae.use_framewise_decoding = framewise
    return stretch
