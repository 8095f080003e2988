from crm.models.contact import Contact, Identity
from crm.models.interaction import Interaction

__all__ = ["Contact", "Identity", "Interaction"]
