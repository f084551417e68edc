"""oslo.db's legacy EngineFacade for ec2-api 17, on SQLAlchemy 2.

ec2-api asks for sessions of ``EngineFacade.from_config(conf, autocommit=True)``: each flush and
each statement outside ``begin()`` is committed by itself.
"""

from collections.abc import Callable, Iterator
import contextlib
import functools
import threading
from typing import Any

from oslo_db.sqlalchemy import enginefacade
from oslo_db.sqlalchemy import orm as oslo_orm
from oslo_db.sqlalchemy import session as oslo_session
from sqlalchemy import orm


class AutocommitSession(oslo_orm.Session):
    """A session of SQLAlchemy 2 that behaves as one of 1.x with autocommit=True."""

    _explicit = 0

    @contextlib.contextmanager
    def _in_block(self, transaction: Any) -> Iterator['AutocommitSession']:
        self._explicit += 1
        try:
            with transaction:
                yield self
        finally:
            self._explicit -= 1

    def begin(self, nested: bool = False, **_: Any) -> Any:
        if not nested and not self._explicit and self.in_transaction():
            self.commit()  # ends a read transaction that began by itself
        return self._in_block(super().begin(nested=nested))

    def flush(self, objects: Any = None) -> None:
        if self._explicit or self._flushing:
            super().flush(objects)
            return
        try:
            super().flush(objects)
            super().commit()
        except Exception:
            self.rollback()
            raise

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        result = super().execute(*args, **kwargs)
        writes = not getattr(result, 'returns_rows', True)
        if writes and not self._explicit and not self._flushing:
            super().commit()
        return result


_calls = threading.local()


class EngineFacade:
    """The part of the legacy facade that ec2-api uses."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._sessions = orm.sessionmaker(
            bind=engine, class_=AutocommitSession, query_cls=oslo_orm.Query,
            expire_on_commit=False, autoflush=True)

    @classmethod
    def from_config(cls, conf: Any, autocommit: bool = True, **_: Any) -> 'EngineFacade':
        manager = enginefacade.transaction_context()
        manager.configure(connection=conf.database.connection, sqlite_fk=False)
        return cls(manager.writer.get_engine())

    def get_engine(self, use_slave: bool = False) -> Any:
        return self._engine

    def get_session(self, **_: Any) -> Any:
        """Return the session of the running database call, or one of its own outside of any."""
        stack = getattr(_calls, 'stack', None)
        if not stack:
            return self._sessions()
        if stack[-1] is None:
            stack[-1] = self._sessions()
        return stack[-1]


def _with_one_session(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return *function* working in ONE session, which goes back to the pool at its end.

    SQLAlchemy 2 begins a transaction at each read: sessions left open would empty the pool.
    """
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        stack = _calls.__dict__.setdefault('stack', [])
        stack.append(None)
        try:
            return function(*args, **kwargs)
        finally:
            session = stack.pop()
            if session is not None:
                session.close()
    return call


def install() -> None:
    """Put the facade where ec2-api looks for it and bracket each of its database functions."""
    oslo_session.EngineFacade = EngineFacade
    from ec2api.db.sqlalchemy import api
    for name, function in list(vars(api).items()):
        if hasattr(function, '__wrapped__') and function.__module__ == api.__name__:
            setattr(api, name, _with_one_session(function))


def make_tables() -> None:
    """Make ec2-api's tables, the same two that its one migration makes."""
    from ec2api.db.sqlalchemy import api
    from ec2api.db.sqlalchemy import models
    models.BASE.metadata.create_all(api.get_engine())
