"""Bundles: one ``.zip`` in which a reproduction is handed to someone else.

The format is a narrow profile of ZIP (PKWARE's APPNOTE 6.3), so that every program reads
it in the same way. Nothing stands before, between or behind what belongs to the archive:

- a local header and its content for each member, in the order of the central directory,
  which follows at once, then the end record, with those of ZIP64 before it where needed;
- ``manifest.json`` first, which lists every other member with its size and SHA-256
  (``docs/schemas/bundle.schema.json``), then the others by name;
- members are regular files, stored or deflated; no encryption, comments, data descriptors
  or extra fields but ZIP64's; a name that is not ASCII is UTF-8, and says so;
- names are relative paths that every file system can hold and no two of which one could
  take for the same (``harness/bundle/names.py``).

What is written this way can be read; whatever differs is refused before anything is written.
"""

from harness.bundle.reading import Bundle
from harness.bundle.writing import Member, pack
from harness.limits import LIMITS, Limits

__all__ = ["LIMITS", "Bundle", "Limits", "Member", "pack"]
