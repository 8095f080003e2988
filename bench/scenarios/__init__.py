"""One scenario a file; each takes a Report and adds its figures."""
