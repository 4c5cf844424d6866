"""What one receiving did, for whoever started it.

Owns the counts and the sentences. Never holds a value of a record.
"""

from dataclasses import dataclass, field, fields

from outcomes.intake.feedback import Feedback


@dataclass
class Receipt:
    """What one receiving did.

    `refused` are the feedback reports of rejected files, in the order received; `waiting` are sentences on complete
    submissions that could not be opened or unlocked, or that wait for an answer; `withdrawn` are sentences on files that lie
    there although they were withdrawn; `unfinished` and `other` are the names of what is still being sent under another name
    and of what is no submission; `notices` is what sources said; `failed` are sentences on sources that could not be used to
    the end.
    """

    accepted: int = 0
    nothing_new: int = 0
    records: int = 0
    refused: list[Feedback] = field(default_factory=list)
    arriving: tuple[str, ...] = ()
    waiting: list[str] = field(default_factory=list)
    unfinished: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    notices: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    usable: int = 0

    def add(self, other: "Receipt") -> None:
        """Take in what receiving from another source did."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def rejected(self) -> int:
        return len(self.refused)

    @property
    def nothing_could_be_read(self) -> bool:
        """Whether complete submissions were there and not one of them is, or was, accepted."""
        return (self.rejected > 0 or len(self.waiting) > 0) and self.usable == 0
