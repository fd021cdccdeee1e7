"""What a small text-to-video model for machines without a GPU is trained on: shapes that move on coloured grounds.

The model itself is still to come; until then the catalogue's sketch stands in its place.

    scenes.py     what there is to film: the project's own renderings, with their annotations
    captions.py   the words for a scene, in several phrasings; and the vocabulary
"""
