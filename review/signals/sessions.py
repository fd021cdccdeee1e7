"""How models run here: on one core, so that two looks at once do not fight, and the time is the work."""

from __future__ import annotations

import onnxruntime


def one_thread() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return options
