"""Finds AWS Client VPN endpoints that connect and then resolve nothing, before the apply."""

__version__ = "0.1.0"
