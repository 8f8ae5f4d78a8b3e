"""What SARIF 2.1.0 asks of the part that is used here, as a JSON Schema written by hand.

From the standard's own rules: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; the sections are named beside them.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string", "minLength": 1}


def record(required: list[str], /, **properties: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def several(of: dict[str, Any], *, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": least}


MESSAGE = record(["text"], text=TEXT)  # 3.11
MULTIFORMAT = record(["text"], text=TEXT, markdown=TEXT)  # 3.12
ARTIFACT = record(  # 3.4; a URI reference has no space, quote or backslash (RFC 3986)
    ["uri"], uri={"type": "string", "pattern": r"^[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+$"}, uriBaseId=TEXT
)
NUMBER = {"type": "integer", "minimum": 1}
REGION = record(["startLine"], startLine=NUMBER, startColumn=NUMBER, endLine=NUMBER)  # 3.30
LOGICAL = record(["name", "kind"], name=TEXT, fullyQualifiedName=TEXT, kind=TEXT)  # 3.33
LOCATION = record(  # 3.28
    [],
    id={"type": "integer", "minimum": 0},
    physicalLocation=record(["artifactLocation"], artifactLocation=ARTIFACT, region=REGION),  # 3.29
    logicalLocations=several(LOGICAL, least=1),
    message=MESSAGE,
)
LEVEL = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10
RULE = record(  # 3.49
    ["id"],
    id=TEXT,
    name=TEXT,
    shortDescription=MULTIFORMAT,
    fullDescription=MULTIFORMAT,
    help=MULTIFORMAT,
    helpUri={"type": "string", "pattern": "^https://"},
    defaultConfiguration=record([], level=LEVEL),
    properties={"type": "object"},
)
FLOW = record(  # 3.36, 3.37, 3.38
    ["threadFlows"],
    message=MESSAGE,
    threadFlows=several(
        record(
            ["locations"],
            id=TEXT,
            locations=several(
                record(
                    ["location"],
                    location=LOCATION,
                    executionOrder=NUMBER,
                    importance={"enum": ["important", "essential", "unimportant"]},
                ),
                least=1,
            ),
        ),
        least=1,
    ),
)
RESULT = record(  # 3.27
    ["message", "ruleId", "locations"],
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations=several(LOCATION, least=1),
    relatedLocations=several(LOCATION),
    codeFlows=several(FLOW),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    suppressions=several(  # 3.35
        record(
            ["kind"],
            kind={"enum": ["inSource", "external"]},
            status={"enum": ["accepted", "underReview", "rejected"]},
            justification={"type": "string"},
        )
    ),
    properties={"type": "object"},
)
RUN = record(  # 3.14
    ["tool"],
    tool=record(
        ["driver"], driver=record(["name"], name=TEXT, version=TEXT, semanticVersion=TEXT, rules=several(RULE))
    ),
    automationDetails=record([], id=TEXT),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={"type": "object", "additionalProperties": record([], description=MESSAGE)},
    invocations=several(
        record(
            ["executionSuccessful"],
            executionSuccessful={"type": "boolean"},
            toolExecutionNotifications=several(
                record(["message"], level=LEVEL, message=MESSAGE, locations=several(LOCATION))
            ),
        )
    ),
    results=several(RESULT),
)
LOG = record(  # 3.13
    ["version", "runs"],
    **{"$schema": {"type": "string", "pattern": "^https://"}},
    version={"const": "2.1.0"},
    runs=several(RUN, least=1),
)
