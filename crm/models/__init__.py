from crm.models.contact import Contact, Identity
from crm.models.interaction import Interaction
from crm.models.tag import Tag, Tone

__all__ = ["Contact", "Identity", "Interaction", "Tag", "Tone"]
