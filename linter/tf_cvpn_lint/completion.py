"""What shells can complete: scripts for bash, zsh and fish, made from the commands and options that there are.

The words are written into the script. Asking the program at every key would cost more than it gives, since they change with releases only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import assert_never

from tf_cvpn_lint.core.records import dataclass

PROGRAM = "tf-cvpn-lint"


class Shell(StrEnum):
    """The shells there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


class Takes(StrEnum):
    """What stands behind an option or a command, where it is none of some words."""

    NOTHING = "nothing"
    FILE = "file"
    DIRECTORY = "directory"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a command."""

    names: tuple[str, ...]
    help: str
    takes: Takes
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What may follow a command."""

    help: str
    options: tuple[Option, ...]
    takes: Takes
    words: tuple[str, ...] = ()


Commands = Mapping[str, Words]
"""By the names of the commands; the first is the one that is meant where none is named."""


def script(shell: Shell, commands: Commands) -> str:
    """The script. Its first lines say how it is used."""
    match shell:
        case Shell.BASH:
            return "".join(f"{line}\n" for line in _bash(commands))
        case Shell.ZSH:
            return "".join(f"{line}\n" for line in _zsh(commands))
        case Shell.FISH:
            return "".join(f"{line}\n" for line in _fish(commands))
        case _:
            assert_never(shell)


def _bash(commands: Commands) -> Iterator[str]:
    default = next(iter(commands))
    yield f"# {PROGRAM} in bash. In ~/.bashrc:"
    yield f'#   eval "$({PROGRAM} completion bash)"'
    yield "_tf_cvpn_lint() {"
    yield '  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD - 1]}" command="" word words=""'
    yield "  COMPREPLY=()"
    yield "  # bash takes --format=json apart at the equals sign."
    yield '  if [ "$current" = "=" ]; then current=""; elif [ "$before" = "=" ]; then before="${COMP_WORDS[COMP_CWORD - 2]}"; fi'
    yield '  if [ "${COMP_WORDS[COMP_CWORD - 1]}" = "=" ] && [[ "$before" != --* ]]; then return; fi'
    yield '  for word in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do'
    yield f'    case "$word" in {"|".join(commands)}) command="$word"; break ;; esac'
    yield "  done"
    yield f'  case "${{command:-{default}}} $before" in'
    for name, told in commands.items():
        for option in told.options:
            pattern = "|".join(f"'{name} {spelling}'" for spelling in option.names)
            if option.words:
                yield f"    {pattern}) words='{' '.join(option.words)}' ;;"
            elif option.takes is Takes.DIRECTORY:
                yield f"    {pattern}) compopt -o dirnames 2> /dev/null; return ;;"
            elif option.takes is not Takes.NOTHING:
                yield f"    {pattern}) return ;;"
    yield "    *)"
    yield '      case "${command:-} $current" in'
    for name, told in commands.items():
        yield f"        '{name} -'*) words='{_spelled(told)}' ;;"
        if told.words:
            yield f"        '{name} '*) words='{' '.join(told.words)}' ;;"
    yield f"        ' -'*) words='{_spelled(commands[default])}' ;;"
    yield f"        ' '*) words='{' '.join(commands)}' ;;"
    yield "      esac ;;"
    yield "  esac"
    yield '  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$current")'
    yield "}"
    yield f"complete -o default -F _tf_cvpn_lint {PROGRAM}"


def _spelled(told: Words) -> str:
    return " ".join(spelling for option in told.options for spelling in option.names)


def _zsh(commands: Commands) -> Iterator[str]:
    default = next(iter(commands))
    yield f"#compdef {PROGRAM}"
    yield f"# {PROGRAM} in zsh. In ~/.zshrc, after compinit:"
    yield f'#   eval "$({PROGRAM} completion zsh)"'
    yield f"# or as a file _{PROGRAM} in a directory of $fpath."
    yield "_tf_cvpn_lint() {"
    yield "  local command= place"
    yield "  for (( place = 2; place < CURRENT; place++ )); do"
    yield f'    case "$words[place]" in ({"|".join(commands)})'
    yield '      command="$words[place]"; words[place]=(); (( CURRENT-- )); break ;;'
    yield "    esac"
    yield "  done"
    yield "  local -a commands=("
    yield from (f"    {_quoted(f'{name}:{told.help}')}" for name, told in commands.items())
    yield "  )"
    yield '  local first=_files; [[ -n "$command" ]] || first=_tf_cvpn_lint_first'
    yield f'  case "${{command:-{default}}}" in'
    for name, told in commands.items():
        arguments = '"*: :$first"' if name == default else _quoted(f"*{_zsh_value(told.takes, told.words)}")
        given = [*(_quoted(each) for option in told.options for each in _zsh_option(option)), arguments]
        if told.takes is Takes.NOTHING:
            given.pop()
        yield " \\\n      ".join([f"    ({name}) _arguments -s -S", *given]) + " ;;"
    yield "  esac"
    yield "}"
    yield "_tf_cvpn_lint_first() {"
    yield "  _describe command commands"
    yield "  _files"
    yield "}"
    yield 'if [[ "${funcstack[1]}" == _* ]]; then _tf_cvpn_lint "$@"; else compdef _tf_cvpn_lint tf-cvpn-lint; fi'


def _zsh_option(option: Option) -> Iterator[str]:
    said = option.help.replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    for spelling in option.names:
        equals = "" if option.takes is Takes.NOTHING else "="
        yield f"*{spelling}{equals}[{said}]{_zsh_value(option.takes, option.words)}"


def _zsh_value(takes: Takes, words: Sequence[str]) -> str:
    if words:
        return f": :({' '.join(words)})"
    match takes:
        case Takes.NOTHING:
            return ""
        case Takes.FILE:
            return ":file:_files"
        case Takes.DIRECTORY:
            return ":directory:_files -/"
        case Takes.TEXT:
            return ": : "
        case _:
            assert_never(takes)


def _fish(commands: Commands) -> Iterator[str]:
    default = next(iter(commands))
    others = " ".join(name for name in commands if name != default)
    yield f"# {PROGRAM} in fish:"
    yield f"#   {PROGRAM} completion fish > ~/.config/fish/completions/{PROGRAM}.fish"
    yield f"complete -c {PROGRAM} -e"
    for name, told in commands.items():
        only = f"not __fish_seen_subcommand_from {' '.join(commands)}"
        yield f"complete -c {PROGRAM} -n {_quoted(only)} -a {name} -d {_quoted(told.help)}"
    for name, told in commands.items():
        seen = f"__fish_seen_subcommand_from {name}"
        here = _quoted(f"not __fish_seen_subcommand_from {others}" if name == default else seen)
        if told.words:
            yield f"complete -c {PROGRAM} -n {here} -f -a {_quoted(' '.join(told.words))}"
        elif told.takes in (Takes.NOTHING, Takes.TEXT):
            yield f"complete -c {PROGRAM} -n {here} -f"
        for option in told.options:
            for spelling in option.names:
                line = f"complete -c {PROGRAM} -n {here} -l {spelling.removeprefix('--')} -d {_quoted(option.help)}"
                if option.words:
                    line += f" -x -a {_quoted(' '.join(option.words))}"
                elif option.takes is Takes.DIRECTORY:
                    line += " -x -a '(__fish_complete_directories)'"
                elif option.takes is Takes.FILE:
                    line += " -r -F"
                elif option.takes is Takes.TEXT:
                    line += " -x"
                yield line


def _quoted(text: str) -> str:
    """A word for all three shells: what stands between single quotes is taken as it is, but for those quotes themselves."""
    return "'" + text.replace("'", "'\\''") + "'"
