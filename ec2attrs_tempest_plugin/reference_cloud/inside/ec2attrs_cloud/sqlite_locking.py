"""Make oslo.db and a SQLite file get on under real concurrency.

As it comes, a transaction that reads and then writes fails at once with 'database is locked' when
another one wrote in between, and nothing retries it.
"""

import functools
import re
import sqlite3
from typing import Any

from oslo_db.sqlalchemy import enginefacade
from oslo_db.sqlalchemy import engines
import sqlalchemy
from sqlalchemy import pool

BUSY_TIMEOUT_MS = 30_000
POOL_SIZE = 20
POOL_OVERFLOW = 100
READER_OPTION = 'ec2attrs_reader'


def install() -> None:
    """Let writers queue for the lock from their beginning, and readers never wait for them."""
    engines._init_events.reg['sqlite']['*'] = [_connection_events]
    engines._init_connection_args.reg['sqlite']['*'] = [_pool_arguments]
    factory = enginefacade._TransactionFactory
    factory._create_session = _with_reader_engine(factory._create_session)
    factory._create_connection = _create_connection(factory._create_connection)


def _connection_events(engine: Any, sqlite_synchronous: bool = True, sqlite_fk: bool = False,
                       **_: Any) -> None:
    @sqlalchemy.event.listens_for(engine, 'connect')
    def on_connect(connection: sqlite3.Connection, record: Any) -> None:
        connection.create_function(
            'regexp', 2, lambda expression, item: re.search(expression, str(item)) is not None)
        connection.isolation_level = None
        connection.execute(f'PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}')
        connection.execute('PRAGMA journal_mode = WAL')
        connection.execute('PRAGMA synchronous = OFF')
        if sqlite_fk:
            connection.execute('PRAGMA foreign_keys = ON')

    @sqlalchemy.event.listens_for(engine, 'begin')
    def on_begin(connection: Any) -> None:
        if 'in_transaction' not in connection.info:
            reader = connection.get_execution_options().get(READER_OPTION)
            connection.exec_driver_sql('BEGIN' if reader else 'BEGIN IMMEDIATE')
            connection.info['in_transaction'] = True

    @sqlalchemy.event.listens_for(engine, 'rollback')
    @sqlalchemy.event.listens_for(engine, 'commit')
    def on_end(connection: Any) -> None:
        connection.info.pop('in_transaction', None)


def _pool_arguments(url: Any, engine_args: dict[str, Any], kw: dict[str, Any]) -> None:
    # A new connection, with its PRAGMAs, for each checkout costs 0.3 ms and loses its cache.
    kw.pop('max_pool_size', None)
    kw.pop('max_overflow', None)
    engine_args |= {'poolclass': pool.QueuePool, 'pool_size': POOL_SIZE,
                    'max_overflow': POOL_OVERFLOW, 'pool_pre_ping': False}
    engine_args['connect_args']['check_same_thread'] = False


def _reader_engine(factory: Any) -> Any:
    cached = factory.__dict__.get('_ec2attrs_reader')
    if cached is None or cached[0] is not factory._writer_engine:
        engine = factory._writer_engine
        cached = (engine, engine.execution_options(**{READER_OPTION: True}))
        factory.__dict__['_ec2attrs_reader'] = cached
    return cached[1]


def _reads(mode: Any) -> bool:
    return mode is enginefacade._READER or mode is enginefacade._ASYNC_READER


def _with_reader_engine(original: Any) -> Any:
    @functools.wraps(original)
    def create_session(self: Any, mode: Any, bind: Any = None) -> Any:
        if not self._started:
            self._start()
        if bind is None and _reads(mode):
            bind = _reader_engine(self)
        return original(self, mode, bind)
    return create_session


def _create_connection(original: Any) -> Any:
    @functools.wraps(original)
    def create_connection(self: Any, mode: Any) -> Any:
        if not self._started:
            self._start()
        if _reads(mode):
            return _reader_engine(self).connect()
        return original(self, mode)
    return create_connection
