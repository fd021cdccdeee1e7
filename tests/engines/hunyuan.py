"""HunyuanVideo 1.5, tiny: pipelines with the real one's parts."""

from __future__ import annotations

from typing import Any

import diffusers
import transformers

from tests.engines.words import QWEN_TEXT, WIDTH, qwen_tokenizer, t5


def _parts(task: str, *, is_distilled: bool = False) -> dict[str, Any]:
    text = transformers.Qwen2_5_VLTextConfig(**QWEN_TEXT | {"num_hidden_layers": 3})
    return {
        "tokenizer": qwen_tokenizer(),
        "text_encoder": transformers.Qwen2_5_VLTextModel(text),
        "tokenizer_2": transformers.ByT5Tokenizer(),
        "text_encoder_2": t5(),
        "transformer": diffusers.HunyuanVideo15Transformer3DModel(
            in_channels=9,
            out_channels=4,
            num_attention_heads=2,
            attention_head_dim=8,
            num_layers=2,
            num_refiner_layers=1,
            mlp_ratio=2.0,
            patch_size=1,
            patch_size_t=1,
            text_embed_dim=WIDTH,
            text_embed_2_dim=WIDTH,
            image_embed_dim=12,
            rope_axes_dim=(2, 2, 4),
            target_size=64,
            task_type=task,
            use_meanflow=is_distilled,
        ),
        "vae": diffusers.AutoencoderKLHunyuanVideo15(
            in_channels=3,
            out_channels=3,
            latent_channels=4,
            block_out_channels=(16, 16, 16, 16, 16),
            layers_per_block=1,
            spatial_compression_ratio=16,
            temporal_compression_ratio=4,
            downsample_match_channel=False,
            upsample_match_channel=False,
        ),
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(shift=7.0),
        "guider": diffusers.ClassifierFreeGuidance(guidance_scale=6.0),
    }


def hunyuan_from_text() -> Any:
    return diffusers.HunyuanVideo15Pipeline(**_parts("t2v"))


def hunyuan_from_image(*, is_distilled: bool = False) -> Any:
    sight = transformers.SiglipVisionConfig(
        hidden_size=12,
        intermediate_size=12,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=108,  # 27 × 27 patches: the pipeline counts on 729
        patch_size=4,
    )
    parts = _parts("i2v", is_distilled=is_distilled) | {
        "image_encoder": transformers.SiglipVisionModel(sight),
        "feature_extractor": transformers.SiglipImageProcessor(size={"height": 108, "width": 108}),
    }
    return diffusers.HunyuanVideo15ImageToVideoPipeline(**parts)
