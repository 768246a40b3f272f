"""seal: the folder of a run that is over, searched for every secret of the run.

Secrets are masked when something is captured. What became one only later (a cookie that the
log had printed before the browser told of it) is taken out here. Then all files are
searched and their checksums kept, because nobody knows the secrets any more afterwards.
"""

import hashlib

from harness.evidence import RunFolder, write_whole
from harness.masking import Secrets
from harness.model import Found, Seal

TEXTS = (".log", ".html")  # in which a mask may stand anywhere; JSON was masked value by value
INPUTS = ("environment.yaml", "scenario.yaml", *RunFolder.BESIDE)  # what people wrote stays as it is


def seal(folder: RunFolder, secrets: Secrets, earlier: Seal | None = None) -> Seal:
    """Take out what became secret late, search everything, and write ``seal.json``; what an ``earlier`` seal of the
    folder found, whose secrets nobody knows any more, stays found in files that are as they were."""
    files, found = dict[str, str](), list[Found]()
    for path in sorted(folder.path.rglob("*")):
        name = path.relative_to(folder.path).as_posix()
        if not path.is_file() or name == RunFolder.SEAL:
            continue
        data = path.read_bytes()
        hits = secrets.find(data) if secrets else ()
        if hits and path.suffix in TEXTS and not name.startswith(INPUTS):
            data = secrets.mask_bytes(data)
            write_whole(path, data)
            hits = secrets.find(data)
        files[name] = hashlib.sha256(data).hexdigest()
        found += [Found(file=name, secret=hit.name, encoding=hit.encoding) for hit in hits]
    if earlier:
        found += [one for one in earlier.found if files.get(one.file) == earlier.files.get(one.file)]
    looked_for = max(len(secrets), earlier.secrets if earlier else 0)
    result = Seal(secrets=looked_for, files=files, found=tuple(dict.fromkeys(found)))
    write_whole(folder.path / RunFolder.SEAL, result.model_dump_json(indent=1) + "\n")
    return result
