"""Input variables: their type constraints, and the values a root gets from outside, in Terraform's order of precedence.

Source: https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.evidence import Gap, Location
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.read.hcl.conversion import Attribute as TypeAttribute
from tf_cvpn_lint.read.hcl.conversion import Constraint
from tf_cvpn_lint.read.hcl.sources import file_names, read_text
from tf_cvpn_lint.read.hcl.syntax import Attribute, Constant, Expression, FunctionCall, Name, ObjectCons, TupleCons
from tf_cvpn_lint.read.hcl.templates import HclSyntaxError
from tf_cvpn_lint.read.hcl.types import BOOL, DYNAMIC, NUMBER, STRING


@dataclass(frozen=True, slots=True)
class Variable:
    """`--var name=text`."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class VariableFile:
    """`--var-file path`."""

    path: Path


@dataclass(frozen=True, slots=True)
class VariableValue:
    """A value as it was, whatever type the variable declares: what a plan says of the variables it was made with."""

    name: str
    value: Any
    """As decoded from JSON."""
    sensitive: bool = False
    """Whether the plan's configuration says so; its sources may be others by now."""


@dataclass(frozen=True, slots=True)
class HclOptions:
    """What is said about a root besides its files."""

    arguments: tuple[Variable | VariableFile | VariableValue, ...] = ()
    """In the order of the command line; later ones win."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Where `TF_VAR_*`, `TF_WORKSPACE` and `TF_DATA_DIR` are looked up; nothing else of it is used."""
    workspace: str | None = None
    """`terraform.workspace`; None: from `TF_WORKSPACE` or `.terraform/environment`, else unknown."""
    is_root: bool | None = None
    """Whether the directory is a root; None: told by its provider and backend blocks and variable files."""


_PRIMITIVE = {"string": STRING, "number": NUMBER, "bool": BOOL, "any": DYNAMIC}
_EVALUATED_DEPTH = 40


def constraint_of(expression: Expression | None, depth: int = 0) -> Constraint | None:
    """The type constraint that `type = …` writes; None where it is none that is known."""
    if expression is None or depth > _EVALUATED_DEPTH:
        return Constraint()
    match expression:
        case Name(name) | Constant(str() as name):
            if name in _PRIMITIVE:
                return Constraint(_PRIMITIVE[name])
            collections = {"list": Constraint.list_of, "set": Constraint.set_of, "map": Constraint.map_of}
            return collections[name](Constraint()) if name in collections else None
        case FunctionCall("list" | "set" | "map" as name, (inner,)):
            element = constraint_of(inner, depth + 1)
            if element is None:
                return None
            return {"list": Constraint.list_of, "set": Constraint.set_of, "map": Constraint.map_of}[name](element)
        case FunctionCall("tuple", (TupleCons(items),)):
            elements = [constraint_of(item, depth + 1) for item in items]
            return None if None in elements else Constraint.tuple_of([one for one in elements if one is not None])
        case FunctionCall("object", (ObjectCons(items),)):
            attributes: dict[str, TypeAttribute] = {}
            for key, value in items:
                made = _attribute(value, depth + 1)
                if not isinstance(key, Constant) or not isinstance(key.value, str) or made is None:
                    return None
                attributes[key.value] = made
            return Constraint.object_of(attributes)
        case _:
            return None


def _attribute(expression: Expression, depth: int) -> TypeAttribute | None:
    from tf_cvpn_lint.read.hcl.evaluate import Evaluator, OutOfFuelError, Scope
    from tf_cvpn_lint.read.hcl.modules import NOTHING

    match expression:
        case FunctionCall("optional", (inner, *default)):
            constraint = constraint_of(inner, depth)
            if constraint is None:
                return None
            if not default:
                return TypeAttribute(constraint, optional=True)
            try:
                value = Evaluator().evaluate(default[0], Scope(NOTHING))
            except OutOfFuelError:
                return None
            return TypeAttribute(constraint, optional=True, default=value)
        case _:
            constraint = constraint_of(expression, depth)
            return None if constraint is None else TypeAttribute(constraint)


@dataclass(frozen=True, slots=True)
class Given:
    """A value from outside: an expression of a variable file, or text of the command line or environment."""

    value: Expression | str
    location: Location | None = None
    sensitive: bool = False
    """Whether that is known besides what the variable declares."""


def loads_by_itself(name: str) -> bool:
    """Whether Terraform loads a variable file of this name without being told."""
    return name in ("terraform.tfvars", "terraform.tfvars.json") or name.endswith((".auto.tfvars", ".auto.tfvars.json"))


def given_values(directory: Path, options: HclOptions, gaps: list[Gap]) -> Mapping[str, Given]:
    """The values given for a root's variables, the winning one for each name.

    Raises:
        InputError: a file named by `--var-file` cannot be read.
    """
    from tf_cvpn_lint.read.hcl.json_syntax import json_expression

    found: dict[str, Given] = {}
    for name, text in options.environment.items():
        if name.startswith("TF_VAR_"):
            found[name.removeprefix("TF_VAR_")] = Given(text)
    for path in _automatic(directory):
        try:
            found.update(_from_file(path, path.name, directory))
        except (OSError, ValueError, HclSyntaxError) as fault:
            gaps.append(Gap(path.name, "the variable file", _why(fault), Location(path.name, 1)))
    for argument in options.arguments:
        match argument:
            case Variable(name, text):
                found[name] = Given(text)
            case VariableValue(name, value, sensitive):
                found[name] = Given(json_expression(value), sensitive=sensitive)
            case VariableFile(path):
                try:
                    found.update(_from_file(path, os.path.relpath(path, directory).replace(os.sep, "/")))
                except (OSError, ValueError, HclSyntaxError) as fault:
                    raise InputError(f"{path}: the variable file cannot be read: {_why(fault)}") from fault
    return found


def _why(fault: Exception) -> str:
    if isinstance(fault, OSError):
        return fault.strerror or "cannot be read"
    return fault.why if isinstance(fault, HclSyntaxError) else str(fault)


def _automatic(directory: Path) -> Iterator[Path]:
    try:
        names = file_names(directory)
    except OSError:
        return
    fixed = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in names]
    automatic = [name for name in names if loads_by_itself(name) and name not in fixed]
    for name in (*fixed, *automatic):
        yield directory / name


def _from_file(path: Path, label: str, root: Path | None = None) -> Mapping[str, Given]:
    from tf_cvpn_lint.read.hcl.json_syntax import read_json_variables
    from tf_cvpn_lint.read.hcl.parse import parse_file_body

    text = read_text(path, root)
    attributes: Mapping[str, Attribute]
    if path.name.endswith(".json"):
        attributes = read_json_variables(text, label)
    else:
        attributes = parse_file_body(text, label).attributes
    return {name: Given(attribute.expression, attribute.location) for name, attribute in attributes.items()}
