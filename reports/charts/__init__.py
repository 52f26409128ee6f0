"""Charts for paper and page: figures to a drawing, a drawing to SVG or PNG. No Django.

Everything is drawn to be read in greyscale: tones differ in lightness and hatching, each
bar has its figure beside it, and every chart brings the table that says the same.
"""

from .charts import Chart, bars, columns, stacked
from .drawing import Drawing
from .png import to_png
from .svg import to_svg

__all__ = ["Chart", "Drawing", "bars", "columns", "stacked", "to_png", "to_svg"]
