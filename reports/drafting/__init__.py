"""从数据起草: the year's papers drafted from its figures; and how long a paper may be. No Django.

A drafted text says what the figures say and no more. What no figure can tell stands as a
hint in brackets on a line of its own: a dispatch with such a line cannot be issued.
"""

from .counting import GENERAL, SPECIAL, characters, over
from .figures import Share, YearFigures
from .texts import draft

__all__ = ["GENERAL", "SPECIAL", "Share", "YearFigures", "characters", "draft", "over"]
