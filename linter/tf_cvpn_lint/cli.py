"""The command line: options in, exit status out. Findings go to standard output, everything about the run to standard error."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from typer.models import OptionInfo

from tf_cvpn_lint.commands import (
    PROGRAM,
    Command,
    Reading,
    all_rules,
    check_inputs,
    controls_of,
    example,
    judge,
    printed,
    refuse,
    run_command,
    write_traces,
    write_utf8,
)
from tf_cvpn_lint.completion import Option, Shell, Takes, Words, script
from tf_cvpn_lint.controls.flags import Flags, takes_flags
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.report.printable import inert, printable
from tf_cvpn_lint.report.requests import numbered, requests
from tf_cvpn_lint.settings import CatalogueFormat, Color, Format, ReportFormat, SettingsAction
from tf_cvpn_lint.usage import COMMANDS, TAKES_VALUE
from tf_cvpn_lint.variable_arguments import numbered_variables, variable_arguments


def command_line(arguments: Sequence[str]) -> int:
    """Runs one command line.

    An `InputError` becomes one line on standard error and status 2. A pipe that the reader closed ends the output and changes nothing
    else. Anything else that is raised is our bug.
    """

    def parsed() -> int:
        try:
            command = _parse(arguments)
        except _USAGE_ERROR as fault:
            return refuse(f"{_usage(fault)} (see {PROGRAM} --help)")
        return command() if callable(command) else int(command or 0)

    return run_command(parsed)


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

_MORE = f"{PROGRAM} --help has what may be combined, examples, exit statuses, environment and files."
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


@_app.command(epilog=_MORE)
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
    reading = Reading(tuple(paths), run_show, variables, workspace)
    return partial(check_inputs, reading, flags, asked, color, quiet=quiet, verbose=verbose)


@_app.command(epilog=_MORE)
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
        judged = judge(Reading(tuple(paths), run_show, variables, workspace), flags)
        printed(lambda: write_traces(judged, format_, color))
        return 0

    return command


@_app.command(epilog=_MORE)
@takes_flags
def settings(
    action: Annotated[
        SettingsAction, typer.Argument(metavar="show", help="What is in force, and where it comes from.")
    ],
    flags: Flags,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH…]", help="For these inputs; here by default.")
    ] = None,
    color: Colors = Color.AUTO,
) -> Command:
    """Print every setting in force and where its value comes from."""

    def command() -> int:
        from tf_cvpn_lint.controls.in_force import show
        from tf_cvpn_lint.report.page import FAINT, STRONG, Page
        from tf_cvpn_lint.run import inputs

        match action:
            case SettingsAction.SHOW:
                page = Page(sys.stdout, color)
                parts = controls_of(flags, inputs(paths or ["."]))
                shown = [(part.paths, list(show(part.force))) for part in parts]

                def write() -> None:
                    for number, (theirs, entries) in enumerate(shown):
                        if len(shown) > 1:
                            if number:
                                page.blank()
                            page.line((f"# {', '.join(theirs)}", FAINT), hang=2)
                        for key, value, origin in entries:
                            told = (f"  # {origin}", FAINT) if origin else ""
                            page.line((key, STRONG), f" = {value}", told, hang=2)

                printed(write)
        return 0

    return command


@_app.command(epilog=_MORE)
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Its id or its name.")], color: Colors = Color.AUTO
) -> Command:
    """Print the page of a rule."""

    def command() -> int:
        from tf_cvpn_lint.controls.selection import suggestion
        from tf_cvpn_lint.report.catalogue import write_page
        from tf_cvpn_lint.report.page import Page

        wanted, entries = rule.strip(), all_rules()
        found = next((entry for entry in entries if wanted.upper() == entry.id or wanted.lower() == entry.name), None)
        if found is None:
            raise InputError(f"{wanted}: no rule has this id or name{suggestion(wanted, entries)}")
        printed(lambda: write_page(found, Page(sys.stdout, color), example(found)))
        return 0

    return command


@_app.command(epilog=_MORE)
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
        entries = all_rules()
        if selectors:
            chosen = Selection(tuple(known(selector, entries) for selector in selectors))
            entries = tuple(entry for entry in entries if chosen.names(entry))
        match format_:
            case CatalogueFormat.TEXT:
                printed(lambda: catalogue.write_table(entries, Page(sys.stdout, color)))
            case CatalogueFormat.JSON:
                printed(lambda: write_utf8(catalogue.as_json(entries)))
            case CatalogueFormat.MARKDOWN:
                printed(lambda: sys.stdout.write(catalogue.markdown_table(entries)))
        return 0

    return command


@_app.command("eval", epilog=_MORE)
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
        printed(lambda: sys.stdout.write("".join(f"{inert(printable(line))}\n" for line in lines)))
        return 0

    return command


@_app.command(epilog=_MORE)
def schema() -> Command:
    """Print the JSON Schema of the report."""

    def command() -> int:
        import json

        from tf_cvpn_lint.report.contract import json_schema

        text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
        printed(lambda: write_utf8(text))
        return 0

    return command


@_app.command(epilog=_MORE)
def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")],
) -> Command:
    """Print what a shell can complete; its first lines say where it goes."""

    def command() -> int:
        text = script(shell, completed_commands())
        printed(lambda: write_utf8(text))
        return 0

    return command


def completed_commands() -> dict[str, Words]:
    """What may follow each command, as the command line itself has it."""
    told = {}
    for registered in _app.registered_commands:
        if registered.callback is not None:
            name = registered.name or registered.callback.__name__
            told[name] = _words(name, registered.callback)
    hook = Option(("--all",), "every configuration of the repository", Takes.NOTHING)
    told["hook"] = Words("Check what changed files belong to", (hook, *told["check"].options), Takes.FILE)
    told["checkov-dir"] = Words("Print the folder of our checks for Checkov", (_HELP,), Takes.NOTHING)
    checkov = Option(("--checkov",), "the program that is proved", Takes.FILE)
    told["checkov-doctor"] = Words("Prove that Checkov runs our checks", (checkov, _HELP), Takes.NOTHING)
    return told


_HELP = Option(("--help",), "what the command does and takes", Takes.NOTHING)
_LEVELS = ("error", "warning", "note")


def _words(name: str, callback: Callable[..., Any]) -> Words:
    declared = inspect.signature(callback, eval_str=True).parameters.values()
    options = tuple(option for parameter in declared if (option := _option(parameter.annotation)) is not None)
    rules = tuple(word for rule in all_rules() for word in (rule.id, rule.name))
    arguments: dict[str, tuple[Takes, tuple[str, ...]]] = {
        "explain": (Takes.TEXT, rules),
        "settings": (Takes.FILE, tuple(SettingsAction)),
        "completion": (Takes.TEXT, tuple(Shell)),
        "eval": (Takes.DIRECTORY, ()),
        "rules": (Takes.NOTHING, ()),
        "schema": (Takes.NOTHING, ()),
    }
    takes, words = arguments.get(name, (Takes.FILE, ()))
    sentence = inspect.getdoc(callback) or ""
    return Words(sentence.split("\n")[0].split(". ")[0].rstrip("."), (*options, _HELP), takes, words)


def _option(annotation: Any) -> Option | None:
    """An option as it is declared; what its value may be is known by its type, and for some by the word in its place."""
    type_, *declared = get_args(annotation)
    info = next((each for each in declared if isinstance(each, OptionInfo)), None)
    if info is None:
        return None
    spelled = (info.default, *(info.param_decls or ()))  # in an annotation the first name stands where a default would
    names = tuple(name for text in spelled if isinstance(text, str) for name in text.split("/"))
    inner = get_args(type_)
    types = (type_, *inner, *(part for each in inner for part in get_args(each)))
    choices = next(
        (tuple(str(each) for each in part) for part in types if isinstance(part, type) and issubclass(part, StrEnum)),
        (),
    )
    if info.metavar == "RULES":
        choices = ("all", *(rule.id for rule in all_rules()))
    elif info.metavar == "RULE=LEVEL":
        choices = tuple(f"{rule.id}={level}" for rule in all_rules() for level in _LEVELS)
    if bool in types:
        takes = Takes.NOTHING
    elif info.metavar == "DIR":
        takes = Takes.DIRECTORY
    else:
        takes = Takes.FILE if info.metavar == "FILE" else Takes.TEXT
    return Option(names, str(info.help or "").rstrip("."), takes, choices)


def _usage(fault: Exception) -> str:
    describe = getattr(fault, "format_message", None)
    return str(describe() if callable(describe) else fault).rstrip(".")
