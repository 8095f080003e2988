from social.models.channel import Channel, ChannelState, Credential, Pull
from social.models.delivery import Delivery, DeliveryState
from social.models.raw import RawItem, RawState, StoredPage

__all__ = ["Channel", "ChannelState", "Credential", "Delivery", "DeliveryState", "Pull", "RawItem", "RawState", "StoredPage"]
