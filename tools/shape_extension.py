"""What shapes.py puts into the services of the reference cloud: a driver that can do less.

``shape.json`` in the root of the cloud says what is missing, and is read at each call, so that one
cloud serves many shapes::

    {"failing": {"pause": null, "rescue": "no rescue here"}, "grows_only": true}

An operation without words is not implemented. A driver that only grows rejects a smaller disk, as
libvirt's does.
"""

import json
from pathlib import Path
from typing import Any

OPERATIONS = ('pause', 'suspend', 'rescue', 'snapshot', 'migrate_disk_and_power_off')
FILE = 'shape.json'


def install(service: str, root: Path) -> None:
    """Wrap the operations of Nova's driver."""
    if service != 'nova':
        return
    from nova.virt import fake
    for operation in OPERATIONS:
        _wrap(fake.FakeDriver, operation, root / FILE)


def _wrap(driver: Any, operation: str, file: Path) -> None:
    original = getattr(driver, operation)

    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        shape = json.loads(file.read_text()) if file.exists() else {}
        failing = shape.get('failing', {})
        if operation in failing:
            if failing[operation] is None:
                raise NotImplementedError
            raise RuntimeError(failing[operation])
        if operation == 'migrate_disk_and_power_off' and shape.get('grows_only'):
            _check_size(*args, **kwargs)
        return original(self, *args, **kwargs)

    setattr(driver, operation, wrapped)


def _check_size(context: Any, instance: Any, dest: str, flavor: Any, *_: Any, **__: Any) -> None:
    from nova import exception
    if flavor.root_gb < instance.flavor.root_gb:
        raise exception.InstanceFaultRollback(
            exception.ResizeError(reason='Unable to resize disk down.'))
