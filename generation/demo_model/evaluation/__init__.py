"""How well the demo model follows its prompts, measured in delivered films: `make eval-demo`.

asking.py     which prompts and seeds
seeing.py     what a film shows, by segmentation; nothing of the model is used
shapes.py     a small classifier of outlines, trained on renderings
__main__.py   renders, measures, writes demo_eval.json
"""
