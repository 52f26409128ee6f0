"""Official papers (公文) and tables: one content, written as .pdf, .docx and .xlsx.

`content` holds what a paper says, `pdf`, `docx` and `xlsx` write it; nothing here
knows a model, a request or a setting. The layout is GB/T 9704-2012.
"""
