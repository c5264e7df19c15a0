"""MassTransit: a communications platform whose acceptable use policy is code in the path of every communication."""

__version__ = "0.1.0"
