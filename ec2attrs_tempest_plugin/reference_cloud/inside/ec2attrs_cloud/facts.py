"""What the outside tells the inside: ROOT/cloud.json."""

import dataclasses
import json
import os
import pathlib

#: The name of the one compute node, of the volume host and of its backend.
HOST_NAME = 'reference'
VOLUME_BACKEND = 'nostorage'


@dataclasses.dataclass(frozen=True)
class Facts:
    """One cloud: where it is, on which ports it listens, with which passwords."""

    root: pathlib.Path
    host: str
    region: str
    ports: dict[str, int]
    secrets: dict[str, str]
    ec2_options: dict[str, bool]

    @classmethod
    def read(cls, root: str | os.PathLike[str]) -> 'Facts':
        """Return the facts of the cloud in *root*."""
        path = pathlib.Path(root)
        data = json.loads((path / 'cloud.json').read_text())
        return cls(root=path, host=data['host'], region=data['region'], ports=data['ports'],
                   secrets=data['secrets'], ec2_options=data.get('ec2_options', {}))

    def url(self, endpoint: str, path: str = '') -> str:
        """Return the URL of *path* at *endpoint* (a key of ``ports``)."""
        return f'http://{self.host}:{self.ports[endpoint]}{path}'

    def database(self, name: str) -> str:
        """Return the SQLAlchemy URL of the database *name*."""
        return f'sqlite:///{self.root}/db/{name}.sqlite'

    def state(self, service: str) -> pathlib.Path:
        """Return the directory in which *service* keeps its state."""
        return self.root / 'state' / service

    def etc(self, service: str) -> pathlib.Path:
        """Return the directory of *service*'s configuration."""
        return self.root / 'etc' / service
