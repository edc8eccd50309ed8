from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=100)
    pages = models.PositiveIntegerField(default=1)
    scan = models.FileField(upload_to="scans", blank=True)

    def __str__(self):
        return self.title
