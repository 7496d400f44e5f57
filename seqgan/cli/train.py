"""`seqgan train RECIPE ...`: the recipes, started as their own files would be."""

import importlib
import pkgutil
from collections.abc import Sequence

from seqgan.cli import nearest
from seqgan.core.launch import launch
from seqgan.errors import UserError


def recipe_names() -> list[str]:
    """Return the names of all recipes."""
    package = importlib.import_module("seqgan.recipes")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def run_train(args: Sequence[str]) -> int:
    """Run a recipe with the rest of the line as its options; returns the exit code."""
    names = recipe_names()
    if not args or args[0] in ("-h", "--help"):
        print("usage: seqgan train RECIPE ...     (seqgan train RECIPE --help says more)\n")
        for name in names:
            summary = (importlib.import_module(f"seqgan.recipes.{name}").__doc__ or "").split("\n")
            print(f"  {name:<20}{summary[0]}")
        if not args:
            raise UserError(f"which recipe? one of: {', '.join(names)}")
        return 0
    if args[0] not in names:
        raise nearest(args[0], names, "recipe")
    recipe = importlib.import_module(f"seqgan.recipes.{args[0]}")
    return launch(recipe.Config, recipe.main, args[1:], prog=f"seqgan train {args[0]}")
