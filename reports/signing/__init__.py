"""Signing and checking of PDF files (DESIGN decision 11). Pure: no Django, no database."""
