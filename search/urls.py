"""Addresses of the search."""

from django.urls import path

from search.views import find, palette

urlpatterns = [
    path("w/<slug:slug>/search/", find.search, name="search"),
    path("w/<slug:slug>/palette/", palette.palette, name="palette"),
]
