"""考核的算法: criteria tree, points, caps, vetoes, bands, quota, ranks. No Django.

Everything is decimal. A figure is rounded half up to the hundredth (四舍五入到百分位)
at three places and nowhere else: a score as it is entered or comes from a rule, a
part's contribution after weighting, and the total. The same inputs give the same
totals, here and in `standalone.py`, which was written apart from this package.
"""

from .computing import Entry, Line, Result, compute, total_of
from .deductions import Deduction, deductions, proposals
from .drawing import NoTeam, draw
from .grading import GRADING_RULES, Graded, grade
from .numbering import numbered
from .package import FORMAT, BadPackage, package, recompute
from .points import HUNDREDTH, hundredth, shown
from .rules import by_rule
from .scheme import Band, Criterion, Method, Nature, Quota, Scheme, problems

__all__ = [
    "FORMAT",
    "GRADING_RULES",
    "HUNDREDTH",
    "BadPackage",
    "Band",
    "Criterion",
    "Deduction",
    "Entry",
    "Graded",
    "Line",
    "Method",
    "Nature",
    "NoTeam",
    "Quota",
    "Result",
    "Scheme",
    "by_rule",
    "compute",
    "deductions",
    "draw",
    "grade",
    "hundredth",
    "numbered",
    "package",
    "problems",
    "proposals",
    "recompute",
    "shown",
    "total_of",
]
