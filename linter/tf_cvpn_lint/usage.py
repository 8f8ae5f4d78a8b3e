"""What `tf-cvpn-lint --help` prints. Plain text, so that asking costs nothing; a test holds it against the command line itself."""

from __future__ import annotations

COMMANDS = ("check", "trace", "explain", "rules", "schema", "eval", "settings", "completion")

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
Finds AWS Client VPN endpoints that connect and then resolve nothing, before
the apply.

usage: tf-cvpn-lint [check] [options] PATH…
       tf-cvpn-lint trace [options] PATH…   every hop of every DNS query
       tf-cvpn-lint explain RULE            the page of a rule: CVPN102, or
                                            dns-not-authorized
       tf-cvpn-lint rules [--select RULES]  the catalogue
       tf-cvpn-lint schema                  the JSON Schema of the report
       tf-cvpn-lint eval DIR EXPR           what an expression is worth in a
                                            directory, or what it waits for
       tf-cvpn-lint settings show [PATH…]   every setting in force, and where
                                            its value comes from
       tf-cvpn-lint completion SHELL        words for bash, zsh or fish
       tf-cvpn-lint hook [options] FILE…    for pre-commit: check what changed
                                            files belong to
       tf-cvpn-lint checkov-dir             the folder of our checks for Checkov
       tf-cvpn-lint checkov-doctor          whether Checkov runs them, proved on
                                            a network that is broken

PATH is plan JSON (terraform show -json tfplan > plan.json), state JSON, a
directory of Terraform, a .tf file (its directory), or - for standard input.

what is written
  --format FORMAT         text (default), json, sarif, junit, github, gitlab,
                          markdown, html, dot, mermaid; may be repeated
                          (trace takes text and json)
  --output FILE           where the report of the --format before it is
                          written, whole or not at all
  --quiet                 only the findings that fail the run
  --verbose               every hop, every gap, and what was read
  --color WHEN            auto (default), always, never

what fails the run
  --fail-on LEVEL         note, warning (default), error, never: the least
                          severity that does
  --strict, --no-strict   undecided DNS servers and unsure findings do too
  --baseline FILE         findings that are known, and do not
  --write-baseline FILE   write those of this run, whole or not at all

which rules are asked
  --select RULES          ids, names, beginnings of ids (CVPN1), all; with
  --ignore RULES          commas between them
  --severity RULE=LEVEL   error, warning or note for a rule; may be repeated
  --per-address PATTERN=RULES
                          rules that are quiet (or RULE:LEVEL) at some
                          addresses (module.*.aws_vpc.this[*]); may be repeated
  --suppressions, --no-suppressions
                          whether comments count
                          (# tf-cvpn-lint:ignore CVPN102 reason="…" until=2027-01-31)
  --require-reason, --no-require-reason
                          one without a reason is malformed
  --today YYYY-MM-DD      the day against which they expire

what Terraform does not say
  --assume ADDRESS.ATTRIBUTE=VALUE
                          a value that cannot be read, or groups=["sg-eng"],
                          lan="192.168.7.0/24", …; may be repeated
  --expect ENDPOINT=SERVER=VERDICT
                          what has to become of a DNS server; may be repeated

how the input is read
  --source DIR            where the Terraform files of a plan are, besides its
                          own directory; may be repeated
  --run-show              let terraform or tofu turn a binary plan into JSON
  --var NAME=VALUE        variables of a directory, as Terraform takes them;
  --var-file FILE         may be repeated, the later one wins
  --workspace NAME        what terraform.workspace is in a directory
  --config FILE           the settings, instead of the nearest file
  --no-config             no settings file

  --version, --help       --help also after a command

examples
  terraform plan -out=tfplan && terraform show -json tfplan > plan.json
  tf-cvpn-lint plan.json
  tf-cvpn-lint --format text --format html --output report.html plan.json
  tf-cvpn-lint --var-file prod.tfvars infra/
  tf-cvpn-lint --fail-on error --baseline known.json --source infra plan.json
  eval "$(tf-cvpn-lint completion bash)"

exit status
  0  nothing at or above --fail-on
  1  something
  2  could not judge; one line says where and what to do

environment
  NO_COLOR, FORCE_COLOR   whether there are colours, where --color is auto
  COLUMNS                 how wide text is (40 to 120)
  TF_WORKSPACE, TF_VAR_…, TF_DATA_DIR
                          as Terraform takes them, in a directory
  SOURCE_DATE_EPOCH       the default of --today; else it is the clock's, in UTC

files
  .tf-cvpn-lint.toml, pyproject.toml
                          the settings, found upwards from the input
  .terraform/environment  the default of --workspace, after TF_WORKSPACE
"""

HOOK_USAGE = """\
Judges the configurations that changed files belong to, each whole and once: the directories they lie in and, through local
module calls, all that call those. Where none of them mentions a Client VPN it ends at once, with status 0.

usage: tf-cvpn-lint hook [options of check] FILE…
       tf-cvpn-lint hook --all [options of check]   every configuration of the repository

What is about to be committed counts: files that a commit removes or renames are asked of git. .pre-commit-hooks.yaml has the hooks.
"""
