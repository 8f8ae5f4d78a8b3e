"""Functions whose result is not a matter of their arguments: the clock, chance, the run. Their results are unknown, and say so."""

from __future__ import annotations

from tf_cvpn_lint.read.hcl.functions.signature import Function, NotEvaluatedError, Parameter
from tf_cvpn_lint.read.hcl.types import DYNAMIC, NUMBER, STRING
from tf_cvpn_lint.read.hcl.values import UnknownValue, Value, unknown_from


def _impure(name: str, reason: str, *parameters: Parameter, rest: Parameter | None = None) -> Function:
    def body(*_: Value) -> Value:
        raise NotEvaluatedError(reason)

    return Function(name, body, parameters, rest, STRING)


def _ephemeralasnull(value: Value) -> Value:
    # values that are ephemeral are not told apart here, and what is known is none: it was written down
    return unknown_from("ephemeralasnull", value) if isinstance(value, UnknownValue) else value


FUNCTIONS = (
    _impure("bcrypt", "its result has a random salt", Parameter("str", STRING), rest=Parameter("cost", NUMBER)),
    _impure("plantimestamp", "it is the time of the plan"),
    _impure("timestamp", "it is the time of the apply"),
    _impure("uuid", "its result is random"),
    Function(
        "ephemeralasnull",
        _ephemeralasnull,
        (Parameter("value", DYNAMIC, null=True, unknown=True, marks=True),),
        nullable=True,
    ),
)
