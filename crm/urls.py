"""Addresses of contacts."""

from django.urls import path

from crm.views import contacts

urlpatterns = [
    path("w/<slug:slug>/contacts/", contacts.contacts, name="contacts"),
    path("w/<slug:slug>/contacts/<int:contact_id>/", contacts.contact, name="contact"),
    path("w/<slug:slug>/contacts/<int:contact_id>/edit/", contacts.contact_edit, name="contact_edit"),
    path("w/<slug:slug>/contacts/<int:contact_id>/timeline/", contacts.timeline, name="contact_timeline"),
]
