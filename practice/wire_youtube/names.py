"""YouTube's names for what lies in our store: eleven letters for a video, longer ones for channels and comments."""

from __future__ import annotations

import base64
import binascii
import re

CHANNEL = re.compile(r"^UC([0-9]{22})$")
COMMENT = re.compile(r"^(?:Ug[0-9]{19,20}\.)?Ug([0-9]{19,20})$")


def channel_id(person: int) -> str:
    return f"UC{person:022d}"


def person_of(channel: str) -> int:
    """The person behind a channel's name; 0 for nobody."""
    found = CHANNEL.match(channel)
    return int(found[1]) if found else 0


def video_id(post: int) -> str:
    return base64.urlsafe_b64encode(post.to_bytes(8)).decode().rstrip("=")


def post_of_video(video: str) -> int:
    """The post behind a video's name; 0 for none."""
    try:
        raw = base64.urlsafe_b64decode(video + "=")
    except (ValueError, binascii.Error):
        return 0
    return int.from_bytes(raw) if len(raw) == 8 else 0


def comment_id(post: int, top: int) -> str:
    """An answer's name begins with that of the first comment of its thread."""
    return f"Ug{post:019d}" if post == top else f"Ug{top:019d}.Ug{post:019d}"


def post_of_comment(comment: str) -> int:
    """The post behind a comment's name; 0 for none."""
    found = COMMENT.match(comment)
    return int(found[1]) if found else 0
