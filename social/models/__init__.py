from social.models.channel import Channel, ChannelState, Credential, Pull
from social.models.chat import ChatLine, ChatThread, ChatWidget
from social.models.delivery import Delivery, DeliveryState
from social.models.gap import GapCheck
from social.models.raw import RawItem, RawState, StoredPage

__all__ = [
    "Channel",
    "ChannelState",
    "ChatLine",
    "ChatThread",
    "ChatWidget",
    "Credential",
    "Delivery",
    "DeliveryState",
    "GapCheck",
    "Pull",
    "RawItem",
    "RawState",
    "StoredPage",
]
