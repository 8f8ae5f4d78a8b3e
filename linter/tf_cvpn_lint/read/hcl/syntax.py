"""Expressions and bodies as they were written: our own tree, free of the parser that made it.

Spans do not take part in comparisons: two expressions are equal when they say the same.
Source: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

from collections.abc import Mapping

from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """Where in its file something is written; lines and columns count from 1."""

    line: int
    column: int
    end_line: int

    def location(self, file: str) -> Location:
        return Location(file, self.line, self.column, self.end_line)


NOWHERE = Span(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Constant:
    """A string, `true`, `false` or `null`."""

    value: str | bool | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written; what it is worth is the evaluator's business."""

    text: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Interpolation:
    """`${…}` inside a template of more than one part."""

    value: Expression


@dataclass(frozen=True, slots=True)
class IfDirective:
    """`%{ if … }…%{ else }…%{ endif }`."""

    condition: Expression
    then: tuple[Part, ...]
    otherwise: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ForDirective:
    """`%{ for key, value in … }…%{ endfor }`."""

    key: str
    """Empty where only the value is named."""
    value: str
    collection: Expression
    body: tuple[Part, ...]


Part = str | Interpolation | IfDirective | ForDirective
"""Strip markers and heredoc indentation have been applied; strings are what they stand for."""


@dataclass(frozen=True, slots=True)
class Template:
    """A string with templates in it. `"${x}"` alone is no template: it is `x`, of whatever type."""

    parts: tuple[Part, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """The root of a traversal: `var`, `aws_vpc`, `each`, the variable of a `for`."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class GetAttr:
    """`object.name`."""

    object: Expression
    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Index:
    """`object[key]`, also `object.0`."""

    object: Expression
    key: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Splat:
    """`source.*.a` and `source[*].a[0].b`: `each` is evaluated for every element, which it names by `SplatItem`.

    What follows a `.*` belongs to it up to the first `[…]`, what follows a `[*]` belongs to it whole; a splat within `each` binds its own item.
    """

    source: Expression
    each: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SplatItem:
    """The element of the innermost splat."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`, `!x`."""

    operator: str
    operand: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`."""

    operator: str
    left: Expression
    right: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """`condition ? then : otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """`name(arguments…)`; a namespaced name keeps its `::`."""

    name: str
    arguments: tuple[Expression, ...]
    expands: bool = False
    """Whether the last argument is followed by `...`."""
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TupleCons:
    """`[a, b]`."""

    items: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ObjectCons:
    """`{a = b}`; a bare key is a `Constant`."""

    items: tuple[tuple[Expression, Expression], ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ForTuple:
    """`[for key, value in collection : result if condition]`."""

    key: str
    """Empty where only the value is named."""
    value: str
    collection: Expression
    result: Expression
    condition: Expression | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ForObject:
    """`{for key, value in collection : result_key => result if condition}`; with `...` after the result, results of one key are grouped."""

    key: str
    value: str
    collection: Expression
    result_key: Expression
    result: Expression
    groups: bool = False
    condition: Expression | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unparsed:
    """An expression that could not be read."""

    why: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Expression = (
    Constant
    | Number
    | Template
    | Name
    | GetAttr
    | Index
    | Splat
    | SplatItem
    | Unary
    | Binary
    | Conditional
    | FunctionCall
    | TupleCons
    | ObjectCons
    | ForTuple
    | ForObject
    | Unparsed
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """`name = expression`."""

    name: str
    expression: Expression
    location: Location


@dataclass(frozen=True, slots=True)
class NestedBlock:
    """`type "label" { … }` inside another block."""

    type: str
    labels: tuple[str, ...]
    body: BlockBody
    location: Location


NOT_WHOLE = "could not be read whole"
"""What is said of a block with `is_whole` false."""


@dataclass(frozen=True, slots=True)
class BlockBody:
    """What is between the braces of a block."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    blocks: tuple[NestedBlock, ...] = ()
    duplicates: tuple[Attribute, ...] = ()
    """Attributes of a name that was taken already. Terraform refuses them; the first one is kept."""
    is_whole: bool = True
    """False where some of it could not be read: what it lacks may be written all the same."""

    def expression(self, name: str) -> Expression | None:
        attribute = self.attributes.get(name)
        return attribute.expression if attribute else None

    def nested(self, *types: str) -> tuple[NestedBlock, ...]:
        return tuple(block for block in self.blocks if block.type in types)
