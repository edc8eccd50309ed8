from django.apps import AppConfig
from django.db.backends.signals import connection_created


def leave_the_disk_alone(connection, **others):
    """The database lives as long as a test: waiting for the disk to have it is time lost."""
    connection.cursor().execute("PRAGMA synchronous = OFF")


class LibraryConfig(AppConfig):
    name = "library"

    def ready(self):
        connection_created.connect(leave_the_disk_alone)
