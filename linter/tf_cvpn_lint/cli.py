"""The command line: options in, exit status out. Findings go to standard output, everything about the run to standard error."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from tf_cvpn_lint.controls.flags import Flags, takes_flags
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.report.printable import printable
from tf_cvpn_lint.report.requests import Request, numbered, requests
from tf_cvpn_lint.settings import CatalogueFormat, Color, Format, ReportFormat, SettingsAction
from tf_cvpn_lint.usage import COMMANDS, TAKES_VALUE
from tf_cvpn_lint.variable_arguments import VariableArgument, numbered_variables, variable_arguments

if TYPE_CHECKING:
    from tf_cvpn_lint.controls.in_force import Controls, InForce
    from tf_cvpn_lint.result import Result
    from tf_cvpn_lint.rules import Rule
    from tf_cvpn_lint.run import Options
    from tf_cvpn_lint.threshold import Threshold

PROGRAM = "tf-cvpn-lint"
Command = Callable[[], int]
"""What a command line asks for, ready to be run: it prints, and returns the exit status."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is judged, and how it is read."""

    paths: tuple[str, ...]
    sources: tuple[Path, ...]
    run_show: bool
    variables: tuple[VariableArgument, ...] = ()
    workspace: str | None = None


def command_line(arguments: Sequence[str]) -> int:
    """Runs one command line.

    An `InputError` becomes one line on standard error and status 2. A pipe that the reader closed ends the output and changes nothing
    else. Anything else that is raised is our bug.
    """
    _prepare_streams()
    try:
        command = _parse(arguments)
        return command() if callable(command) else int(command or 0)
    except _USAGE_ERROR as fault:
        return _refuse(f"{_usage(fault)} (see {PROGRAM} --help)")
    except InputError as fault:
        return _refuse(str(fault))


_USAGE_ERROR: type[Exception] = next(
    (base for base in typer.BadParameter.__mro__ if base.__name__ == "UsageError"), typer.BadParameter
)
"""What Typer raises for every wrong command line; it lives in Click or in Typer's own copy of it, depending on the version."""

Paths = Annotated[list[str], typer.Argument(metavar="PATH…", help="Plan or state JSON, a directory, a .tf file, or -.")]
Vars = Annotated[
    list[str] | None,
    typer.Option("--var", metavar="NAME=VALUE", help="A variable of a directory of Terraform; may be repeated."),
]
VarFiles = Annotated[
    list[str] | None,
    typer.Option("--var-file", metavar="FILE", help="Variables of a directory of Terraform; may be repeated."),
]
Workspace = Annotated[
    str | None, typer.Option("--workspace", metavar="NAME", help="What terraform.workspace is in a directory.")
]
RunShow = Annotated[bool, typer.Option("--run-show", help="Let terraform or tofu turn a binary plan into JSON.")]
Colors = Annotated[Color, typer.Option("--color", help="NO_COLOR and FORCE_COLOR are respected.")]

_app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def _parse(arguments: Sequence[str]) -> Any:
    """The command of a command line, or the status where Typer has answered already (`check --help`)."""
    return _app(numbered_variables(numbered(_with_command(arguments))), prog_name=PROGRAM, standalone_mode=False)


def _with_command(arguments: Sequence[str]) -> list[str]:
    """The arguments with their command first: `check` where none is named."""
    before = ""
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        if before not in TAKES_VALUE and (argument == "-" or not argument.startswith("-")):
            if argument in COMMANDS:
                return [argument, *arguments[:index], *arguments[index + 1 :]]
            break
        before = argument
    return ["check", *arguments]


@_app.command()
@takes_flags
def check(
    paths: Paths,
    flags: Flags,
    format_: Annotated[
        list[ReportFormat] | None, typer.Option("--format", help="How the report is written; may be repeated.")
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option("--output", metavar="FILE", help="Where the report of the --format before it is written."),
    ] = None,
    run_show: RunShow = False,
    var: Vars = None,
    var_file: VarFiles = None,
    workspace: Workspace = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only the findings that fail the run.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Every hop, every gap, and what was read.")] = False,
    color: Colors = Color.AUTO,
) -> Command:
    """Say which DNS servers clients can reach, and what is wrong (the default command)."""
    variables = variable_arguments(var or (), var_file or ())
    asked = requests(format_ or (), output or ())

    def command() -> int:
        from tf_cvpn_lint.threshold import Threshold

        force = _in_force(flags, paths)
        threshold = Threshold(force.fail_on, force.strict)
        reading = Reading(tuple(paths), force.sources, run_show, variables, workspace)
        result = _judge(reading, force.controls, quiet=quiet, verbose=verbose)
        if flags.write_baseline is not None:
            result = _written_as_baseline(result, flags.write_baseline)
        _report(result, reading, threshold, asked, color, quiet=quiet, verbose=verbose)
        return threshold.exit_status(result)

    return command


@_app.command()
@takes_flags
def trace(
    paths: Paths,
    flags: Flags,
    format_: Annotated[Format, typer.Option("--format")] = Format.TEXT,
    run_show: RunShow = False,
    var: Vars = None,
    var_file: VarFiles = None,
    workspace: Workspace = None,
    color: Colors = Color.AUTO,
) -> Command:
    """Tell every hop of every DNS query, in words. Its status is 0 whatever becomes of them."""
    variables = variable_arguments(var or (), var_file or ())

    def command() -> int:
        force = _in_force(flags, paths)
        reading = Reading(tuple(paths), force.sources, run_show, variables, workspace)
        result = _judge(reading, force.controls)
        _print(lambda: _traces(result, reading, format_, color))
        return 0

    return command


@_app.command()
@takes_flags
def settings(
    action: Annotated[SettingsAction, typer.Argument(metavar="show", help="What is in force, and where it comes from.")],
    flags: Flags,
    paths: Annotated[list[str] | None, typer.Argument(metavar="[PATH…]", help="For these inputs; here by default.")] = None,
    color: Colors = Color.AUTO,
) -> Command:
    """Print every setting in force and where its value comes from."""

    def command() -> int:
        from tf_cvpn_lint.controls.in_force import show
        from tf_cvpn_lint.report.page import FAINT, STRONG, Page

        match action:
            case SettingsAction.SHOW:
                page = Page(sys.stdout, color)
                shown = list(show(_in_force(flags, paths or ["."])))

                def write() -> None:
                    for key, value, origin in shown:
                        told = (f"  # {origin}", FAINT) if origin else ""
                        page.line((key, STRONG), f" = {value}", told, hang=2)

                _print(write)
        return 0

    return command


@_app.command()
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Its id or its name.")], color: Colors = Color.AUTO
) -> Command:
    """Print the page of a rule."""

    def command() -> int:
        from tf_cvpn_lint.controls.selection import suggestion
        from tf_cvpn_lint.report.catalogue import write_page
        from tf_cvpn_lint.report.page import Page

        wanted, entries = rule.strip(), _catalogue()
        found = next((entry for entry in entries if wanted.upper() == entry.id or wanted.lower() == entry.name), None)
        if found is None:
            raise InputError(f"{wanted}: no rule has this id or name{suggestion(wanted, entries)}")
        _print(lambda: write_page(found, Page(sys.stdout, color), _example(found)))
        return 0

    return command


@_app.command()
def rules(
    format_: Annotated[CatalogueFormat, typer.Option("--format")] = CatalogueFormat.TEXT,
    select: Annotated[
        list[str] | None, typer.Option("--select", metavar="RULES", help="Those alone: ids, names, beginnings of ids.")
    ] = None,
    color: Colors = Color.AUTO,
) -> Command:
    """List the rules."""

    def command() -> int:
        from tf_cvpn_lint.controls.selection import Selection, known, split
        from tf_cvpn_lint.report import catalogue
        from tf_cvpn_lint.report.page import Page

        selectors = tuple(selector for text in select or () for selector in split(text))
        entries = _catalogue()
        if selectors:
            chosen = Selection(tuple(known(selector, entries) for selector in selectors))
            entries = tuple(entry for entry in entries if chosen.names(entry))
        match format_:
            case CatalogueFormat.TEXT:
                _print(lambda: catalogue.write_table(entries, Page(sys.stdout, color)))
            case CatalogueFormat.JSON:
                _print(lambda: _write_utf8(catalogue.as_json(entries)))
            case CatalogueFormat.MARKDOWN:
                _print(lambda: sys.stdout.write(catalogue.markdown_table(entries)))
        return 0

    return command


@_app.command("eval")
def evaluate(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A directory of Terraform.")],
    expression: Annotated[str, typer.Argument(metavar="EXPR", help="An expression of its root module.")],
    var: Vars = None,
    var_file: VarFiles = None,
    workspace: Workspace = None,
) -> Command:
    """Say what an expression is worth in a directory, or what it waits for."""
    variables = variable_arguments(var or (), var_file or ())

    def command() -> int:
        from tf_cvpn_lint.read.hcl.console import evaluate_text
        from tf_cvpn_lint.run import Options, hcl_options

        if not directory.is_dir():
            raise InputError(f"{directory}: not a directory; eval wants one that holds Terraform files")
        options = hcl_options(Options(variables=variables, workspace=workspace))
        lines = evaluate_text(directory, expression, options).split("\n")
        _print(lambda: sys.stdout.write("".join(f"{printable(line)}\n" for line in lines)))
        return 0

    return command


@_app.command()
def schema() -> Command:
    """Print the JSON Schema of the report."""

    def command() -> int:
        import json

        from tf_cvpn_lint.report.contract import json_schema

        text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
        _print(lambda: _write_utf8(text))
        return 0

    return command


def _catalogue() -> tuple[Rule, ...]:
    """The rules about networks, then those about the controls."""
    from tf_cvpn_lint.controls.engine_rules import ENGINE_RULES
    from tf_cvpn_policies import RULES

    return (*RULES, *ENGINE_RULES)


def _example(rule: Rule) -> str:
    """The fixture in which the rule speaks, from its page: that is among the package's files, or in the repository's documentation."""
    import tf_cvpn_policies

    package = Path(tf_cvpn_policies.__file__).parent
    for directory in (package / "pages", package.parent.parent / "docs" / "rules"):
        try:
            page = (directory / f"{rule.id}.md").read_text("utf-8")
        except OSError:
            continue
        return page.partition("## Example\n\n```hcl\n")[2].partition("\n```\n")[0]
    return ""


def _in_force(flags: Flags, paths: Sequence[str]) -> InForce:
    from tf_cvpn_lint.controls.in_force import in_force, settings_file
    from tf_cvpn_policies import RULES

    return in_force(flags, settings_file(flags, paths), RULES)


def _written_as_baseline(result: Result, file: Path) -> Result:
    """The result after its findings were written as a baseline: that baseline holds them all."""
    from tf_cvpn_lint.controls import baseline
    from tf_cvpn_lint.run import with_baseline

    count = baseline.write(file, result.findings)
    _remark(f"{file}: {count} {'finding' if count == 1 else 'findings'} written; --baseline {file} makes them known")
    return with_baseline(result, baseline.entries(result.findings))


def _judge(reading: Reading, controls: Controls, *, quiet: bool = False, verbose: bool = False) -> Result:
    from tf_cvpn_lint.run import run
    from tf_cvpn_policies import RULES

    for directory in reading.sources:
        if not directory.is_dir():
            raise InputError(f"--source {directory}: not a directory; name the one that holds the plan's .tf files")
    result = run(reading.paths, RULES, _options(reading), controls)
    for judgement in result.judgements:
        if verbose:
            resources = len(judgement.configuration.resources)
            kinds = ", ".join(dict.fromkeys(read.kind for read in judgement.configuration.inputs))
            _remark(f"{judgement.path}: {kinds}, {resources} resources, {len(judgement.endpoints)} endpoints")
        if not judgement.endpoints and not quiet:
            gaps = judgement.may_hide_endpoints
            unread = f"; what was not read may hold some: {gaps[0].subject} ({gaps[0].why})" if gaps else ""
            _remark(f"{judgement.path}: no Client VPN endpoint here, nothing to judge{unread}")
    if result.removable and not quiet:
        told = ", ".join(f"{entry.rule} of {entry.address}" for entry in result.removable[:4])
        more = f" and {len(result.removable) - 4} more" if len(result.removable) > 4 else ""
        _remark(f"the baseline holds what is fixed: {told}{more}; write it again with --write-baseline")
    return result


def _options(reading: Reading) -> Options:
    from tf_cvpn_lint.run import Options

    return Options(reading.sources, reading.variables, reading.workspace, reading.run_show)


def _report(
    result: Result,
    reading: Reading,
    threshold: Threshold,
    asked: tuple[Request, ...],
    color: Color,
    *,
    quiet: bool,
    verbose: bool,
) -> None:
    """Files first: nothing is printed where one of them cannot be written."""

    def rendered(format_: ReportFormat) -> str:
        from tf_cvpn_lint.report.rendering import render

        if format_ is not ReportFormat.TEXT:
            return render(format_, result, _catalogue(), threshold.is_failed_by, Path.cwd(), reading.sources)
        stream = io.StringIO()
        as_text(stream, Color.ALWAYS if color is Color.ALWAYS else Color.NEVER)
        return stream.getvalue()

    def as_text(stream: TextIO, color: Color) -> None:
        from tf_cvpn_lint.report import text
        from tf_cvpn_lint.report.page import Page

        page = Page(stream, color)
        if quiet:
            text.write_only_findings(result, page, reading.sources, threshold.is_failed_by)
        elif result.endpoints or result.findings:
            text.write(result, page, reading.sources, verbose=verbose)

    if files := [(request.file, rendered(request.format)) for request in asked if request.file is not None]:
        from tf_cvpn_lint.report.files import write_files

        write_files(files)
    for format_ in (request.format for request in asked if request.file is None):
        if format_ is ReportFormat.TEXT:
            _print(lambda: as_text(sys.stdout, color))
        else:
            _print(partial(_write_utf8, rendered(format_)))


def _traces(result: Result, reading: Reading, format_: Format, color: Color) -> None:
    if format_ is Format.JSON:
        from tf_cvpn_lint.report import document

        _write_utf8(document.write(result))
        return
    from tf_cvpn_lint.report import text
    from tf_cvpn_lint.report.page import Page

    text.write_traces(result, Page(sys.stdout, color), reading.sources)


def _print(write: Callable[[], object]) -> None:
    """Writes to standard output; that nobody reads on is no fault."""
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered must not be written again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_utf8(text: str) -> None:
    """What programs read is UTF-8 wherever it goes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(text)


def _prepare_streams() -> None:
    """What a terminal cannot show is escaped instead of failing the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _usage(fault: Exception) -> str:
    describe = getattr(fault, "format_message", None)
    return str(describe() if callable(describe) else fault).rstrip(".")


def _refuse(reason: str) -> int:
    _remark(reason)
    return 2


def _remark(words: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"{PROGRAM}: {printable(' '.join(words.split()))}\n")
