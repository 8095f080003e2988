"""A connected account or source, its secrets, and the state of reading it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel


class ChannelState(models.TextChoices):
    CONNECTED = "connected", _("Connected")
    PAUSED = "paused", _("Paused")
    NEEDS_RECONNECT = "needs_reconnect", _("Needs reconnecting")
    DISCONNECTED = "disconnected", _("Disconnected")


class Channel(TenantModel):
    """One connected account on a network. Disconnecting keeps the row, and with it all history."""

    network = models.CharField(max_length=20)
    external_id = models.CharField(max_length=128)
    name = models.CharField(max_length=120)
    handle = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=20, choices=ChannelState, default=ChannelState.CONNECTED)
    #: Why it is not connected, in a sentence for the admin; empty while all is well.
    trouble = models.TextField(blank=True)
    #: Connected to the practice network: labelled everywhere.
    practice = models.BooleanField(default=False)
    #: Nothing is sent before this moment: what the network's headers asked for.
    hold_until = models.DateTimeField(null=True)
    #: Calls in a row that the network did not answer; past a few of them nothing is asked or sent before this moment.
    failures = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)
    #: Somebody is renewing the tokens until then; nobody else does meanwhile.
    renewing_until = models.DateTimeField(null=True)
    #: The last part of the address at which the network calls us; empty where it does not. A name, no secret: calls are signed.
    hook_key = models.CharField(max_length=32, blank=True, default="")
    #: Networks of letters: what stands below every answer, whether the original is quoted below that, and what answers a person's
    #: first words by itself (empty: nothing does).
    signature = models.TextField(blank=True, default="", db_default="")
    quotes_original = models.BooleanField(default=False, db_default=False)
    auto_answer = models.TextField(blank=True, default="", db_default="")
    connected_by_id = models.BigIntegerField(null=True)
    connected_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "network", "external_id"], name="social_channel_account"),
        ]

    def __str__(self) -> str:
        return self.name


class Credential(TenantModel):
    """One secret of a channel, sealed for its workspace, channel and field (core/crypto.py). Never read back to a
    page.
    """

    channel = TenantKey(Channel, models.CASCADE, related_name="credentials")
    field = models.CharField(max_length=40)
    sealed = models.TextField()
    expires_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "channel", "field"], name="social_credential_one"),
        ]


class Pull(TenantModel):
    """Reading one channel: whose turn it is, how far we are, how it went. One row a channel, changed at every poll."""

    channel = TenantKey(Channel, models.CASCADE, related_name="pulls")
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    #: Fencing number: grows at each claim, and every write of a claimant compares it.
    fence = models.BigIntegerField(default=0)
    cursor = models.JSONField(default=dict)
    #: Names that webhooks gave without saying what stands behind them: the next poll asks (`Network.look_up`).
    wanted = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    quota = models.JSONField(default=dict)
    last_started_at = models.DateTimeField(null=True)
    last_finished_at = models.DateTimeField(null=True)
    #: The network's time of the newest item read.
    newest_item_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    error_at = models.DateTimeField(null=True)
    items_total = models.BigIntegerField(default=0)
    pages_total = models.BigIntegerField(default=0)
    #: The network said something since the last poll began (social/services/ears.py).
    rung = models.BooleanField(default=False)
    #: No bell makes it due before: what the network's limits ask for.
    not_before = models.DateTimeField(null=True)
    #: When stored posts were last compared with the network, to notice deletions.
    rechecked_at = models.DateTimeField(null=True)
    #: How far down that look went, what it had paid for by then, and what the network's windows had left (services/rechecking.py).
    looked = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    #: Id → signs below it as that look last told them, so that the log hears of changes only.
    signs = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    #: When sent messages were last looked for on the network.
    reconciled_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "channel"], name="social_pull_one")]
        indexes = [models.Index(fields=["due_at"], name="social_pull_due")]
