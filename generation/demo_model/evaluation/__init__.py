"""How well the demo model follows its prompts, measured in delivered films: `make eval-demo`.

asking.py     which prompts and seeds, and what their films must show
filming.py    from a prompt to a film, as a worker makes it
seeing.py     what a film shows, by segmentation; nothing of the model is used
shapes.py     a small classifier of outlines, trained on renderings
verdict.py    what a film shows against what was asked for, and the sums
goals.py      the goals, and what is said of them
keeping.py    what was measured so far, for a run that was interrupted
__main__.py   renders, measures, writes demo_eval.json; what has no goal goes into demo_eval_extras.json
sheet.py      the model card's contact sheet
"""
