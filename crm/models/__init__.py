from crm.models.contact import Contact, Identity, Standing
from crm.models.interaction import Interaction
from crm.models.tag import Tag, Tone

__all__ = ["Contact", "Identity", "Interaction", "Standing", "Tag", "Tone"]
