"""What the commands do once their options are read: they judge, print, and return the exit status.

Nothing here knows how a command line is parsed: `cli` reads all of them with Typer, and `plainly_asked` the plainest without.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tf_cvpn_lint.controls.flags import Flags
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.records import dataclass, replace
from tf_cvpn_lint.report.printable import inert, inert_marks, printable
from tf_cvpn_lint.report.progress import Progress, progress
from tf_cvpn_lint.report.requests import Request, requests
from tf_cvpn_lint.settings import Color, Format, ReportFormat
from tf_cvpn_lint.usage import COMMANDS
from tf_cvpn_lint.variable_arguments import VariableArgument

if TYPE_CHECKING:
    from tf_cvpn_lint.controls.in_force import InForce
    from tf_cvpn_lint.result import BaselineEntry, Result
    from tf_cvpn_lint.rules import Finding, Rule
    from tf_cvpn_lint.threshold import Threshold

PROGRAM = "tf-cvpn-lint"
Command = Callable[[], int]
"""What a command line asks for, ready to be run: it prints, and returns the exit status."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is judged, and how it is read."""

    paths: tuple[str, ...]
    run_show: bool
    variables: tuple[VariableArgument, ...] = ()
    workspace: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The inputs of a run that have their settings in common."""

    force: InForce
    paths: tuple[str, ...]

    @property
    def threshold(self) -> Threshold:
        from tf_cvpn_lint.threshold import Threshold

        return Threshold(self.force.fail_on, self.force.strict)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run came to, and by which settings."""

    result: Result
    paths: tuple[str, ...]
    """What was judged, in the order of the result."""
    parts: tuple[Part, ...]

    def of(self, result: Result) -> Judged:
        """Another result of the same inputs."""
        return replace(self, result=result)

    @property
    def sources(self) -> tuple[Path, ...]:
        """The directories with the Terraform files of plans, of all parts."""
        return tuple(dict.fromkeys(each for part in self.parts for each in part.force.sources))

    def is_failed_by(self, number: int, finding: Finding) -> bool:
        """Whether a finding of the input with this number fails the run, by the settings of that input."""
        path = self.paths[number]
        return any(part.threshold.is_failed_by(finding) for part in self.parts if path in part.paths)

    @property
    def exit_status(self) -> int:
        """1 where one of the parts fails."""
        return max(part.threshold.exit_status(self.result.among(self.paths, part.paths)) for part in self.parts)


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
        if isinstance(fault, FileNotFoundError) and fault.filename is None:
            return refuse("the directory that this runs in is not there any more")
        named = f"{fault.filename}: " if isinstance(fault.filename, str) else ""
        return refuse(f"{named}{fault.strerror or type(fault).__name__}")


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
        reading = Reading(tuple(paths), run_show=False)
        quiet, verbose = "--quiet" in said, "--verbose" in said
        return check_inputs(reading, flags, requests(formats, ()), color, quiet=quiet, verbose=verbose)

    return command


def check_inputs(
    reading: Reading, flags: Flags, asked: tuple[Request, ...], color: Color, *, quiet: bool, verbose: bool
) -> int:
    """What `check` does."""
    judged = judge(reading, flags, quiet=quiet, verbose=verbose)
    if flags.write_baseline is not None:
        judged = judged.of(_written_as_baseline(judged.result, flags.write_baseline))
    _report(judged, asked, color, quiet=quiet, verbose=verbose)
    return judged.exit_status


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


def controls_of(flags: Flags, paths: Sequence[str]) -> tuple[Part, ...]:
    """The settings in force, for the inputs that have them in common."""
    from tf_cvpn_lint.controls.in_force import in_force, settings_files
    from tf_cvpn_policies import RULES

    return tuple(Part(in_force(flags, file, RULES), theirs) for file, theirs in settings_files(flags, paths))


def _written_as_baseline(result: Result, file: Path) -> Result:
    """The result after its findings were written as a baseline: that baseline holds them all."""
    from tf_cvpn_lint.controls import baseline
    from tf_cvpn_lint.run import with_baseline

    count = baseline.write(file, result.findings)
    remark(f"{file}: {count} {'finding' if count == 1 else 'findings'} written; --baseline {file} makes them known")
    return with_baseline(result, baseline.entries(result.findings))


def judge(reading: Reading, flags: Flags, *, quiet: bool = False, verbose: bool = False) -> Judged:
    """Judges every input by the settings that are its own."""
    from tf_cvpn_lint.run import inputs

    paths = inputs(reading.paths)
    parts = controls_of(flags, paths)
    for directory in (each for part in parts for each in part.force.sources):
        if not directory.is_dir():
            raise InputError(f"--source {directory}: not a directory; name the one that holds the plan's .tf files")
    with progress(sys.stderr, len(paths)) as watched:
        result = _result(reading, flags, paths, parts, watched)
    _remark_on(result, quiet=quiet, verbose=verbose)
    return Judged(result, paths, parts)


def _result(
    reading: Reading, flags: Flags, paths: tuple[str, ...], parts: tuple[Part, ...], watched: Progress
) -> Result:
    from tf_cvpn_lint.controls.in_force import Controls, in_force
    from tf_cvpn_lint.result import Result
    from tf_cvpn_lint.run import Options, concluded, examined, together, with_baseline
    from tf_cvpn_policies import RULES

    def of(part: Part) -> Result:
        options = Options(part.force.sources, reading.variables, reading.workspace, reading.run_show)
        return Result(examined(watched.through(part.paths), RULES, options, part.force.controls))

    if len(parts) == 1:
        return concluded(of(parts[0]), parts[0].force.controls)
    # What files say holds for their inputs, what flags say for all of them together.
    results = []
    for part in parts:
        controls = part.force.controls
        written = tuple(each for each in controls.expectations if each.location is not None)
        results.append(concluded(of(part), replace(controls, expectations=written, baseline=None)))
    said = in_force(flags, None, RULES).controls
    result = together(paths, [part.paths for part in parts], results)
    result = concluded(result, Controls(selection=said.selection, expectations=said.expectations))
    baselines: dict[Path, list[Part]] = {}
    for part in parts:
        if part.force.baseline is not None and part.force.controls.baseline is not None:
            baselines.setdefault(part.force.baseline.resolve(), []).append(part)
    removable: list[BaselineEntry] = []
    for sharing in baselines.values():
        theirs = {path for part in sharing for path in part.paths}
        known = with_baseline(result.among(paths, theirs), sharing[0].force.controls.baseline or ())
        removable += known.removable
        halves = [path for path in paths if path in theirs], [path for path in paths if path not in theirs]
        result = together(paths, halves, [known, result.among(paths, halves[1])])
    return replace(result, removable=tuple(sorted(removable)))


def _remark_on(result: Result, *, quiet: bool, verbose: bool) -> None:
    if fault := _parsers_fault():
        remark(f"what is more than plain HCL cannot be read here: {fault}")
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


def _parsers_fault() -> str:
    """What is wrong with the parser of sources, where any were read; empty where nothing is."""
    parse = sys.modules.get("tf_cvpn_lint.read.hcl.parse")
    if parse is None:
        return ""
    try:
        parse.check_parser()
    except InputError as fault:
        return str(fault)
    return ""


def _report(
    judged: Judged,
    asked: tuple[Request, ...],
    color: Color,
    *,
    quiet: bool,
    verbose: bool,
) -> None:
    """Files first: nothing is printed where one of them cannot be written."""
    result, sources, is_failed_by = judged.result, judged.sources, judged.is_failed_by

    def rendered(format_: ReportFormat) -> str:
        from tf_cvpn_lint.report.rendering import render

        if format_ is not ReportFormat.TEXT:
            return render(format_, result, all_rules(), is_failed_by, Path.cwd(), sources)
        stream = io.StringIO()
        as_text(stream, Color.ALWAYS if color is Color.ALWAYS else Color.NEVER)
        return stream.getvalue()

    def document_parts() -> Iterable[str]:
        from tf_cvpn_lint.report import document
        from tf_cvpn_lint.report.instances import merged

        return document.parts(merged(result))

    def as_text(stream: TextIO, color: Color) -> None:
        from tf_cvpn_lint.report import text
        from tf_cvpn_lint.report.page import Page

        page = Page(stream, color)
        if quiet:
            text.write_only_findings(result, page, sources, is_failed_by)
        elif result.endpoints or result.findings:
            text.write(result, page, sources, verbose=verbose)

    if files := [(request.file, rendered(request.format)) for request in asked if request.file is not None]:
        from tf_cvpn_lint.report.files import write_files

        write_files(files)
    for format_ in (request.format for request in asked if request.file is None):
        if format_ is ReportFormat.TEXT:
            printed(lambda: as_text(sys.stdout, color))
        else:
            # Lines of JSON begin with no colon, and those of GitHub's own commands are meant to.
            safe = inert_marks if format_ in _WITHOUT_COLONS else inert
            told = document_parts() if format_ is ReportFormat.JSON else rendered(format_)
            printed(partial(write_utf8, told, safe))


_WITHOUT_COLONS = (ReportFormat.JSON, ReportFormat.SARIF, ReportFormat.GITLAB, ReportFormat.GITHUB)


def write_traces(judged: Judged, format_: Format, color: Color) -> None:
    if format_ is Format.JSON:
        from tf_cvpn_lint.report import document

        write_utf8(document.write(judged.result))
        return
    from tf_cvpn_lint.report import text
    from tf_cvpn_lint.report.page import Page

    text.write_traces(judged.result, Page(sys.stdout, color), judged.sources)


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


def write_utf8(text: str | Iterable[str], safe: Callable[[str], str] = inert_marks) -> None:
    """What programs read is UTF-8 wherever it goes. Standard output is often a log, so nothing in it is a command to what reads logs.

    What comes in parts is written part by part; each begins and ends where no such command could be torn apart.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    for part in (text,) if isinstance(text, str) else text:
        sys.stdout.write(safe(part))


def prepare_streams() -> None:
    """What a terminal cannot show is escaped instead of failing the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def refuse(reason: str) -> int:
    remark(reason)
    return 2


def remark(words: str) -> None:
    """One line on standard error, where that can be written."""
    try:
        sys.stderr.write(f"{PROGRAM}: {inert_marks(printable(' '.join(words.split())))}\n")
    except OSError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno()
        )  # the interpreter would try again, and end with a status of its own
