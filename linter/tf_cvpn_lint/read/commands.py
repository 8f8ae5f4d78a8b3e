"""What commands make for a Client VPN endpoint, which no resource shows: provisioners that call AWS's command line, or scripts that do.

A command is looked through for such calls, and so are the files of the configuration that it names. Of any other program nobody can tell from
the configuration what it does.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from tf_cvpn_lint.core.records import dataclass

MADE_BY_COMMAND = {
    "aws_ec2_client_vpn_authorization_rule": re.compile(r"authorize[-_]client[-_]vpn[-_]ingress", re.IGNORECASE),
    "aws_ec2_client_vpn_route": re.compile(r"create[-_]client[-_]vpn[-_]route", re.IGNORECASE),
    "aws_ec2_client_vpn_network_association": re.compile(
        r"associate[-_]client[-_]vpn[-_]target[-_]network", re.IGNORECASE
    ),
    "aws_ec2_client_vpn_endpoint": re.compile(r"(?:create|modify)[-_]client[-_]vpn[-_]endpoint", re.IGNORECASE),
}
"""Calls of AWS's command line and of its libraries. Source: https://docs.aws.amazon.com/cli/latest/reference/ec2/"""
MADE_FOR_ENDPOINT = tuple(type_ for type_ in MADE_BY_COMMAND if type_ != "aws_ec2_client_vpn_endpoint")
"""What a command that was not read may make for an endpoint it knows of."""
MADE = "made by a provisioner"
NOT_READ = "its provisioner calls a program that was not read"
HIDDEN = "a plan does not show the command of its provisioner"

COMMANDS = frozenset({"command", "inline"})
"""Arguments of provisioners that are commands."""
SCRIPTS = frozenset({"script", "scripts"})
"""Arguments of provisioners that are paths of scripts."""

UNKNOWN_PART = "\0"
"""Stands in a command for a value that nobody knows yet."""

MAX_FILES = 20
"""Scripts that are read for one command."""
MAX_COMMAND = 2**16
"""The longest command whose calls are told apart, in characters."""

_PLAIN = frozenset(
    """[ [[ : aws awk base64 basename bc break cat cd chmod chown command continue cp curl cut date dirname echo env exit export expr false
    find grep gunzip gzip head hostname id jq kill local ls mkdir mktemp mv openssl ping printf pwd read readonly return rm rmdir sed seq set
    shift shred sleep sort ssh-keygen stat tail tar tee test touch tr trap true type umask uname uniq unset unzip wait wc wget which xargs
    yq zip""".split()  # noqa: SIM905 - a list would be ten times as long
)
"""Programs that make nothing in AWS, and AWS's command line, whose calls say what they make."""
_INDIRECT = frozenset(
    {"cloudcontrol", "cloudformation", "codebuild", "codepipeline", "events", "lambda", "ssm", "stepfunctions"}
)
"""Services of AWS that run what others have written."""
_KEYWORDS = frozenset(
    "! { } ( ) case do done elif else esac exec fi for function if in nohup select sudo then time until while".split()  # noqa: SIM905 - as above
)
_INLINE = frozenset({"-c", "-e", "-command", "--command", "-lc", "-ec"})
_SHELLS = frozenset({"ash", "bash", "dash", "ksh", "sh", "zsh"})

_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)")
_KEPT = re.compile("\1(\\d+)\1")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_SUBSTITUTED = re.compile(r"\$\(([^()]*)\)|`([^`]*)`")
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
_SEPARATOR = re.compile(r"\|\||&&|;;|(?<![<>])&(?![>\d])|[;|\n]")
_ASSIGNMENT = re.compile(r"\w+\+?=")


@dataclass(frozen=True, slots=True)
class Command:
    """What was seen of one command."""

    makes: frozenset[str]
    """Resource types that it makes."""
    is_read: bool
    """Whether there is nothing else that it calls."""


def types_made(text: str) -> frozenset[str]:
    """The resource types that calls in this text make."""
    return frozenset(type_ for type_, pattern in MADE_BY_COMMAND.items() if pattern.search(text))


def look_through(text: str, read: Callable[[str], str | None], interpreter: tuple[str, ...] = ()) -> Command:
    """What a command makes.

    Args:
        read: a file of the configuration by its path in the command; None for what is none, or is not read.
        interpreter: what runs the text, where that is said; a shell otherwise.
    """
    made = set(types_made(text))
    files: dict[str, bool] = {}

    def is_file(word: str, depth: int = 0) -> bool:
        if word not in files:
            files[word] = False
            content = read(word) if len(files) <= MAX_FILES and _may_be_path(word) else None
            if content is not None:
                files[word] = True
                made.update(types_made(content))
                for inner in _words(content) if depth < 2 else ():
                    is_file(inner, depth + 1)
        return files[word]

    if len(text) > MAX_COMMAND:
        return Command(frozenset(made), False)
    is_read = True
    calls = [[*interpreter, *text.split()]]
    if not interpreter or _is_shell(interpreter[0]):
        calls = list(_calls(text))
    while calls:
        words = calls.pop()
        opened = [is_file(word) for word in words]  # each is read, for what it makes
        if inline := _inline(words):
            calls.extend(_calls(inline))
        else:
            is_read = is_read and (any(opened) or _is_plain(words))
    for word in _words(text):
        is_file(word)
    return Command(frozenset(made), is_read)


def _is_shell(program: str) -> bool:
    return posixpath.basename(program) in _SHELLS


def _inline(words: list[str]) -> str:
    """The text that a shell is given to run; empty where it is given none."""
    if _is_shell(words[0]):
        for at, word in enumerate(words[1:-1], 1):
            if word in _INLINE:
                return words[at + 1]
    return ""


def _is_plain(words: list[str]) -> bool:
    program = posixpath.basename(words[0])
    if any(word.lower() in _INLINE for word in words[1:]):
        return True  # what it runs stands in the text
    if program == "aws":
        return not _INDIRECT.intersection(words[1:8])
    return program in _PLAIN


def _may_be_path(word: str) -> bool:
    return UNKNOWN_PART not in word and 0 < len(word) < 4096 and word not in (".", "..", "/")


def _words(text: str) -> Iterator[str]:
    """What looks like the path of a script."""
    yield from dict.fromkeys(
        found[0] for found in re.finditer(r"[\w./@+-]*[\w-]\.(?:sh|bash|py|rb|js|ps1|pl|json|ya?ml|mk)\b", text)
    )


def _calls(text: str) -> Iterator[list[str]]:
    """The calls of a shell's text, each as its words; quotes are taken off, and what stands in them with blanks is one word."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        inner = found[0][1:-1]
        if found[0].startswith('"'):
            waiting.extend(_substituted(inner))
        kept.append(inner)
        return f"\1{len(kept) - 1}\1"

    def unquoted(word: str) -> str:
        return _KEPT.sub(lambda at: kept[int(at[1])], word)

    waiting = [_COMMENT.sub("", _without_heredocs(text.replace("\\\n", " ").replace("\1", " ")))]
    while waiting:
        bare = _QUOTED.sub(keep, waiting.pop())
        waiting.extend(_substituted(bare))
        for call in _SEPARATOR.split(_SUBSTITUTED.sub("x", bare)):
            words = [unquoted(word) for word in call.split()]
            while words and (words[0] in _KEYWORDS or _ASSIGNMENT.match(words[0])):
                words = [] if words[0] in ("for", "case", "select", "function") else words[1:]
            words = [word if word in ("[", "[[") else word.strip("(){}") for word in words]
            if words := [word for word in words if word]:
                yield words


def _substituted(text: str) -> Iterator[str]:
    return (found[1] or found[2] or "" for found in _SUBSTITUTED.finditer(text))


def _without_heredocs(text: str) -> str:
    lines = text.split("\n")
    last = {line.strip(): at for at, line in enumerate(lines)}
    kept = []
    ends = ""
    for at, line in enumerate(lines):
        if ends:
            ends = "" if line.strip() == ends else ends
            continue
        kept.append(line)
        found = _HEREDOC.search(line)
        if found and last.get(found[1], 0) > at:
            ends = found[1]
    return "\n".join(kept)
