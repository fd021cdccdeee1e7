"""From streamed frames to the files of a video: H.264 (and AV1) in MP4, with sound, a poster and a storyboard, in one
pass; and back to the last frame."""

from generation.media.encode import EncodedVideo, encode
from generation.media.errors import DecodeError, EncodeError
from generation.media.geometry import Storyboard, storyboard
from generation.media.last import last_frame
from generation.media.sound import Sound

__all__ = ["DecodeError", "EncodeError", "EncodedVideo", "Sound", "Storyboard", "encode", "last_frame", "storyboard"]
