"""Rows: the attachments of a server's volumes, what they show, take, change and refuse."""


from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.attachments import Call
from ec2attrs_tempest_plugin.contract.attachments import READS
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import After
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import each
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import FIRST_WITH_FLAG
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import KEY
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import listed
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import NeverForgotten
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import shown
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import to
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import WITH_ID
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import WITH_IDS
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import with_key
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import without
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import against
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import NOBODYS_UUID
from ec2attrs_tempest_plugin.faults.changes import at
from ec2attrs_tempest_plugin.faults.changes import flag
from ec2attrs_tempest_plugin.faults.changes import IN_SHOW
from ec2attrs_tempest_plugin.faults.changes import Json
from ec2attrs_tempest_plugin.faults.changes import of
from ec2attrs_tempest_plugin.faults.changes import status
from ec2attrs_tempest_plugin.faults.changes import volumes
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_TESTS = 'VolumeAttachmentsTest.test_'
_FLAG = attributes.DELETE_ON_TERMINATION


def _exchange(attachment: Json, key: str, new: str) -> None:
    if key in attachment:
        attachment[new] = attachment.pop(key)


def _only_if_true(attachment: Json) -> None:
    if attachment.get(KEY) is False:
        del attachment[KEY]


_READ = _TESTS + 'attachments_show_what_their_microversion_has'
_flag = against('EC2A-070', _FLAG, _READ)
_LIST_ONLY = to(Call.LIST, since=FIRST_WITH_FLAG)

_FLAGS = (
    _flag('nova-attachment-flag-at-2.1', Kind.WRONG_MICROVERSION,
          'an attachment shows the flag at 2.1', with_key(KEY, False, to(*READS, only=['2.1']))),
    _flag('nova-attachment-flag-at-2.78', Kind.WRONG_MICROVERSION,
          'an attachment shows the flag at 2.78',
          with_key(KEY, False, to(*READS, only=['2.78']))),
    _flag('nova-attachment-flag-absent', Kind.ABSENT, 'an attachment has no flag at 2.79',
          without(KEY, to(*READS, only=['2.79']))),
    _flag('nova-attachment-flag-absent-in-list', Kind.ABSENT,
          'the list of attachments has no flags', without(KEY, _LIST_ONLY)),
    _flag('nova-attachment-flag-absent-from-2.89', Kind.ABSENT,
          'an attachment has no flag from 2.89 on', without(KEY, WITH_IDS)),
    _flag('nova-attachment-flag-absent-where-false', Kind.ABSENT,
          'an attachment has its flag only where it is true', each(_only_if_true)),
    _flag('nova-attachment-flag-absent-to-reader', Kind.WRONG_ROLE,
          'an attachment has no flag for readers',
          without(KEY, to(*READS, since=FIRST_WITH_FLAG, roles=[Role.READER]))),
    _flag('nova-attachment-flag-camel-case', Kind.ABSENT,
          'the flag of an attachment is spelt as in EC2',
          each(lambda one: _exchange(one, KEY, 'deleteOnTermination'))),
    _flag('nova-attachment-flag-string', Kind.WRONG_TYPE,
          'the flag of an attachment is "True" or "False"', shown(str), bug='nova 1871598'),
    _flag('nova-attachment-flag-number', Kind.WRONG_TYPE,
          'the flag of an attachment is 1 or 0', shown(int)),
    _flag('nova-attachment-flag-null-where-false', Kind.NULL,
          'the flag of an attachment is null in place of false', shown(lambda old: old or None),
          bug='nova 1370177'),
    _flag('nova-attachment-flag-inverted-in-list', Kind.DETAIL_UNLIKE_SHOW,
          'the list of attachments has the flags inverted',
          shown(lambda old: not old, _LIST_ONLY)),
)

_ids = {key: against('EC2A-075', key, _READ)
        for key in ('id', 'attachment_id', 'bdm_uuid', 'volumeId')}

_IDS = (
    _ids['id']('nova-attachment-id-kept-at-2.89', Kind.WRONG_MICROVERSION,
               'an attachment has its id at 2.89, too',
               each(lambda one: one.update(id=one['volumeId']), WITH_IDS)),
    _ids['id']('nova-attachment-id-absent-at-2.88', Kind.WRONG_MICROVERSION,
               'an attachment has no id at 2.88', without('id', to(*READS, only=['2.88']))),
    _ids['id']('nova-attachment-id-of-its-own', Kind.OTHER_VALUE,
               'the id of an attachment is not that of its volume',
               with_key('id', NOBODYS_UUID, WITH_ID)),
    _ids['attachment_id']('nova-attachment-attachment-id-absent', Kind.ABSENT,
                          'an attachment has no attachment_id at 2.89',
                          without('attachment_id', WITH_IDS)),
    _ids['attachment_id']('nova-attachment-attachment-id-null', Kind.NULL,
                          'attachment_id is null at 2.89',
                          with_key('attachment_id', None, WITH_IDS), bug='nova 2160224'),
    _ids['attachment_id']('nova-attachment-attachment-id-at-2.88', Kind.WRONG_MICROVERSION,
                          'an attachment has its attachment_id at 2.88',
                          with_key('attachment_id', NOBODYS_UUID, to(*READS, only=['2.88']))),
    _ids['bdm_uuid']('nova-attachment-bdm-uuid-absent', Kind.ABSENT,
                     'an attachment has no bdm_uuid at 2.89', without('bdm_uuid', WITH_IDS)),
    _ids['bdm_uuid']('nova-attachment-bdm-uuid-number', Kind.WRONG_TYPE,
                     'bdm_uuid is a number at 2.89', with_key('bdm_uuid', 7, WITH_IDS)),
    _ids['volumeId']('nova-attachment-volume-id-renamed', Kind.ABSENT,
                     'an attachment has volume_id in place of volumeId',
                     each(lambda one: _exchange(one, 'volumeId', 'volume_id'), WITH_IDS)),
)

_alike = against('EC2A-076', 'volumes_attached',
                 _TESTS + 'volumes_of_the_server_are_its_attachments')

_ALIKE = (
    _alike('nova-attachments-twice', Kind.DUPLICATE, 'an attachment is listed twice',
           listed(lambda now: [*now, *now[:1]]), bug='nova 1908075'),
    _alike('nova-attachments-one-less', Kind.ABSENT, 'one attachment is not listed',
           listed(lambda now: now[:-1]), bug='nova 1316079'),
    _alike('nova-attachments-one-more', Kind.OTHER_VALUE,
           'an attachment of a volume is listed that the server has not',
           listed(lambda now: [*now, *({**one, 'volumeId': NOBODYS_UUID} for one in now[:1])]),
           bug='nova 1490236'),
    _alike('nova-attachments-none-to-reader', Kind.WRONG_ROLE,
           'no attachment is listed for readers',
           listed(lambda _: [], to(Call.LIST, since=FIRST_WITH_FLAG, roles=[Role.READER]))),
    _alike('nova-attachments-flag-inverted', Kind.API_UNLIKE_API,
           'all attachments have the flag inverted', shown(lambda old: not old)),
    _alike('nova-attachments-server-has-one-less', Kind.ABSENT,
           'a server has fewer volumes than attachments at 2.89',
           volumes(lambda now: now[:-1], at('2.89')), bug='nova 1943431'),
    _alike('nova-attachments-server-has-both-roots', Kind.DUPLICATE,
           'a server has a volume twice at 2.79',
           volumes(lambda now: [*now, *now[:1]], at('2.79')), bug='nova 1937375'),
)

_echo = against('EC2A-071', _FLAG, _TESTS + 'attachment_echoes_the_flag')
_early = against('EC2A-071', 'status', _TESTS + 'flag_is_refused_below_2_79')
_ATTACHING = to(Call.ATTACH, since=FIRST_WITH_FLAG, before=(2, 101))
_ATTACHING_EARLY = to(Call.ATTACH, before=FIRST_WITH_FLAG)
_NEW = against('EC2A-072', _FLAG, _TESTS + 'attachment_from_2_101_has_no_body')
_new_status = against('EC2A-072', 'status', _TESTS + 'attachment_from_2_101_has_no_body')
_new_body = against('EC2A-072', 'the answer', _TESTS + 'attachment_from_2_101_has_no_body')
_AT_2_101 = to(Call.ATTACH, since=(2, 101))

_ATTACHED = (
    _echo('nova-attach-echo-inverted', Kind.OTHER_VALUE,
          'the answer to an attachment has the flag inverted',
          shown(lambda old: not old, _ATTACHING)),
    _echo('nova-attach-echo-default-true', Kind.CONSTANT,
          'the answer to an attachment has the flag true always',
          shown(lambda _: True, _ATTACHING)),
    _echo('nova-attach-echo-absent', Kind.ABSENT, 'the answer to an attachment has no flag',
          without(KEY, _ATTACHING)),
    _echo('nova-attach-echo-string', Kind.WRONG_TYPE,
          'the answer to an attachment has the flag as a string', shown(str, _ATTACHING)),
    _echo('nova-attach-echo-null', Kind.NULL,
          'the answer to an attachment has null in place of false',
          shown(lambda old: old or None, _ATTACHING)),
    _early('nova-attach-flag-taken-at-2.78', Kind.WRONG_MICROVERSION,
           'an attachment takes the flag at 2.78',
           status(200, _ATTACHING_EARLY, if_at_least=400, body={'volumeAttachment': {}})),
    _early('nova-attach-flag-500-at-2.78', Kind.NOT_HONOURED,
           'an attachment with the flag fails with 500 at 2.78',
           status(500, _ATTACHING_EARLY, if_at_least=400)),
    against('EC2A-078', 'status', _TESTS + 'flag_by_its_name')(
        'nova-attach-flag-name-500', Kind.NOT_HONOURED,
        'an attachment that asks for the flag fails with 500', status(500, _ATTACHING)),
    _new_status('nova-attach-200-at-2.101', Kind.OTHER_VALUE,
                'an attachment is answered with 200 at 2.101', status(200, _AT_2_101)),
    _new_body('nova-attach-body-at-2.101', Kind.WRONG_MICROVERSION,
              'the answer to an attachment has a body at 2.101',
              status(202, _AT_2_101, body={'volumeAttachment': {'volumeId': NOBODYS_UUID}}),
              bug='tempest 2.101'),
    _NEW('nova-attach-flag-lost-at-2.101', Kind.NOT_HONOURED,
         'an attachment made at 2.101 has no flag but false',
         shown(lambda _: False, to(*READS, only=['2.101']))),
    _NEW('nova-attach-flag-true-at-2.101', Kind.CONSTANT,
         'an attachment made at 2.101 has the flag true always',
         shown(lambda _: True, to(*READS, only=['2.101']))),
)

_change = against('EC2A-073', _FLAG, _TESTS + 'flag_changes')
_change_status = against('EC2A-073', 'status', _TESTS + 'flag_changes')
_too_early = against('EC2A-073', 'status', _TESTS + 'flag_does_not_change_below_2_85')
_fixed = against('EC2A-074', 'status', _TESTS + 'nothing_else_changes')
_refuse = against('EC2A-077', 'status', _TESTS + 'flag_that_is_none_is_refused')
_UPDATING = to(Call.UPDATE, since=(2, 85))
_UPDATING_EARLY = to(Call.UPDATE, before=(2, 85))
_READ_AFTER = to(*READS, only=['2.85'])
_CREATING = of('nova', methods=('POST',), path='/servers')

_CHANGED = (
    _change('nova-update-ignored', Kind.STALE, 'an attachment has the flag false after updates',
            shown(lambda _: False, _READ_AFTER)),
    _change('nova-update-true-always', Kind.CONSTANT, 'an updated flag is true whatever was sent',
            shown(lambda _: True, _READ_AFTER), bug='nova 1871598'),
    _change('nova-update-string', Kind.WRONG_TYPE, 'an updated flag is a string',
            shown(str, _READ_AFTER), bug='nova 1871598'),
    _change('nova-update-stale-in-server', Kind.STALE,
            'a server shows the flags of its volumes as they were before updates',
            flag(lambda _: False, IN_SHOW)),
    _change_status('nova-update-200', Kind.OTHER_VALUE, 'an update is answered with 200',
                   status(200, _UPDATING, if_below=300)),
    _too_early('nova-update-taken-at-2.84', Kind.WRONG_MICROVERSION,
               'an update takes the flag at 2.84',
               status(202, _UPDATING_EARLY, if_at_least=400, body={})),
    _too_early('nova-update-500-at-2.84', Kind.NOT_HONOURED,
               'an update of the flag fails with 500 at 2.84',
               status(500, _UPDATING_EARLY, if_at_least=400)),
    _fixed('nova-update-device-taken', Kind.NOT_HONOURED,
           'an update of device, server or tag is accepted',
           status(202, _UPDATING, if_at_least=400, if_below=401, body={})),
    _fixed('nova-update-device-500', Kind.NOT_HONOURED,
           'an update of device, server or tag fails with 500',
           status(500, _UPDATING, if_at_least=400, if_below=401)),
    _fixed('nova-update-volume-taken', Kind.NOT_HONOURED,
           'an exchange of volumes by a member is accepted',
           status(202, _UPDATING, if_at_least=401, body={}), bug='nova 2112187'),
    against('EC2A-074', 'volumeAttachment', _TESTS + 'nothing_else_changes')(
        'nova-update-device-kept', Kind.NOT_HONOURED,
        'an update that was refused changed the device',
        After(_UPDATING, with_key('device', '/dev/vdzz', to(Call.LIST, only=['2.85'])))),
    _refuse('nova-attach-invalid-flag-500', Kind.NOT_HONOURED,
            'an attachment fails with 500 where the flag is none',
            status(500, _ATTACHING, if_at_least=400)),
    _refuse('nova-attach-invalid-flag-taken', Kind.NOT_HONOURED,
            'an attachment takes a flag that is none',
            status(200, _ATTACHING, if_at_least=400, body={'volumeAttachment': {}})),
    _refuse('nova-update-invalid-flag-500', Kind.NOT_HONOURED,
            'an update fails with 500 where the flag is none',
            status(500, _UPDATING, if_at_least=400)),
    _refuse('nova-create-invalid-flag-500', Kind.NOT_HONOURED,
            'a creation fails with 500 where the flag of a volume is none',
            status(500, _CREATING, if_at_least=400, if_below=401), bug='nova 1060955'),
    _refuse('nova-create-invalid-flag-404', Kind.NOT_HONOURED,
            'a creation with a flag that is none is answered with 404',
            status(404, _CREATING, if_at_least=400, if_below=401)),
)

_AGAIN = _TESTS + 'volume_attached_again_has_the_flag_of_the_new_request'
_again = against('EC2A-046', _FLAG, _AGAIN)
_DETACHING = to(Call.DETACH)

_DETACHED = (
    _again('nova-detach-flag-remembered', Kind.STALE,
           'a volume attached again has the flag that it had before',
           After(_DETACHING, shown(lambda _: True))),
    against('EC2A-046', 'volumeAttachments', _AGAIN)(
        'nova-detach-row-left', Kind.STALE, 'a volume that was detached is listed for ever',
        NeverForgotten(), bug='nova 1069099', live_only=True),
)


def _stored(name: str, says: str, requirement: str, *tests: str, bug: str = '') -> Fault:
    return Fault(f'nova-stored-{name}', Kind.STORED_WRONG, says,
                 Behaviour('nova', name.replace('-', '_')), requirement, _FLAG.name,
                 tuple(_TESTS + test for test in tests), bug=bug)


_STORED = (
    _stored('attachment-flag-true', 'an attachment is stored with the flag true', 'EC2A-071',
            'attachment_echoes_the_flag'),
    _stored('attachment-flag-dropped', 'an attachment is stored without its flag', 'EC2A-071',
            'attachment_echoes_the_flag', bug='nova 1550250'),
    _stored('attachment-flag-dropped-at-2-101',
            'an attachment that is answered before it is made is stored without its flag',
            'EC2A-072', 'attachment_from_2_101_has_no_body'),
    _stored('update-ignored', 'an update of the flag is not stored', 'EC2A-073', 'flag_changes'),
    _stored('update-name-is-true', 'an update of the flag by a name is stored as true',
            'EC2A-073', 'flag_changes', bug='nova 1871598'),
    _stored('detached-flag-kept', 'a volume attached again is stored with its flag of before',
            'EC2A-046', 'volume_attached_again_has_the_flag_of_the_new_request'),
)

ROWS: tuple[Fault, ...] = (
    *_FLAGS, *_IDS, *_ALIKE, *_ATTACHED, *_CHANGED, *_DETACHED, *_STORED)
