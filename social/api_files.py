"""API v1: what handing over a file looks like, whatever it is for."""

from typing import Any

from rest_framework import serializers
from rest_framework.parsers import BaseParser

from core.api import Strict


class FileOut(serializers.Serializer[object]):
    """A file to be sent, as it was found to be."""

    id = serializers.IntegerField(help_text="To be named in the `media` of what it goes with, within a day.")
    kind = serializers.ChoiceField(choices=["image", "video", "audio", "file"])
    mime = serializers.CharField(help_text="By its content.")
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="In bytes.")
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)


class NameQuery(Strict):
    """Parameters of an upload."""

    name = serializers.CharField(required=False, default="", max_length=200, help_text="What the file is called.")


class Bytes(BaseParser):
    """Takes a body as it is: the view reads it, no further than a file may be long."""

    media_type = "application/octet-stream"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return stream
