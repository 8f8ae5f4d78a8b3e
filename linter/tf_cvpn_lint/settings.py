"""What a run can be asked for. Names only: the command line is read without importing what judging takes."""

from __future__ import annotations

from enum import StrEnum


class Color(StrEnum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class FailOn(StrEnum):
    """The least severity that fails a run."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"
    NEVER = "never"


class Format(StrEnum):
    """How traces are written."""

    TEXT = "text"
    JSON = "json"


class ReportFormat(StrEnum):
    """How the report of a check is written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    GITLAB = "gitlab"
    MARKDOWN = "markdown"
    HTML = "html"
    DOT = "dot"
    MERMAID = "mermaid"


class CatalogueFormat(StrEnum):
    """How the catalogue is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class SettingsAction(StrEnum):
    """What can be done with the settings."""

    SHOW = "show"
