"""Web chat: how a widget looks and whom it serves, who wrote through it, and what both sides have said there."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from social.models.channel import Channel

MAX_ORIGINS = 20


class Side(models.TextChoices):
    END = "end", _("At the end of the line")
    START = "start", _("At the beginning of the line")


class WidgetTheme(models.TextChoices):
    AUTO = "auto", _("As the visitor's device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Asked(models.TextChoices):
    NO = "no", _("Not asked")
    OPTIONAL = "optional", _("Asked, may stay empty")
    REQUIRED = "required", _("Needed before the first message")


class ChatWidget(TenantModel):
    """The settings of one chat widget. A channel without a row has the defaults that stand here."""

    channel = TenantKey(Channel, models.CASCADE, related_name="widgets")
    #: Empty: the channel's name.
    title = models.CharField(max_length=60, blank=True)
    greeting = models.CharField(max_length=300, blank=True)
    #: What a visitor reads while nobody answers; empty: words of ours.
    away_words = models.CharField(max_length=300, blank=True)
    color = models.CharField(max_length=7, default="#0f766e")
    side = models.CharField(max_length=5, choices=Side, default=Side.END)
    theme = models.CharField(max_length=5, choices=WidgetTheme, default=WidgetTheme.AUTO)
    #: A code of settings.LANGUAGES; empty: the language of the page, else of the visitor's browser.
    language = models.CharField(max_length=5, blank=True)
    ask_name = models.CharField(max_length=8, choices=Asked, default=Asked.OPTIONAL)
    ask_email = models.CharField(max_length=8, choices=Asked, default=Asked.OPTIONAL)
    #: Whether visitors may send files.
    takes_files = models.BooleanField(default=True, db_default=True)
    #: Pages of these origins may use the widget, and no others: `https://shop.example`, as a browser's Origin header says it.
    origins = ArrayField(models.CharField(max_length=200), size=MAX_ORIGINS, default=list)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "channel"], name="social_chat_widget_one")]


class ChatThread(TenantModel):
    """One person at one widget, and their thread there. Its row is locked while a line is added, so that numbers have no holes."""

    channel = TenantKey(Channel, models.CASCADE, related_name="chat_threads")
    #: The person's id on this network: `visitor-…`, made from what their browser keeps, or the host site's id of a signed-in user.
    person = models.CharField(max_length=160)
    #: Whether the host site signed for that id.
    verified = models.BooleanField(default=False)
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    #: The number of the last line.
    lines = models.PositiveIntegerField(default=0)
    #: The number of the last line that stood before the visitor's eyes.
    shown = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "channel", "person"], name="social_chat_thread_one")]


class ChatLine(TenantModel):
    """One line as both sides see it in the widget, numbered from one. Its key names it for ever, so that it stands once."""

    thread = TenantKey(ChatThread, models.CASCADE, related_name="chat_lines")
    number = models.PositiveIntegerField()
    ours = models.BooleanField()
    #: `in-` and the visitor's own id of it, or the receipt of the delivery.
    key = models.CharField(max_length=160)
    text = models.TextField()
    #: What hangs on it: numbers of stored files of this channel.
    files = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    said_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "thread", "number"], name="social_chat_line_number"),
            models.UniqueConstraint(fields=["workspace_id", "thread", "key"], name="social_chat_line_once"),
        ]
