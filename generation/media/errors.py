"""What can be wrong with frames. A full or failing disk is an OSError and comes out as itself."""


class EncodeError(Exception):
    """The frames do not make the video that was asked for, or the encoder refused them."""


class DecodeError(Exception):
    """A stored film cannot be read."""
