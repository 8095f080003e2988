from social.models.backfill import BackfillRun, BackfillState
from social.models.channel import Channel, ChannelState, Credential, Pull
from social.models.delivery import Delivery, DeliveryState
from social.models.raw import RawItem, RawState, StoredPage
from social.models.watch import AlertKind, ChannelAlert, HeardHour

__all__ = [
    "AlertKind",
    "BackfillRun",
    "BackfillState",
    "Channel",
    "ChannelAlert",
    "ChannelState",
    "Credential",
    "Delivery",
    "DeliveryState",
    "HeardHour",
    "Pull",
    "RawItem",
    "RawState",
    "StoredPage",
]
