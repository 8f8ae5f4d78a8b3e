"""What the commands do once their options are read: they judge, print, and return the exit status.

Nothing here knows how a command line is parsed: `cli` reads all of them with Typer, and `plainly_asked` the plainest without.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tf_cvpn_lint.controls.flags import Flags
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.report.printable import printable
from tf_cvpn_lint.report.progress import progress
from tf_cvpn_lint.report.requests import Request, requests
from tf_cvpn_lint.settings import Color, Format, ReportFormat
from tf_cvpn_lint.usage import COMMANDS
from tf_cvpn_lint.variable_arguments import VariableArgument

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


def run_command(command: Command) -> int:
    """Runs a command. An `InputError` becomes one line on standard error and status 2."""
    prepare_streams()
    try:
        return command()
    except InputError as fault:
        return refuse(str(fault))
    except OSError as fault:
        if fault.errno == errno.ENAMETOOLONG:
            return refuse("a path is longer than the system takes")
        raise


def plainly_asked(arguments: Sequence[str]) -> Command | None:
    """The command of a line that asks to check paths with few and plain options; None for every other, which Typer reads.

    Typer and what it imports take a third of the time that a small plan takes, and a hook is called with paths alone.
    """
    rest = list(arguments)
    is_named = rest[:1] == ["check"]
    if is_named:
        rest.pop(0)
    paths: list[str] = []
    formats: list[ReportFormat] = []
    color = Color.AUTO
    said: set[str] = set()
    while rest:
        argument = rest.pop(0)
        name, equals, value = argument.partition("=")
        if argument == "--":
            paths += rest
            break
        if not argument.startswith("-") or argument == "-":
            if not paths and not is_named and argument in COMMANDS:
                return None
            paths.append(argument)
        elif argument in ("--quiet", "--verbose", "--no-config"):
            said.add(argument)
        elif name in ("--format", "--color") and (equals or rest):
            value = value if equals else rest.pop(0)
            if name == "--format" and value in set(ReportFormat):
                formats.append(ReportFormat(value))
            elif name == "--color" and value in set(Color):
                color = Color(value)
            else:
                return None
        else:
            return None
    if not paths:
        return None

    def command() -> int:
        flags = Flags(no_config="--no-config" in said)
        reading = Reading(tuple(paths), (), run_show=False)
        quiet, verbose = "--quiet" in said, "--verbose" in said
        return check_inputs(reading, flags, requests(formats, ()), color, quiet=quiet, verbose=verbose)

    return command


def check_inputs(
    reading: Reading, flags: Flags, asked: tuple[Request, ...], color: Color, *, quiet: bool, verbose: bool
) -> int:
    """What `check` does. `reading.sources` are those that the settings name or the flags."""
    from tf_cvpn_lint.threshold import Threshold

    force = controls_of(flags, reading.paths)
    threshold = Threshold(force.fail_on, force.strict)
    reading = replace(reading, sources=force.sources)
    result = judge(reading, force.controls, quiet=quiet, verbose=verbose)
    if flags.write_baseline is not None:
        result = _written_as_baseline(result, flags.write_baseline)
    _report(result, reading, threshold, asked, color, quiet=quiet, verbose=verbose)
    return threshold.exit_status(result)


def all_rules() -> tuple[Rule, ...]:
    """The rules about networks, then those about the controls."""
    from tf_cvpn_lint.controls.engine_rules import ENGINE_RULES
    from tf_cvpn_policies import RULES

    return (*RULES, *ENGINE_RULES)


def example(rule: Rule) -> str:
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


def controls_of(flags: Flags, paths: Sequence[str]) -> InForce:
    from tf_cvpn_lint.controls.in_force import in_force, settings_file
    from tf_cvpn_policies import RULES

    return in_force(flags, settings_file(flags, paths), RULES)


def _written_as_baseline(result: Result, file: Path) -> Result:
    """The result after its findings were written as a baseline: that baseline holds them all."""
    from tf_cvpn_lint.controls import baseline
    from tf_cvpn_lint.run import with_baseline

    count = baseline.write(file, result.findings)
    remark(f"{file}: {count} {'finding' if count == 1 else 'findings'} written; --baseline {file} makes them known")
    return with_baseline(result, baseline.entries(result.findings))


def judge(reading: Reading, controls: Controls, *, quiet: bool = False, verbose: bool = False) -> Result:
    from tf_cvpn_lint.run import run
    from tf_cvpn_policies import RULES

    for directory in reading.sources:
        if not directory.is_dir():
            raise InputError(f"--source {directory}: not a directory; name the one that holds the plan's .tf files")
    doing = reading.paths[0] if len(reading.paths) == 1 else f"{len(reading.paths)} inputs"
    with progress(sys.stderr, f"judging {doing}"):
        result = run(reading.paths, RULES, _options(reading), controls)
    for judgement in result.judgements:
        if verbose:
            resources = len(judgement.configuration.resources)
            kinds = ", ".join(dict.fromkeys(read.kind for read in judgement.configuration.inputs))
            remark(f"{judgement.path}: {kinds}, {resources} resources, {len(judgement.endpoints)} endpoints")
        if not judgement.endpoints and not quiet:
            gaps = judgement.may_hide_endpoints
            unread = f"; what was not read may hold some: {gaps[0].subject} ({gaps[0].why})" if gaps else ""
            remark(f"{judgement.path}: no Client VPN endpoint here, nothing to judge{unread}")
    if result.removable and not quiet:
        told = ", ".join(f"{entry.rule} of {entry.address}" for entry in result.removable[:4])
        more = f" and {len(result.removable) - 4} more" if len(result.removable) > 4 else ""
        remark(f"the baseline holds what is fixed: {told}{more}; write it again with --write-baseline")
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
            return render(format_, result, all_rules(), threshold.is_failed_by, Path.cwd(), reading.sources)
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
            printed(lambda: as_text(sys.stdout, color))
        else:
            printed(partial(write_utf8, rendered(format_)))


def write_traces(result: Result, reading: Reading, format_: Format, color: Color) -> None:
    if format_ is Format.JSON:
        from tf_cvpn_lint.report import document

        write_utf8(document.write(result))
        return
    from tf_cvpn_lint.report import text
    from tf_cvpn_lint.report.page import Page

    text.write_traces(result, Page(sys.stdout, color), reading.sources)


def printed(write: Callable[[], object]) -> None:
    """Writes to standard output; that nobody reads on is no fault."""
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered must not be written again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as fault:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor what a full disk did not take
        raise InputError(f"standard output cannot be written: {fault.strerror or fault}") from None


def write_utf8(text: str) -> None:
    """What programs read is UTF-8 wherever it goes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(text)


def prepare_streams() -> None:
    """What a terminal cannot show is escaped instead of failing the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def refuse(reason: str) -> int:
    remark(reason)
    return 2


def remark(words: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"{PROGRAM}: {printable(' '.join(words.split()))}\n")
