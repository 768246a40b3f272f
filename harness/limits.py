"""How much an archive may hold that somebody else made, and what is said where it holds more."""

from dataclasses import dataclass

from harness.language import Message


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is taken of an archive, however it came to be. Sizes are unpacked; the numbers are those of a bundle."""

    total_bytes: int = 16 << 30  # all members together
    member_bytes: int = 12 << 30
    ratio: int = 200  # of unpacked to packed size, for a member and for all of them together …
    ratio_free_bytes: int = 1 << 20  # … beyond these first bytes
    members: int = 20_000  # beside manifest.json
    manifest_bytes: int = 8 << 20
    read_bytes: int = 64 << 20  # a member that is read into memory
    name_characters: int = 240
    depth: int = 16  # of folders, and the file

    def member_fault(self, size_bytes: int, packed_bytes: int, limit_bytes: int | None = None) -> Message | None:
        """What is wrong with the sizes of a member, as what is said of it."""
        limit = self.member_bytes if limit_bytes is None else limit_bytes
        if size_bytes > limit:
            return Message("has {size} bytes, and may have {limit}", size=size_bytes, limit=limit)
        if self._swells(size_bytes, packed_bytes):
            return Message(
                "would grow from {packed} bytes to {size}: no more than {ratio} times is allowed",
                packed=packed_bytes,
                size=size_bytes,
                ratio=self.ratio,
            )
        return None

    def total_fault(self, count: int, size_bytes: int, packed_bytes: int) -> Message | None:
        """What is wrong with the members together, ``count`` without ``manifest.json``."""
        if count > self.members:
            return Message("it has {count} files, and may have {limit}", count=count, limit=self.members)
        if size_bytes > self.total_bytes:
            return Message(
                "its files have {size} bytes together, and may have {limit}", size=size_bytes, limit=self.total_bytes
            )
        if self._swells(size_bytes, packed_bytes):
            return Message(
                "its files would grow from {packed} bytes to {size}: no more than {ratio} times is allowed",
                packed=packed_bytes,
                size=size_bytes,
                ratio=self.ratio,
            )
        return None

    def _swells(self, size_bytes: int, packed_bytes: int) -> bool:
        return size_bytes > self.ratio_free_bytes + self.ratio * packed_bytes


LIMITS = Limits()
