"""Scorecards: released figures to page model to HTML to PDF, with a text for every chart.

Owns what the board reads. Promises that everything on a page follows from released figures and the edition's own context.
Never reads the lake, a figure before release, or anything from outside its own templates.
"""
