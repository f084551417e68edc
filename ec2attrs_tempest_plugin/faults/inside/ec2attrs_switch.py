"""Functions of a service that can be replaced while it runs.

Runs inside the cloud. All replacements are put in place when a service starts, and none is on:
the file ROOT/fault holds the name of the one that is, and ROOT/fault-acted grows by a byte each
time that it acts.
"""

from collections.abc import Callable
import functools
import importlib
import inspect
import os
from pathlib import Path
from typing import Any


class Call:
    """One call of a function that is replaced; its arguments are read and set by their names."""

    def __init__(self, original: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self._original = original
        self._bound = inspect.signature(original).bind(*args, **kwargs)

    def __getitem__(self, name: str) -> Any:
        return self._bound.arguments[name]

    def get(self, name: str) -> Any:
        """Return an argument, None where it was called without."""
        return self._bound.arguments.get(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._bound.arguments[name] = value

    def proceed(self) -> Any:
        """Return what the original returns for the arguments as they are now."""
        return self._original(*self._bound.args, **self._bound.kwargs)


Function = Callable[[Call], Any]

#: What is replaced, as 'module:path' where the service looks it up -> behaviours by their names.
BEHAVIOURS: dict[str, dict[str, Function]] = {}

_root = Path()


def instead_of(target: str, **behaviours: Function) -> None:
    """Let behaviours be called in the place of a function of a service."""
    BEHAVIOURS.setdefault(target, {}).update(behaviours)


def service_of(target: str) -> str:
    """Return the service in whose process a function is replaced."""
    return 'nova' if target.startswith('nova.') else 'ec2'


def install(service: str, root: Path) -> None:
    """Install every behaviour of a service of the cloud in *root*, switched off."""
    global _root
    _root = root
    for target, behaviours in BEHAVIOURS.items():
        if service_of(target) == service:
            module, _, path = target.partition(':')
            *owners, name = path.split('.')
            owner = functools.reduce(getattr, owners, importlib.import_module(module))
            setattr(owner, name, switched(getattr(owner, name), behaviours))


def switched(original: Callable[..., Any], behaviours: dict[str, Function]) -> Callable[..., Any]:
    """Return a function that is the original unless one of the behaviours is on."""
    @functools.wraps(original)
    def function(*args: Any, **kwargs: Any) -> Any:
        behaviour = behaviours.get(active())
        if behaviour is None:
            return original(*args, **kwargs)
        return behaviour(Call(original, args, kwargs))
    return function


def active() -> str:
    """Return the name of the behaviour that is on, empty for none."""
    try:
        return (_root / 'fault').read_text().strip()
    except FileNotFoundError:
        return ''


def acted() -> None:
    """Count that the behaviour that is on changed something."""
    counter = os.open(_root / 'fault-acted', os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(counter, b'.')
    finally:
        os.close(counter)


def put(owner: Any, **values: Any) -> Any:
    """Set attributes, or items of a dictionary; those that change count. Returns the owner."""
    get, put_one = ((owner.get, owner.__setitem__) if isinstance(owner, dict) else
                    (functools.partial(getattr, owner), functools.partial(setattr, owner)))
    for name, value in values.items():
        if get(name) != value:
            put_one(name, value)
            acted()
    return owner
