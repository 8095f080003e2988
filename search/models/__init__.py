from search.models.entry import Due, Entry, Kind

__all__ = ["Due", "Entry", "Kind"]
