"""How the demo model was trained, and how anybody can train it again: `make train-demo`.

encoder.py      scene annotations to tokens; of use in training only
first.py        stage 1: encoder and decoder, on renderings at sampled points
second.py       stage 2: text encoder and denoiser, by rectified flow
third.py        stage 3: the turbo denoiser, distilled from the guided one
run.py          what stages have in common: steps, progress, checkpoints, the curve
fingerprints.py what a checkpoint depends on, so that it is never gone on with after that has changed
export.py       the finished checkpoint
"""
