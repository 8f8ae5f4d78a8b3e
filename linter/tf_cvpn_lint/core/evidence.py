"""Where a fact was written, and what could not be read.

A fact enters the program together with its evidence and keeps it to the report; nothing is looked up again later.
"""

from __future__ import annotations

from tf_cvpn_lint.core.address import Address, Reference
from tf_cvpn_lint.core.records import dataclass, field, settle


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a source file. `file` is relative to the directory the input was named by; lines and columns count from 1."""

    file: str
    line: int
    column: int = 1
    end_line: int = 0
    """The last line of what is pointed at; never less than `line`."""

    def __post_init__(self) -> None:
        if self.end_line < self.line:
            settle(self, "end_line", self.line)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A resource and, where one decided, its attribute (`egress[0].cidr_blocks`), with the line if the source was read."""

    address: Address
    attribute: str = ""
    location: Location | None = None

    def __str__(self) -> str:
        where = f" ({self.location})" if self.location else ""
        return f"{self.address}{'.' + self.attribute if self.attribute else ''}{where}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not read. It travels to the report: what was not seen there, why, and what would settle it."""

    subject: str
    """Whose it is: a resource address, a file, a module call."""
    what: str
    """What is missing, as a noun: `target_network_cidr`, `the rules of this security group`."""
    why: str
    """Why it could not be read: `known after apply`, `belongs to another configuration`."""
    location: Location | None = None
    waits_for: tuple[Reference, ...] = field(default=())
    """What would settle it."""

    @property
    def named(self) -> str:
        """`the routes of aws_route_table.a`, for a sentence."""
        return f"{named(self.what)} of {self.subject}"


def named(what: str) -> str:
    """What is missing, in front of whose it is: `its routes` become `the routes`."""
    return f"the {what.removeprefix('its ')}" if what.startswith("its ") else what
