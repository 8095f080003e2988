from social.models.app import NetworkApp
from social.models.backfill import BackfillRun, BackfillState
from social.models.channel import Channel, ChannelState, Credential, Pull
from social.models.chat import ChatLine, ChatThread, ChatWidget
from social.models.deed import DeedRow, DeedState
from social.models.delivery import Delivery, DeliveryState
from social.models.ear import Ear, Listener, Subscription
from social.models.file import FileRoom, FileState, StoredFile
from social.models.gap import GapCheck
from social.models.money import Charge, Spend
from social.models.post import Post
from social.models.raw import RawItem, RawState, StoredPage
from social.models.stream import ReadCount, Stream
from social.models.watch import AlertKind, ChannelAlert, HeardHour

__all__ = [
    "AlertKind",
    "BackfillRun",
    "BackfillState",
    "Channel",
    "ChannelAlert",
    "ChannelState",
    "Charge",
    "ChatLine",
    "ChatThread",
    "ChatWidget",
    "Credential",
    "DeedRow",
    "DeedState",
    "Delivery",
    "DeliveryState",
    "Ear",
    "FileRoom",
    "FileState",
    "GapCheck",
    "HeardHour",
    "Listener",
    "NetworkApp",
    "Post",
    "Pull",
    "RawItem",
    "RawState",
    "ReadCount",
    "Spend",
    "StoredFile",
    "StoredPage",
    "Stream",
    "Subscription",
]
