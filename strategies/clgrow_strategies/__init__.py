"""clgrow's own strategies and modifiers: one file each, found by scanning this package.

The modules here declare; they import torch and Avalanche only when a run needs them. What is an Avalanche plugin is in
`clgrow_strategies.plugins`.
"""
