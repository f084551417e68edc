"""Which things of a cloud an interrupted run left behind: by their names, and whose they are."""

from collections.abc import Collection, Iterable
import re

from ec2attrs_tempest_plugin.cleaning import things
from ec2attrs_tempest_plugin.cleaning.naming import Names
from ec2attrs_tempest_plugin.cleaning.things import Thing

# What alone is known by its name, where its project is not the suite's.
_BY_NAME = (things.SERVER, things.VOLUME, things.SNAPSHOT, things.IMAGE)
# How Nova calls an empty volume that it makes for a server, and EC2 one of its own.
_OF_NOVA = '-blank-vol'
_OF_EC2 = re.compile('vol-[0-9a-f]{8,17}')


def projects(found: Iterable[Thing], names: Names, own: str) -> set[str]:
    """Return the ids of the projects that were made for our tests.

    :param own: the id of the project of whoever asks, which is never one of them.
    """
    return {each.id for each in found
            if each.kind is things.PROJECT and each.id != own and _named(each, names)
            and not each.shown.get('is_domain')}


def doubtful(found: Collection[Thing], names: Names, own: str) -> dict[str, bool]:
    """Return projects that are not listed and hold something of our tests, by their ids.

    Keystone may not have them any more. A project that has a network or router of such a name was
    made for our tests (true); of another one an account may have been lent to them (false).
    """
    known = {each.id for each in found if each.kind is things.PROJECT}
    marked = [each for each in found if each.project and each.project not in known
              and each.project != own and _named(each, names)]
    made = {each.project for each in marked if each.kind in (things.NETWORK, things.ROUTER)}
    return {each.project: each.project in made for each in marked}


def left_behind(found: Collection[Thing], names: Names, made: Collection[str],
                shared: Collection[str], volumes: Collection[str] = ()) -> list[Thing]:
    """Return what is to be removed, in that order.

    :param made: the projects that were made for our tests: all that they hold is to go.
    :param shared: projects of others, as that of whoever asks: what bears our names is to go.
    :param volumes: ids of those that were known before by their servers, which may be gone now.
    """
    servers = {each.id for each in found
               if each.kind is things.SERVER and _ours(each, names, made, shared)}
    users = {each.id for each in found if each.kind is things.USER and _named(each, names)}
    chosen = [each for each in found if (
        each.id in made if each.kind is things.PROJECT
        else each.id in users if each.kind is things.USER
        else each.project in made or each.shown.get('user_id') in users
        if each.kind is things.CREDENTIAL
        else _ours(each, names, made, shared) or (
            each.kind is things.VOLUME and each.project in shared and (
                each.id in volumes or _of_servers(each, servers))))]
    # Those of Neutron go with what they belong to, and before it they cannot.
    chosen = [each for each in chosen if not (
        each.kind is things.PORT
        and str(each.shown.get('device_owner') or '').startswith('network:'))]
    return sorted(chosen, key=_order)


def foreign(found: Iterable[Thing], chosen: Collection[Thing], own: str) -> list[Thing]:
    """Return servers and volumes in somebody's own project that are not to be removed."""
    ours = {(each.kind.word, each.id) for each in chosen}
    return [each for each in found if each.kind in (things.SERVER, things.VOLUME)
            and each.project == own and (each.kind.word, each.id) not in ours]


def undecided(found: Collection[Thing], own: str) -> list[Thing]:
    """Return volumes in somebody's own project that the suite may have left there, or not."""
    return [each for each in found if each.kind is things.VOLUME and each.project == own
            and not each.shown.get('attachments') and (
                not each.name or each.name.endswith(_OF_NOVA) or _OF_EC2.fullmatch(each.name))]


def _order(thing: Thing) -> float:
    if thing.kind is things.VOLUME and not thing.shown.get('snapshot_id'):
        # Neither a snapshot nor its volume can be deleted before what is made from it.
        return things.KINDS.index(things.SNAPSHOT) + 0.5
    return things.KINDS.index(thing.kind)


def _named(thing: Thing, names: Names) -> bool:
    return names.ours(thing.kind.word, thing.name)


def _ours(thing: Thing, names: Names, made: Collection[str], shared: Collection[str]) -> bool:
    if thing.project:
        return thing.project in made or (
            thing.project in shared and thing.kind in _BY_NAME and _named(thing, names))
    # Flavors and types of volumes have no project.
    return thing.kind in (things.FLAVOR, things.VOLUME_TYPE) and _named(thing, names)


def _of_servers(volume: Thing, servers: Collection[str]) -> bool:
    """Say whether Nova made a volume for servers of ours, by what Cinder says of it."""
    attachments = volume.shown.get('attachments')
    if not isinstance(attachments, list) or not attachments:
        return False
    of = {each.get('server_id') if isinstance(each, dict) else None for each in attachments}
    return of <= set(servers) and (
        not volume.name or volume.name in {f'{each}{_OF_NOVA}' for each in of})
