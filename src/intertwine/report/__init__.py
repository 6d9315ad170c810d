"""Results to figures and one self-contained HTML page.

A study describes its report as `content.Content`; `build` draws the figures, writes the data and renders the page.
"""
