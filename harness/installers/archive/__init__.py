"""archive: a tar or zip archive beside the recipe, unpacked."""

from harness.installers.archive.member import Archive, ArchiveArguments

__all__ = ["Archive", "ArchiveArguments"]
