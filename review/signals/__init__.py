"""What software notices in a work, for a reviewer to look at. Nothing in here knows of cases or decisions.

`reading` says what a detector is given and gives back, each detector is a module, `looking` asks them all, `process`
does so in a process of its own, and `review.services.signals` writes down what came of it. To add a detector: a module
with a class of the shape of `reading.Detector`, a line in `looking.DETECTORS`, a `SignalKind`.
"""
