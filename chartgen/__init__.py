"""chartgen: one service registry in, a Helm chart of the whole platform out."""

__version__ = "0.1.0"
