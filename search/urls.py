"""Addresses of the search."""

from django.urls import path

from search.views import find

urlpatterns = [path("w/<slug:slug>/search/", find.search, name="search")]
