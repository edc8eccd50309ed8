"""The Python half of Wizgy: worker processes that call the application. Standard library only."""

__version__ = "0.1.0"
