"""The golden frames of spec/vectors/ (its README.md explains the format), with runs written out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parents[2] / "spec" / "vectors"
_EVERY_BYTE = bytes(range(256)).decode("latin-1")


class Golden:
    """`fields` are the values as the file has them; `data` gives those that may be runs."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.name = "%s: %s" % (row.get("type", "malformed"), row["name"])
        self.kind: str = row.get("type", "")
        self.sender: str = row.get("from", "")
        self.fields = row
        self.bytes = b"".join(
            text(part).encode("latin-1")
            if "everyByte" in part
            else bytes.fromhex(text(part).replace(" ", ""))
            for part in row["hex"]
        )

    def data(self, name: str) -> bytes:
        return text(self.fields[name]).encode("latin-1")

    def __repr__(self) -> str:
        return self.name


def text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if "repeat" in value:
        return str(value["repeat"]) * int(value["times"])
    return _EVERY_BYTE * int(value["everyByte"])


def golden(file: str) -> list[Golden]:
    return [Golden(row) for row in json.loads((_FOLDER / file).read_text("utf-8"))["frames"]]
