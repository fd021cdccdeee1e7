"""A small text-to-video diffusion model for machines without a GPU: coloured shapes that move. MODEL_CARD.md says more.

vocabulary.py                   what it understands; no torch, so that pages can ask
scenes.py, captions.py          the project's own renderings and the words for them: all that it was trained on
text_encoder.py, transformer.py, autoencoder.py, painting.py, pipeline.py       the model
weights/, placing.py            its checkpoint, and how that comes to the folder of models
training/, evaluation/          `make train-demo` and `make eval-demo`
"""
