"""The one way in which this core says no."""


class Refused(Exception):
    """A paper that is not read; `str(error)` is one Chinese sentence for the person.

    The sentence says what is wrong and what to do about it (规定见 docs/copy).
    """

    def __init__(self, sentence: str, *, code: str = "refused") -> None:
        super().__init__(sentence)
        self.code = code
