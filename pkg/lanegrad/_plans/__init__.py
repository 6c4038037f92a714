"""How noted kernel calls are run: what decides about plans, which the compiled module asks for.

Nothing here knows the rest of the package.
"""
