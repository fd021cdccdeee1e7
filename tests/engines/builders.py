"""A tiny checkpoint of each family: its real pipeline classes with random weights, made on the spot, nothing fetched.

Tokenizers are made of single bytes, so they need no vocabulary from anywhere. Sizes are the smallest at which each
model's own arithmetic still works out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.pipelines.ltx2.connectors import LTX2TextConnectors
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from diffusers.pipelines.ltx2.vocoder import LTX2Vocoder
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from generation.engines.checkpoint import REVISION_FILE, digest
from tests.engines.hunyuan import hunyuan_from_image, hunyuan_from_text
from tests.engines.words import QWEN_TEXT, WIDTH, clip_tokenizer, gemma3, gemma_tokenizer, qwen_tokenizer, t5


def build(name: str, folder: Path) -> None:
    """The checkpoint called `name` (a key of BUILDERS) in `folder`, with its revision noted."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        BUILDERS[name](folder)
    (folder / REVISION_FILE).write_text(digest(folder) + "\n", encoding="ascii")


def _save(pipeline: Any, folder: Path) -> None:
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval()
    pipeline.save_pretrained(folder, safe_serialization=True)


# --- Wan --------------------------------------------------------------------------------------------------------


def _wan_parts(*, channels: int = 16, inputs: int = 16) -> dict[str, Any]:
    size = {"d_model": WIDTH, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    return {
        "tokenizer": transformers.ByT5Tokenizer(),
        "text_encoder": transformers.UMT5EncoderModel(transformers.UMT5Config(vocab_size=384, **size)),
        "transformer": _wan_transformer(channels, inputs),
        "vae": _wan_vae(),
        "scheduler": diffusers.UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
    }


def _wan_transformer(channels: int = 16, inputs: int = 16, **more: Any) -> Any:
    return diffusers.WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=inputs,
        out_channels=channels,
        text_dim=WIDTH,
        freq_dim=32,
        ffn_dim=32,
        num_layers=2,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
        **more,
    )


def _wan_vae() -> Any:
    return diffusers.AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
    )


def _wan_vae_5b() -> Any:
    """Of 2.2 TI2V-5B: 16 pixels a latent, two of them by patches."""
    return diffusers.AutoencoderKLWan(
        base_dim=3,
        z_dim=48,
        in_channels=12,
        out_channels=12,
        is_residual=True,
        patch_size=2,
        latents_mean=[0.0] * 48,
        latents_std=[1.0] * 48,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        scale_factor_spatial=16,
        scale_factor_temporal=4,
        temperal_downsample=[False, True, True],
    )


def wan(folder: Path) -> None:
    _save(diffusers.WanPipeline(**_wan_parts()), folder)


def wan_two_transformers(folder: Path) -> None:
    """As A14B: the first for the noisy steps, the second for the rest."""
    parts = _wan_parts() | {"transformer_2": _wan_transformer(), "boundary_ratio": 0.875}
    _save(diffusers.WanPipeline(**parts), folder)


def wan_image_two_transformers(folder: Path) -> None:
    parts = _wan_parts(inputs=36) | {"transformer_2": _wan_transformer(inputs=36), "boundary_ratio": 0.875}
    _save(diffusers.WanImageToVideoPipeline(**parts), folder)


def wan21_image(folder: Path) -> None:
    """As Wan 2.1's: what a CLIP sees in the picture goes to every block, besides the picture's latents."""
    sight = transformers.CLIPVisionConfig(
        hidden_size=8,
        intermediate_size=16,
        projection_dim=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=32,
        patch_size=16,
    )
    parts = _wan_parts(inputs=36) | {
        "transformer": _wan_transformer(inputs=36, image_dim=8, added_kv_proj_dim=24),
        "image_encoder": transformers.CLIPVisionModel(sight),
        "image_processor": CLIPImageProcessorPil(crop_size=32, size=32),
    }
    _save(diffusers.WanImageToVideoPipeline(**parts), folder)


def wan_text_and_image(folder: Path) -> None:
    """As TI2V-5B: one model for both."""
    parts = _wan_parts(channels=48, inputs=48) | {"vae": _wan_vae_5b(), "expand_timesteps": True}
    _save(diffusers.WanPipeline(**parts), folder)


# --- LTX-2 ------------------------------------------------------------------------------------------------------


def _ltx_parts() -> dict[str, Any]:
    text = gemma3()
    width, layers = text.config.text_config.hidden_size, text.config.text_config.num_hidden_layers
    audio_vae = _ltx_audio_vae()
    return {
        "tokenizer": gemma_tokenizer(),
        "text_encoder": text,
        "transformer": _ltx_transformer(width),
        "connectors": _ltx_connectors(width, layers),
        "vae": _ltx_vae(),
        "audio_vae": audio_vae,
        "vocoder": LTX2Vocoder(
            in_channels=audio_vae.config.output_channels * audio_vae.config.mel_bins,
            hidden_channels=32,
            out_channels=2,
            upsample_kernel_sizes=[20, 32],
            upsample_factors=[10, 16],
            resnet_kernel_sizes=[3],
            resnet_dilations=[[1, 3, 5]],
            leaky_relu_negative_slope=0.1,
            output_sampling_rate=16000,
        ),
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(),
    }


def _ltx_transformer(width: int) -> Any:
    return diffusers.LTX2VideoTransformer3DModel(
        in_channels=4,
        out_channels=4,
        patch_size=1,
        patch_size_t=1,
        num_attention_heads=2,
        attention_head_dim=8,
        cross_attention_dim=16,
        audio_in_channels=4,
        audio_out_channels=4,
        audio_num_attention_heads=2,
        audio_attention_head_dim=4,
        audio_cross_attention_dim=8,
        num_layers=2,
        qk_norm="rms_norm_across_heads",
        caption_channels=width,
        rope_double_precision=False,
        rope_type="split",
    )


def _ltx_connectors(width: int, layers: int) -> Any:
    return LTX2TextConnectors(
        caption_channels=width,
        text_proj_in_factor=layers + 1,
        video_connector_num_attention_heads=2,
        video_connector_attention_head_dim=8,
        video_connector_num_layers=1,
        video_connector_num_learnable_registers=None,
        audio_connector_num_attention_heads=2,
        audio_connector_attention_head_dim=8,
        audio_connector_num_layers=1,
        audio_connector_num_learnable_registers=None,
        connector_rope_base_seq_len=32,
        rope_theta=10000.0,
        rope_double_precision=False,
        causal_temporal_positioning=False,
        rope_type="split",
    )


def _ltx_vae() -> Any:
    """With the real one's ratios, 32 pixels and 8 frames a latent: 4 by patches, 8 by three halvings."""
    return diffusers.AutoencoderKLLTX2Video(
        in_channels=3,
        out_channels=3,
        latent_channels=4,
        block_out_channels=(8, 8, 8),
        decoder_block_out_channels=(8, 8, 8),
        layers_per_block=(1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1),
        spatio_temporal_scaling=(True, True, True),
        decoder_spatio_temporal_scaling=(True, True, True),
        decoder_inject_noise=(False, False, False, False),
        downsample_type=("spatiotemporal", "spatiotemporal", "spatiotemporal"),
        upsample_residual=(False, False, False),
        upsample_factor=(1, 1, 1),
        timestep_conditioning=False,
        patch_size=4,
        patch_size_t=1,
        encoder_causal=True,
        decoder_causal=False,
    )


def _ltx_audio_vae() -> Any:
    return diffusers.AutoencoderKLLTX2Audio(
        base_channels=4,
        output_channels=2,
        ch_mult=(1,),
        num_res_blocks=1,
        attn_resolutions=None,
        in_channels=2,
        resolution=32,
        latent_channels=2,
        norm_type="pixel",
        causality_axis="height",
        dropout=0.0,
        mid_block_add_attention=False,
        sample_rate=16000,
        mel_hop_length=160,
        is_causal=True,
        mel_bins=8,
    )


def ltx2(folder: Path) -> None:
    _save(diffusers.LTX2Pipeline(**_ltx_parts()), folder)


def ltx2_with_upsampler(folder: Path) -> None:
    ltx2(folder)
    upsampler = LTX2LatentUpsamplerModel(in_channels=4, mid_channels=64, num_blocks_per_stage=1)
    upsampler.eval().save_pretrained(folder / "latent_upsampler", safe_serialization=True)


# --- HunyuanVideo 1.5 -------------------------------------------------------------------------------------------


def hunyuan(folder: Path) -> None:
    _save(hunyuan_from_text(), folder)


def hunyuan_image(folder: Path) -> None:
    _save(hunyuan_from_image(), folder)


def hunyuan_image_distilled(folder: Path) -> None:
    """The step-distilled weights are told where each step ends, too."""
    _save(hunyuan_from_image(is_distilled=True), folder)


# --- Sana-Video -------------------------------------------------------------------------------------------------


def sana(folder: Path) -> None:
    text = transformers.Gemma2Config(
        vocab_size=300,
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        attn_implementation="eager",
    )
    transformer = diffusers.SanaVideoTransformer3DModel(
        in_channels=16,
        out_channels=16,
        num_attention_heads=2,
        attention_head_dim=12,
        num_layers=2,
        num_cross_attention_heads=2,
        cross_attention_head_dim=12,
        cross_attention_dim=24,
        caption_channels=8,
        mlp_ratio=2.5,
        attention_bias=False,
        sample_size=8,
        patch_size=(1, 2, 2),
        norm_elementwise_affine=False,
        qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
    )
    parts = {
        "tokenizer": gemma_tokenizer(),
        "text_encoder": transformers.Gemma2Model(text),
        "transformer": transformer,
        "vae": _wan_vae(),
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(shift=7.0),
    }
    _save(diffusers.SanaVideoPipeline(**parts), folder)


# --- Kandinsky 5 ------------------------------------------------------------------------------------------------


def _kandinsky_parts(*, from_image: bool) -> dict[str, Any]:
    sight = {"depth": 1, "hidden_size": WIDTH, "intermediate_size": WIDTH, "num_heads": 2, "out_hidden_size": WIDTH}
    clip = transformers.CLIPTextConfig(
        vocab_size=600,
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        num_attention_heads=2,
        num_hidden_layers=1,
        projection_dim=WIDTH,
        bos_token_id=0,
        eos_token_id=1,
    )
    return {
        "tokenizer": qwen_tokenizer(),
        "text_encoder": transformers.Qwen2_5_VLForConditionalGeneration(
            transformers.Qwen2_5_VLConfig(text_config=QWEN_TEXT, vision_config=sight)
        ),
        "tokenizer_2": clip_tokenizer(),
        "text_encoder_2": transformers.CLIPTextModel(clip),
        "transformer": diffusers.Kandinsky5Transformer3DModel(
            in_visual_dim=4,
            in_text_dim=WIDTH,
            in_text_dim2=WIDTH,
            time_dim=16,
            out_visual_dim=4,
            patch_size=(1, 2, 2),
            model_dim=16,
            ff_dim=32,
            num_text_blocks=1,
            num_visual_blocks=2,
            axes_dims=(1, 1, 2),
            visual_cond=from_image,
            attention_type="regular",
        ),
        "vae": diffusers.AutoencoderKLHunyuanVideo(
            block_out_channels=(8, 8, 8, 8),
            down_block_types=("HunyuanVideoDownBlock3D",) * 4,
            up_block_types=("HunyuanVideoUpBlock3D",) * 4,
            latent_channels=4,
            layers_per_block=1,
            mid_block_add_attention=False,
            norm_num_groups=4,
            scaling_factor=0.476986,
            spatial_compression_ratio=8,
            temporal_compression_ratio=4,
        ),
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(shift=7.0),
    }


def kandinsky(folder: Path) -> None:
    _save(diffusers.Kandinsky5T2VPipeline(**_kandinsky_parts(from_image=False)), folder)


def kandinsky_image(folder: Path) -> None:
    _save(diffusers.Kandinsky5I2VPipeline(**_kandinsky_parts(from_image=True)), folder)


# --- CogVideoX and Mochi ----------------------------------------------------------------------------------------


def _cog_parts(*, inputs: int = 4) -> dict[str, Any]:
    return {
        "tokenizer": transformers.ByT5Tokenizer(),
        "text_encoder": t5(32),
        "transformer": diffusers.CogVideoXTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=16,
            in_channels=inputs,
            out_channels=4,
            time_embed_dim=2,
            text_embed_dim=32,
            num_layers=2,
            sample_width=8,
            sample_height=8,
            sample_frames=9,
            patch_size=2,
            temporal_compression_ratio=4,
            max_text_seq_length=16,
            use_rotary_positional_embeddings=True,
        ),
        "vae": diffusers.AutoencoderKLCogVideoX(
            down_block_types=("CogVideoXDownBlock3D",) * 4,
            up_block_types=("CogVideoXUpBlock3D",) * 4,
            block_out_channels=(8, 8, 8, 8),
            latent_channels=4,
            layers_per_block=1,
            norm_num_groups=2,
            temporal_compression_ratio=4,
        ),
        "scheduler": diffusers.CogVideoXDDIMScheduler(),
    }


def cogvideox(folder: Path) -> None:
    _save(diffusers.CogVideoXPipeline(**_cog_parts()), folder)


def cogvideox_image(folder: Path) -> None:
    _save(diffusers.CogVideoXImageToVideoPipeline(**_cog_parts(inputs=8)), folder)


def mochi(folder: Path) -> None:
    transformer = diffusers.MochiTransformer3DModel(
        patch_size=2,
        num_attention_heads=2,
        attention_head_dim=8,
        num_layers=2,
        pooled_projection_dim=16,
        in_channels=12,
        out_channels=None,
        qk_norm="rms_norm",
        text_embed_dim=WIDTH,
        time_embed_dim=4,
        activation_fn="swiglu",
        max_sequence_length=16,
    )
    parts = {
        "tokenizer": transformers.ByT5Tokenizer(),
        "text_encoder": t5(),
        "transformer": transformer,
        "vae": diffusers.AutoencoderKLMochi(
            latent_channels=12,
            out_channels=3,
            encoder_block_out_channels=(32, 32, 32, 32),
            decoder_block_out_channels=(32, 32, 32, 32),
            layers_per_block=(1, 1, 1, 1, 1),
        ),
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(invert_sigmas=True),
    }
    _save(diffusers.MochiPipeline(**parts), folder)


BUILDERS: dict[str, Callable[[Path], None]] = {
    "wan": wan,
    "wan-a14b": wan_two_transformers,
    "wan-a14b-image": wan_image_two_transformers,
    "wan21-image": wan21_image,
    "wan-ti2v": wan_text_and_image,
    "ltx2": ltx2,
    "ltx2-upsampled": ltx2_with_upsampler,
    "hunyuan": hunyuan,
    "hunyuan-image": hunyuan_image,
    "hunyuan-image-distilled": hunyuan_image_distilled,
    "sana": sana,
    "kandinsky": kandinsky,
    "kandinsky-image": kandinsky_image,
    "cogvideox": cogvideox,
    "cogvideox-image": cogvideox_image,
    "mochi": mochi,
}
