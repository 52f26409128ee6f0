"""年终考核报告: from the frozen results of a year to text, charts, annexes and paper. No Django.

`material.read` takes what was noted at drafting and the packages of the published rounds;
`drafting.drafted` writes the first text, each figure with the number of its source;
`paper.paper_of` sets the text as edited, with figures and annexes computed from the same
material. The same material and text give the same paper.
"""
