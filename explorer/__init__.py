"""Layerscope's library: networks as documents, their training, and what can be read off them."""

__version__ = "0.1.0"
