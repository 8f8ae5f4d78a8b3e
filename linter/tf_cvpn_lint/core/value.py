"""What is known of a value: `Known`, `Unknown` or `Absent`.

*Absent* means the provider's default applies, and `adapt` knows that default. *Unknown* means we do not know; it keeps where the value
comes from, which often decides more than the value would have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar, Union

from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.records import dataclass, field, settle

T_co = TypeVar("T_co", covariant=True)

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator of Terraform applied to symbols: `cidrhost(aws_vpc.a.cidr_block, 2)`, a template, an index.

    Operators and templates are spelled as functions: `template` concatenates its arguments as text, `index` is `a[b]`.
    """

    function: str
    arguments: tuple[Symbol, ...]
    size: int = field(init=False, repr=False, compare=False)
    """How many symbols it is made of, itself counted. Parts may be shared, so it can be far more than what lies in memory."""
    depth: int = field(init=False, repr=False, compare=False)
    """How many calls lie within each other, itself counted."""

    def __post_init__(self) -> None:
        size, depth = 1, 0
        for argument in self.arguments:
            if isinstance(argument, Call):
                size += argument.size
                depth = max(depth, argument.depth)
            else:
                size += 1
        settle(self, "size", size)
        settle(self, "depth", depth + 1)

    def __str__(self) -> str:
        return f"{self.function}({', '.join(str(argument) for argument in self.arguments)})"


@dataclass(frozen=True, slots=True)
class Literal:
    """A known scalar inside a symbol."""

    value: Scalar | None

    def __str__(self) -> str:
        return repr(self.value)


Symbol = Reference | Call | Literal
"""How an unknown value is made, where the source says. Two values with equal symbols are equal."""


@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """A value that was read. In a `Configuration` the value is a scalar, a tuple of values or a mapping of names to values."""

    value: T_co
    evidence: Evidence | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is set, and that nobody knows yet."""

    refers_to: tuple[Reference, ...] = ()
    """What it comes from, followed through variables, outputs and locals as far as that goes. Empty: nothing says."""
    why: str = "known after apply"
    symbol: Symbol | None = None
    """How it is made, only where an expression was read. A plan alone never tells."""
    exact: bool = False
    """Whether `refers_to` is all that it is made of: no variable, condition or key had a say (`[a.id, b.id]` is both)."""
    evidence: Evidence | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Absent:
    """Not set (or set to null): the default applies."""

    evidence: Evidence | None = field(default=None, compare=False)


Fact = Known[T_co] | Unknown
"""A value to which the default has been applied."""

Value = Union[Known[Union[Scalar, tuple["Value", ...], Mapping[str, "Value"]]], Unknown, Absent]  # noqa: UP007 - recursive
"""A value of a configuration, nested as Terraform's are. Null is `Absent`."""
