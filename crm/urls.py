"""Addresses of contacts."""

from django.urls import path

from crm.views import contacts, tags

urlpatterns = [
    path("w/<slug:slug>/contacts/", contacts.contacts, name="contacts"),
    path("w/<slug:slug>/contacts/<int:contact_id>/", contacts.contact, name="contact"),
    path("w/<slug:slug>/contacts/<int:contact_id>/edit/", contacts.contact_edit, name="contact_edit"),
    path("w/<slug:slug>/contacts/<int:contact_id>/timeline/", contacts.timeline, name="contact_timeline"),
    path("w/<slug:slug>/tags/", tags.tags, name="tags"),
    path("w/<slug:slug>/tags/<int:tag_id>/", tags.change, name="tag_change"),
    path("w/<slug:slug>/tags/<int:tag_id>/merge/", tags.merge, name="tag_merge"),
    path("w/<slug:slug>/tags/<int:tag_id>/delete/", tags.delete, name="tag_delete"),
]
