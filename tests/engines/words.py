"""Tokenizers and text encoders for the tiny checkpoints: of single bytes, so they need no vocabulary from anywhere."""

from __future__ import annotations

from typing import Any

import transformers
from tokenizers.pre_tokenizers import ByteLevel

WIDTH = 16  # of text embeddings


def _letters() -> dict[str, int]:
    return {letter: number for number, letter in enumerate(sorted(ByteLevel.alphabet()))}


def qwen_tokenizer() -> Any:
    vocabulary = _letters()
    for special in ("<|endoftext|>", "<|im_start|>", "<|im_end|>"):
        vocabulary[special] = len(vocabulary)
    tokenizer = transformers.Qwen2Tokenizer(vocab=vocabulary, merges=[])
    tokenizer.chat_template = (
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>{% endfor %}"
    )
    return tokenizer


def gemma_tokenizer() -> Any:
    vocabulary = {special: number for number, special in enumerate(("<pad>", "<eos>", "<bos>", "<unk>"))}
    for byte in range(256):
        vocabulary[f"<0x{byte:02X}>"] = len(vocabulary)
    return transformers.GemmaTokenizer(vocab=vocabulary, merges=[])


def clip_tokenizer() -> Any:
    vocabulary = {"<|startoftext|>": 0, "<|endoftext|>": 1}
    for ending in ("", "</w>"):
        for letter in _letters():
            vocabulary[letter + ending] = len(vocabulary)
    tokenizer = transformers.CLIPTokenizer(vocab=vocabulary, merges=[])
    tokenizer.model_max_length = 77
    return tokenizer


def t5(width: int = WIDTH) -> Any:
    size = {"d_model": width, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    return transformers.T5EncoderModel(transformers.T5Config(vocab_size=384, **size))


QWEN_TEXT = {
    "vocab_size": 300,
    "hidden_size": WIDTH,
    "intermediate_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "rope_scaling": {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"},
    "rope_theta": 1000000.0,
}


def gemma3() -> Any:
    config = transformers.Gemma3Config(
        text_config={
            "vocab_size": 300,
            "hidden_size": WIDTH,
            "intermediate_size": WIDTH,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "head_dim": 8,
        },
        vision_config={
            "hidden_size": WIDTH,
            "intermediate_size": WIDTH,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": 32,
            "patch_size": 16,
        },
        mm_tokens_per_image=4,
    )
    return transformers.Gemma3ForConditionalGeneration(config)
