"""The rules: what about a network is wrong, and why it should be believed. One module per rule."""

from __future__ import annotations

from tf_cvpn_lint.rules import Rule

RULES: tuple[Rule, ...] = ()
"""The catalogue, in the order of the ids."""
