"""From an uploaded paper to its outline: bytes → paragraphs → outline → items with slots.

A pure core: no Django, no database. `source` says what a reader hands over,
`model` what the grammar finds; `refusal.Refused` is the one exception that
carries a sentence for the person who uploaded the paper.
"""
