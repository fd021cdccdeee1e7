"""What can go wrong with weights, each as one sentence for the operator."""


class PullFailed(Exception):
    """The weights could not be fetched; what came so far is kept for the next try."""
