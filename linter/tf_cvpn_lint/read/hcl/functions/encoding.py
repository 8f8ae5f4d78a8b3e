"""Encodings, digests and CSV. Source: https://developer.hashicorp.com/terraform/language/functions, "Encoding Functions"."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import urllib.parse
import uuid
from collections.abc import Callable

from tf_cvpn_lint.read.hcl.functions.signature import Function, FunctionError, NotEvaluatedError, Parameter, text
from tf_cvpn_lint.read.hcl.types import STRING, object_type
from tf_cvpn_lint.read.hcl.values import Value, list_of, object_of, string, text_of

_CODECS = {
    "utf-8": "utf-8",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "iso-8859-2": "iso8859-2",
    "iso-8859-15": "iso8859-15",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "windows-1252": "cp1252",
    "shift_jis": "shift_jis",
    "euc-jp": "euc_jp",
    "koi8-r": "koi8_r",
}
"""IANA's names that Python and Go encode alike, as codecs of Python."""

_NAMESPACES = {
    "dns": uuid.NAMESPACE_DNS,
    "url": uuid.NAMESPACE_URL,
    "oid": uuid.NAMESPACE_OID,
    "x500": uuid.NAMESPACE_X500,
}


def decode_base64(written: str) -> bytes:
    """The bytes of standard, padded base64; line breaks are passed over, as Go does.

    Raises:
        FunctionError: it is none.
    """
    plain = written.replace("\n", "").replace("\r", "")
    try:
        return base64.b64decode(plain.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise FunctionError("failed to decode base64 data") from None


def _base64decode(given: Value) -> Value:
    try:
        return text_of(decode_base64(text(given)).decode("utf-8"))
    except UnicodeDecodeError:
        raise FunctionError("the result of decoding the provided string is not valid UTF-8") from None


def _base64encode(given: Value) -> Value:
    return text_of(base64.b64encode(text(given).encode()).decode("ascii"))


def _codec(given: Value) -> str:
    name = text(given)
    found = _CODECS.get(name.lower())
    if found is None:
        raise NotEvaluatedError(f'the encoding "{name}" is not read')
    return found


def _textencodebase64(given: Value, encoding: Value) -> Value:
    codec = _codec(encoding)
    try:
        return text_of(base64.b64encode(text(given).encode(codec)).decode("ascii"))
    except UnicodeEncodeError:
        raise FunctionError(
            f"the given string contains characters that cannot be represented in {text(encoding)}"
        ) from None


def _textdecodebase64(given: Value, encoding: Value) -> Value:
    codec = _codec(encoding)
    try:
        return text_of(decode_base64(text(given)).decode(codec))
    except UnicodeDecodeError:
        raise FunctionError(f"the given string contains symbols that are not defined for {text(encoding)}") from None


def _base64gzip(_: Value) -> Value:
    raise NotEvaluatedError("which bytes a compression gives depends on the compressor")


def _rsadecrypt(*_: Value) -> Value:
    raise NotEvaluatedError("decryption is not carried out")


def _urlencode(given: Value) -> Value:
    return text_of(urllib.parse.quote_plus(text(given), safe="-_.~"))


def digest(name: str, content: bytes, form: str) -> str:
    """A digest in hexadecimal or in base64."""
    made = hashlib.new(name, content, usedforsecurity=False)
    return made.hexdigest() if form == "hex" else base64.b64encode(made.digest()).decode("ascii")


DIGESTS: dict[str, tuple[str, str]] = {
    "md5": ("md5", "hex"),
    "sha1": ("sha1", "hex"),
    "sha256": ("sha256", "hex"),
    "sha512": ("sha512", "hex"),
    "base64sha256": ("sha256", "base64"),
    "base64sha512": ("sha512", "base64"),
}


def _digest(name: str) -> Function:
    algorithm, form = DIGESTS[name]

    def body(given: Value) -> Value:
        return string(digest(algorithm, text(given).encode(), form))

    return Function(name, body, (Parameter("str", STRING),), returns=STRING)


def _uuidv5(namespace: Value, name: Value) -> Value:
    space = text(namespace)
    found = _NAMESPACES.get(space)
    if found is None:
        try:
            found = uuid.UUID(space)
        except ValueError:
            raise FunctionError("uuidv5() doesn't support namespace") from None
    return string(str(uuid.uuid5(found, text(name))))


# ------------------------------------------------------------------------------------------------------------------------- CSV


def _csvdecode(given: Value) -> Value:
    rows = list(_csv_rows(text(given)))
    if not rows:
        raise FunctionError("missing header line")
    header, *records = rows
    if len(set(header)) < len(header):
        raise FunctionError("duplicate column name")
    made: list[Value] = []
    for number, record in enumerate(records, 2):
        if len(record) != len(header):
            raise FunctionError(f"line {number}: wrong number of fields")
        made.append(object_of({name: string(cell) for name, cell in zip(header, record, strict=True)}))
    return list_of(object_type(dict.fromkeys(header, STRING)), made)


_FIELD = re.compile(r'"((?:[^"]|"")*)"(?=,|\n|\Z)|([^",\n]*)(?=,|\n|\Z)')


def _csv_rows(plain: str) -> list[list[str]]:
    """The records as Go's encoding/csv reads them: empty lines do not count, a stray quote is an error."""
    plain = plain.replace("\r\n", "\n")
    rows: list[list[str]] = []
    at = 0
    while at < len(plain):
        if plain[at] == "\n":
            at += 1
            continue
        row: list[str] = []
        while True:
            found = _FIELD.match(plain, at)
            if not found:
                raise FunctionError('a bare or unterminated " in a field')
            row.append(found[2] if found[1] is None else found[1].replace('""', '"'))
            at = found.end()
            if not plain.startswith(",", at):
                break
            at += 1
        rows.append(row)
        at += 1
    return rows


def _text_function(name: str, body: Callable[..., Value], *more: str) -> Function:
    names = ("str", *more)
    return Function(name, body, tuple(Parameter(one, STRING) for one in names), returns=STRING)


FUNCTIONS = (
    _text_function("base64decode", _base64decode),
    _text_function("base64encode", _base64encode),
    _text_function("base64gzip", _base64gzip),
    Function("csvdecode", _csvdecode, (Parameter("str", STRING),)),
    Function(
        "rsadecrypt", _rsadecrypt, (Parameter("ciphertext", STRING), Parameter("privatekey", STRING)), returns=STRING
    ),
    _text_function("textdecodebase64", _textdecodebase64, "encoding"),
    _text_function("textencodebase64", _textencodebase64, "encoding"),
    _text_function("urlencode", _urlencode),
    Function("uuidv5", _uuidv5, (Parameter("namespace", STRING), Parameter("name", STRING)), returns=STRING),
    *(_digest(name) for name in DIGESTS),
)
