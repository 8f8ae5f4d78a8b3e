"""The options of the controls: what the command line says of settings, for every command that takes them.

Cheap to import: `--help` asks for it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.settings import FailOn

if TYPE_CHECKING:
    import typer


@dataclass(frozen=True)
class Flags:
    """What the command line says; None and empty where it says nothing."""

    config: Path | None = None
    no_config: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    per_address: tuple[str, ...] = ()
    assume: tuple[str, ...] = ()
    expect: tuple[str, ...] = ()
    fail_on: FailOn | None = None
    strict: bool | None = None
    require_reason: bool | None = None
    suppressions: bool | None = None
    sources: tuple[Path, ...] = ()
    baseline: Path | None = None
    write_baseline: Path | None = None
    today: str | None = None


def _options(
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="The settings, instead of those found upwards from the input."),
    ] = None,
    no_config: Annotated[bool, typer.Option("--no-config", help="No settings file.")] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select", metavar="RULES", help="The rules that are asked: ids, names, beginnings of ids (CVPN1), all."
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="RULES", help="The rules that are not.")
    ] = None,
    severity: Annotated[
        list[str] | None,
        typer.Option("--severity", metavar="RULE=LEVEL", help="error, warning or note; may be repeated."),
    ] = None,
    per_address: Annotated[
        list[str] | None,
        typer.Option(
            "--per-address",
            metavar="PATTERN=RULES",
            help="Rules that are quiet at some addresses, or RULE:LEVEL; may be repeated.",
        ),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            "--assume",
            metavar="ADDRESS.ATTRIBUTE=VALUE",
            help="A value that cannot be read, or another assumption as the settings have it; may be repeated.",
        ),
    ] = None,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            "--expect", metavar="ENDPOINT=SERVER=VERDICT", help="What has to become of a server; may be repeated."
        ),
    ] = None,
    fail_on: Annotated[
        FailOn | None, typer.Option("--fail-on", help="The least severity that fails the run.", show_default="warning")
    ] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict/--no-strict", help="Undecided servers and unsure findings fail it too.")
    ] = None,
    require_reason: Annotated[
        bool | None,
        typer.Option("--require-reason/--no-require-reason", help="A suppression without a reason is malformed."),
    ] = None,
    suppressions: Annotated[
        bool | None, typer.Option("--suppressions/--no-suppressions", help="Whether suppression comments count.")
    ] = None,
    source: Annotated[
        list[Path] | None,
        typer.Option("--source", metavar="DIR", help="Where the Terraform files of a plan are; may be repeated."),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="Findings that are known and fail no run.")
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option("--write-baseline", metavar="FILE", help="Write the findings of this run as a baseline."),
    ] = None,
    today: Annotated[
        str | None, typer.Option("--today", metavar="YYYY-MM-DD", help="The day against which suppressions expire.")
    ] = None,
) -> Flags:
    return Flags(
        config,
        no_config,
        tuple(select or ()),
        tuple(ignore or ()),
        tuple(severity or ()),
        tuple(per_address or ()),
        tuple(assume or ()),
        tuple(expect or ()),
        fail_on,
        strict,
        require_reason,
        suppressions,
        tuple(source or ()),
        baseline,
        write_baseline,
        today,
    )


TAKE_VALUES = frozenset(
    {
        "--config",
        "--select",
        "--ignore",
        "--severity",
        "--per-address",
        "--assume",
        "--expect",
        "--fail-on",
        "--source",
        "--baseline",
        "--write-baseline",
        "--today",
    }
)


def takes_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command whose parameter `flags` is given by these options, beside those of its own."""
    import typer

    own = inspect.signature(command, eval_str=True)
    options = inspect.signature(_options, globals={**globals(), "typer": typer}, eval_str=True).parameters
    parameters = [parameter for name, parameter in own.parameters.items() if name != "flags"]

    @wraps(command)
    def taking(**values: Any) -> Any:
        flags = _options(**{name: values.pop(name) for name in options})
        return command(flags=flags, **values)

    taking.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what Typer reads
        [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*parameters, *options.values())]
    )
    taking.__annotations__ = {parameter.name: parameter.annotation for parameter in (*parameters, *options.values())}
    del taking.__wrapped__  # or its signature would be read instead
    return taking
