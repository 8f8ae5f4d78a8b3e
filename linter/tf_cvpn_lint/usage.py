"""What `tf-cvpn-lint --help` prints. Plain text, so that asking costs nothing; a test holds it against the command line itself."""

from __future__ import annotations

COMMANDS = ("check", "trace", "explain", "rules", "schema", "eval", "settings")

TAKES_VALUE = frozenset(
    {
        "--assume",
        "--baseline",
        "--color",
        "--config",
        "--expect",
        "--fail-on",
        "--format",
        "--ignore",
        "--output",
        "--per-address",
        "--select",
        "--severity",
        "--source",
        "--today",
        "--var",
        "--var-file",
        "--workspace",
        "--write-baseline",
        "-var",
        "-var-file",
    }
)
"""The options of `check` that take a value; a test holds them against the command line itself."""

USAGE = """\
Finds AWS Client VPN endpoints that connect and then resolve nothing, before the apply.

usage: tf-cvpn-lint [check] [options] PATH…
       tf-cvpn-lint trace [options] PATH…   every hop of every DNS query, in words
       tf-cvpn-lint explain RULE            the page of a rule: CVPN102, or dns-not-authorized
       tf-cvpn-lint rules [--select RULES]  the catalogue
       tf-cvpn-lint schema                  the JSON Schema of the report
       tf-cvpn-lint eval DIR EXPR           what an expression is worth in a directory, or what it waits for
       tf-cvpn-lint settings show [PATH…]   every setting in force, and where its value comes from
       tf-cvpn-lint hook [options] FILE…    for pre-commit: check the configurations that changed files belong to
       tf-cvpn-lint checkov-dir             the folder of our checks for Checkov
       tf-cvpn-lint checkov-doctor          whether Checkov runs them, proved on a network that is broken

PATH is plan JSON (terraform show -json tfplan > plan.json), state JSON, a directory of Terraform,
a .tf file (its directory), or - for standard input.

  --format FORMAT                   how the report is written: text (default), json, sarif, junit, github, gitlab,
                                    markdown, html, dot, mermaid; may be repeated (trace takes text and json)
  --output FILE                     where the report of the --format before it is written, whole or not at all
  --fail-on note|warning|error|never  the least severity that fails the run (default: warning)
  --strict, --no-strict             undecided DNS servers and unsure findings fail it too
  --select RULES, --ignore RULES    which rules are asked: ids, names, beginnings of ids (CVPN1), all; commas between them
  --severity RULE=LEVEL             error, warning or note for a rule; may be repeated
  --per-address PATTERN=RULES       rules that are quiet (or RULE:LEVEL) at some addresses (module.*.aws_vpc.this[*]); may be repeated
  --assume ADDRESS.ATTRIBUTE=VALUE  a value that cannot be read, or groups=["sg-eng"], lan="192.168.7.0/24", …; may be repeated
  --expect ENDPOINT=SERVER=VERDICT  what has to become of a DNS server; may be repeated
  --baseline FILE                   findings that are known and fail no run
  --write-baseline FILE             write the findings of this run as a baseline, whole or not at all
  --suppressions, --no-suppressions whether comments (# tf-cvpn-lint:ignore CVPN102 reason="…" until=2027-01-31) count
  --require-reason, --no-require-reason  a suppression without a reason is malformed
  --today YYYY-MM-DD                the day against which they expire (default: SOURCE_DATE_EPOCH, else the clock, in UTC)
  --config FILE, --no-config        the settings: .tf-cvpn-lint.toml or pyproject.toml, found upwards from the input
  --source DIR                      where the Terraform files of a plan are, besides its own directory; may be repeated
  --var NAME=VALUE, --var-file FILE variables of a directory, as Terraform takes them; may be repeated, the later one wins
  --workspace NAME                  what terraform.workspace is in a directory (default: TF_WORKSPACE, .terraform/environment)
  --run-show                        let terraform or tofu turn a binary plan into JSON
  --quiet                           only the findings that fail the run
  --verbose                         every hop, every gap, and what was read
  --color auto|always|never         NO_COLOR and FORCE_COLOR are respected
  --version
  --help                            also after a command

exit status  0: nothing at or above --fail-on   1: something   2: could not judge; one line says where and what to do
"""

HOOK_USAGE = """\
Judges the configurations that changed files belong to, each whole and once: the directories they lie in and, through local
module calls, all that call those. Where none of them mentions a Client VPN it ends at once, with status 0.

usage: tf-cvpn-lint hook [options of check] FILE…
       tf-cvpn-lint hook --all [options of check]   every configuration of the repository

What is about to be committed counts: files that a commit removes or renames are asked of git. .pre-commit-hooks.yaml has the hooks.
"""
