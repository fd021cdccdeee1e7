"""Every write about videos. Each is atomic, locks its rows first, and ends with one audit event a change of state."""

from videos.services.approvals import record_approval, void_approval
from videos.services.captions import remove_captions, set_captions
from videos.services.enforcement import restore, take_down
from videos.services.files import create_from_files, ensure_share_copy
from videos.services.sharing import revoke_share, share
from videos.services.titles import rename
from videos.services.trimming import trim

__all__ = (
    "create_from_files",
    "ensure_share_copy",
    "record_approval",
    "remove_captions",
    "rename",
    "restore",
    "revoke_share",
    "set_captions",
    "share",
    "take_down",
    "trim",
    "void_approval",
)
