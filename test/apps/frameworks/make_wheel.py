"""Writes the smallest wheel that pip installs: python make_wheel.py FILE. Its module holds 1 MB of text."""

import sys
import zipfile

name = "greeting_from_wizgy"
info = f"{name}-1.0.dist-info"

with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr(f"{name}.py", "word = 'hello'\n" + "# padding\n" * 100_000)
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    wheel.writestr(
        f"{info}/WHEEL",
        "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    )
    wheel.writestr(
        f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
    )
