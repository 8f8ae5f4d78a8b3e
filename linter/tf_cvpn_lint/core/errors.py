"""What is the user's to mend. Anything else that is raised is our bug and stays a traceback."""

from __future__ import annotations


class InputError(Exception):
    """The input cannot be judged: one line that says where, what it is, and what to do. Exit status 2."""
