"""Engines: the only code besides the worker's that may import torch."""

import os

# OpenMP reads it once, when torch is imported. By default its threads wait by spinning: on a machine that also encodes
# and serves pages, a render was measured to take ten times as long when they did.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
