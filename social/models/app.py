"""What this installation is called at servers that want an app registered before anybody can sign in there."""

from django.db import models


class NetworkApp(models.Model):
    """Our app at one server of a network that has many, such as a Mastodon instance. It belongs to the installation: all workspaces
    sign in with it, and it opens no account by itself.
    """

    network = models.CharField(max_length=20)
    #: The server's name.
    place = models.CharField(max_length=253)
    #: Its id, secret and what else the network file keeps, sealed (services/apps.py).
    sealed = models.TextField()
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "place"], name="social_networkapp_one")]

    def __str__(self) -> str:
        return f"{self.network} {self.place}"
