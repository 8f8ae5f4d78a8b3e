"""Writes the page of the report formats: which there are, the command for each, and what it gives for one of the fixtures."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import get_args

from tf_cvpn_lint.cli import completed_commands
from tf_cvpn_lint.controls.engine_rules import ENGINE_RULES
from tf_cvpn_lint.report import text
from tf_cvpn_lint.report.page import Page
from tf_cvpn_lint.report.rendering import RenderedFormat, render
from tf_cvpn_lint.result import Result
from tf_cvpn_lint.run import Options, run
from tf_cvpn_lint.settings import Color, ReportFormat
from tf_cvpn_lint.threshold import Threshold
from tf_cvpn_policies import RULES

ROOT = Path(__file__).resolve().parent.parent
INPUT = "fixtures/networks/transit-gateway-not-in-zone-b"
PAGE = ROOT / "docs" / "formats.md"
SAMPLES = ROOT / "docs" / "samples"
LANGUAGES = {
    ReportFormat.JUNIT: "xml",
    ReportFormat.GITHUB: "text",
    ReportFormat.GITLAB: "json",
    ReportFormat.MARKDOWN: "markdown",
    ReportFormat.DOT: "dot",
    ReportFormat.MERMAID: "mermaid",
}
TEXT = "[text](../README.md#what-it-says)"
PLACES = (
    ("a terminal, a log", "tf-cvpn-lint plan.json", "[README](../README.md#what-it-says)"),
    ("every hop, in words", "tf-cvpn-lint trace plan.json", "[trace.txt](samples/trace.txt)"),
    ("a script", "tf-cvpn-lint --format json plan.json", "[report.json](samples/report.json)"),
    ("GitHub code scanning, an editor", "tf-cvpn-lint --format sarif plan.json", "[sarif](#sarif)"),
    ("a test report (Jenkins, GitLab, Azure)", "tf-cvpn-lint --format junit plan.json", "[junit](#junit)"),
    ("annotations of a GitHub job", "tf-cvpn-lint --format github plan.json", "[github](#github)"),
    ("GitLab merge request widget", "tf-cvpn-lint --format gitlab plan.json", "[gitlab](#gitlab)"),
    ("a pull request comment, a job summary", "tf-cvpn-lint --format markdown plan.json", "[markdown](#markdown)"),
    ("a page to look at, to send, to keep", "tf-cvpn-lint --format html plan.json", "[html](#html)"),
    ("a picture of the network", "tf-cvpn-lint --format dot plan.json", "[dot](#dot)"),
    ("a picture in a README or wiki", "tf-cvpn-lint --format mermaid plan.json", "[mermaid](#mermaid)"),
    ("a commit", "pre-commit run tf-cvpn-lint", "[hook](hooks.md#what-it-says)"),
    (
        "Checkov",
        'checkov --file plan.json --external-checks-dir "$(tf-cvpn-lint checkov-dir)"',
        "[checkov](checkov.md#what-it-says)",
    ),
    (
        "a GitHub pull request",
        "uses: this repository, `comment: true`",
        "[the comment](samples/pull-request.md), [recipe](recipes.md#github)",
    ),
    (
        "a GitLab merge request",
        "tf-cvpn-lint --format gitlab --output gl-code-quality.json plan.json",
        "[gitlab](#gitlab), [recipe](recipes.md#gitlab)",
    ),
    ("Atlantis", 'tf-cvpn-lint --color never --source . "$SHOWFILE"', f"{TEXT}, [recipe](recipes.md#atlantis)"),
    ("Terragrunt", "tf-cvpn-lint tfplan.json", f"{TEXT}, [recipe](recipes.md#terragrunt)"),
    (
        "HCP Terraform",
        'tf-cvpn-lint --format json --format html --output "$RUN_ID.html" -',
        "[html](#html), [recipe](recipes.md#hcp-terraform)",
    ),
    (
        "a container",
        'docker run --rm -v "$PWD:/src:ro" tf-cvpn-lint plan.json',
        f"{TEXT}, [recipe](recipes.md#a-container)",
    ),
    ("a shell", 'eval "$(tf-cvpn-lint completion bash)"', "[completion](#shell-completion)"),
)
"""Format or place, command, where a sample is."""


def generated() -> Iterator[tuple[Path, str]]:
    """The page, and the samples that are files."""
    yield PAGE, page()
    yield SAMPLES / "report.html", sample(ReportFormat.HTML)
    yield SAMPLES / "report.json", sample(ReportFormat.JSON).replace(f"{ROOT}/", "")
    yield SAMPLES / "trace.txt", traces()


@lru_cache(maxsize=1)
def _judged() -> Result:
    return run([f"{ROOT}/{INPUT}/plan.json"], RULES, Options())


def sample(format_: RenderedFormat) -> str:
    """What the program writes for the fixture."""
    return render(
        format_, _judged(), (*RULES, *ENGINE_RULES), lambda _, finding: Threshold().is_failed_by(finding), ROOT
    )


def traces() -> str:
    """What `trace` prints for the fixture, asked from the root of the repository: where lines end depends on the paths in them."""
    stream = io.StringIO()
    with contextlib.chdir(ROOT):
        judged = run([f"{INPUT}/plan.json"], RULES, Options())
        text.write_traces(judged, Page(stream, Color.NEVER, 100), ())
    return stream.getvalue()


def table() -> str:
    """Format or place, command, sample: for README too, whose links begin elsewhere."""
    rows = ["| format or place | command | sample |", "| --- | --- | --- |"]
    for place, command, link in PLACES:
        rows.append(f"| {place} | {command if command.startswith('uses:') else f'`{command}`'} | {link} |")
    return "\n".join(rows) + "\n"


def readme_table() -> str:
    """The same table with links from the root of the repository."""
    told = table().replace("](../README.md#", "](#")
    told = re.sub(r"\]\((recipes|hooks|checkov|samples)(?=[./])", r"](docs/\1", told)
    return re.sub(r"\]\(#(?!what-it-says)", "](docs/formats.md#", told)


def completion() -> str:
    """A few of the words that shells are given."""
    commands = completed_commands()
    formats = next(option.words for option in commands["check"].options if "--format" in option.names)
    lines = [
        ("tf-cvpn-lint <Tab>", commands),
        ("tf-cvpn-lint --format <Tab>", formats),
        ("tf-cvpn-lint explain CVPN10<Tab>", [word for word in commands["explain"].words if word.startswith("CVPN10")]),
    ]
    return "".join(f"$ {typed}\n{' '.join(words)}\n" for typed, words in lines)


def page() -> str:
    """The whole page."""
    parts = [
        "# Formats",
        INTRODUCTION,
        "```sh\ntf-cvpn-lint --format text --format sarif --output report.sarif --format html --output report.html plan.json\n```",
        table().rstrip(),
        SAMPLED,
        *_sarif(),
    ]
    for format_ in get_args(RenderedFormat):
        if format_ in LANGUAGES:
            told = sample(format_).rstrip("\n")
            longest = max((len(ticks) for ticks in re.findall(r"`{3,}", told)), default=2)
            fence = "`" * (longest + 1)
            parts += [f"## {format_.value}", NOTES[format_], f"{fence}{LANGUAGES[format_]}\n{told}\n{fence}"]
            if format_ is ReportFormat.MARKDOWN:
                parts += _html()
    parts += ["## Shell completion", COMPLETION, f"```console\n{completion()}```", KNOWN_GAPS]
    return "\n\n".join(parts) + "\n"


def _sarif() -> list[str]:
    """One result, with the hop of its code flow that drops the query; the file has all rules and all hops."""
    log = json.loads(sample(ReportFormat.SARIF))["runs"][0]
    result = log["results"][0]
    (thread,) = result["codeFlows"][0]["threadFlows"]
    hops = thread["locations"]
    thread["locations"] = [hop for hop in hops if hop["importance"] == "essential"]
    told = json.dumps(result, indent=2, ensure_ascii=False)
    return [
        "## sarif",
        NOTES[ReportFormat.SARIF],
        f"The first of {len(log['results'])} results; of the {len(hops)} hops of its code flow the one that drops the query:",
        f"```json\n{told}\n```",
    ]


def _html() -> list[str]:
    return ["## html", NOTES[ReportFormat.HTML], "[samples/report.html](samples/report.html)"]


INTRODUCTION = """\
Generated by `make docs`. `--format` may be repeated, and each may be followed by `--output FILE`: one run, many reports. A file is
written whole or not at all. Without `--output` a report goes to standard output, where there is room for one; `github` may stand there
beside `text`, since its lines are commands in a log."""
SAMPLED = f"""\
The samples below are what the program writes for [a network](../{INPUT}) whose clients reach DNS by one
association of two: the transit gateway attachment has no subnet in the other's zone."""
NOTES = {
    ReportFormat.SARIF: """\
SARIF 2.1.0. All rules are in it with their pages, also on a clean run; a `codeFlow` has a location for each hop; what is suppressed
says why; what was not decided is a notification. Paths begin at the root of the repository. `primaryLocationLineHash` is left for the
uploader to make; `tfCvpnLint/v1` stays the same while lines move.""",
    ReportFormat.JUNIT: """\
A suite for each endpoint, a test for each DNS server and one for the endpoint itself. A test fails where a finding about it fails the
run; a server that is not decided is skipped.""",
    ReportFormat.GITHUB: "At most ten annotations a step, the worst first, each for all servers that one place fails; the last one counts the rest.",
    ReportFormat.GITLAB: """\
Code quality. A finding without a line stands at the first line of its input, since GitLab wants one.""",
    ReportFormat.MARKDOWN: """\
A comment of less than 60 kB. Its first line is always the same, so that the next run can replace it. The worst servers stand first, what is in
order is folded away where there is much of it; where room is short, every finding is told before the fixes of all, and what does not fit is
counted by kind.""",
    ReportFormat.HTML: """\
One file, no network, light and dark, phone and desktop. It begins with the answer; of several endpoints the worst stand first. Every hop of
the way there and back opens on a click or with Enter, with what decided it and what was passed over; servers and findings have filters and
lead to each other; findings show the lines at fault. Keys: ← and → along a path, Esc back to it, / to search. Without scripts everything is
still there to be read. The tests look at it in Chromium, in all of these ways.""",
    ReportFormat.DOT: """\
What the endpoints are tied to, and where queries are dropped, for Graphviz: `tf-cvpn-lint --format dot plan.json | dot -Tsvg > network.svg`.""",
    ReportFormat.MERMAID: "The same as a chart that code hosts draw, cut at 400 edges, which it then says.",
}
COMPLETION = """\
`tf-cvpn-lint completion bash`, `zsh` or `fish` prints a script whose first lines say where it goes: commands, options, and what options
take (formats, severities, rules, files, directories)."""
KNOWN_GAPS = """\
## Known gaps

- `--strict` fails a run for an undecided server; JUnit calls that server's test skipped, and other formats have no word for it.
- Unsure findings, and those of an endpoint that is switched off, are notes in SARIF, GitHub and GitLab, whatever their rule's severity.
- In the graphs, security groups, network ACLs, zones and interface endpoints are not drawn, nor is what no endpoint is tied to.
- `trace` has text and json only."""
