"""Tests of the tools, which are scripts beside the package and no package themselves."""

from pathlib import Path
import sys

sys.path.append(str(Path(__file__).parents[2] / 'tools'))
