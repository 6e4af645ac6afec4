"""Tables of other systems: what comes over, and what is said to stay behind."""

from __future__ import annotations

import pytest

from configdb.importers import NotATable, read

FREEPBX_USERS = """\
extension,password,name,voicemail,ringtimer,noanswer_dest,id,tech,secret,voicemail_email,emergency_cid
101,,Ann Lee,default,25,,101,pjsip,a-long-enough-secret,ann@example.com,
102,,Ben Roy,novm,0,"ext-group,600,1",102,sip,short,,
103,,Fax,novm,0,,103,iax2,,,
1,,Door,novm,0,,1,pjsip,,,
101,,Twice,novm,0,,101,pjsip,,,
"""
FREEPBX_DIDS = """\
cidnum,extension,destination,description
,2025550123,"from-did-direct,101,1",Main
,2025550124,"ivr-1,s,1",Menu
3035550100,+442079460000,"ext-local,102,1",London
,_NXX,"from-did-direct,101,1",Pattern
"""
FUSION_USERS = """\
extension_uuid,extension,password,effective_caller_id_name,call_timeout,enabled,forward_all_destination
a,201,a-password-of-some-length,Carla Diaz,30,true,
b,202,a-password-of-some-length,Dan Fox,30,false,
c,203,weak,,,true,2025550199
"""
FUSION_NUMBERS = """\
destination_uuid,destination_type,destination_number,destination_prefix,destination_app,destination_data,destination_description
a,inbound,2025550130,1,transfer,201 XML example.com,Carla
b,outbound,2025550131,1,transfer,201 XML example.com,
c,inbound,2025550132,1,lua,ivr.lua,Menu
"""


def test_users_phones_and_numbers_of_freepbx_come_over() -> None:
    found = read("freepbx", [FREEPBX_DIDS, FREEPBX_USERS])
    assert {"u101", "u102", "u103"} == set(found.objects["user"])
    ann = {
        "id": "u101",
        "name": "Ann Lee",
        "extension": "101",
        "mailbox": "u101",
        "ring_s": 25,
        "email": "ann@example.com",
    }
    assert ann == found.objects["user"]["u101"]
    assert "a-long-enough-secret" == found.objects["device"]["u101"]["password"]
    assert {"+12025550123": "u101", "+442079460000": "u102"} == {
        id: number["target"]["id"] for id, number in found.objects["number"].items()
    }


def test_what_freepbx_has_and_we_do_not_is_said_line_by_line() -> None:
    said = [str(left) for left in read("freepbx", [FREEPBX_USERS, FREEPBX_DIDS]).left]
    assert [
        "line 3: password of ext-102: has fewer than 16 characters: a new one is made",
        "line 3: noanswer_dest of 102: 'ext-group,600,1' is not carried over",
        "line 4: phone of 103: iax2 is not SIP",
        "line 5: extension 1: an extension has 2 to 6 digits",
        "line 6: extension 101: is there twice",
        "line 3: number +12025550124: goes to ivr-1,s,1, which is not carried over",
        "line 4: caller 3035550100 of +442079460000: routes by caller are not carried over",
        "line 5: number _NXX: is no telephone number",
    ] == said


def test_users_and_destinations_of_fusionpbx_come_over() -> None:
    found = read("fusionpbx", [FUSION_USERS, FUSION_NUMBERS])
    assert {"u201": "Carla Diaz", "u203": "203"} == {id: user["name"] for id, user in found.objects["user"].items()}
    assert ["+12025550130"] == list(found.objects["number"])
    assert [
        "line 3: extension 202: is disabled",
        "line 4: password of ext-203: has fewer than 16 characters: a new one is made",
        "line 4: forward_all_destination of 203: '2025550199' is not carried over",
        "line 3: destination 2025550131: is not inbound",
        "line 4: number +12025550132: goes to ivr.lua, which is not carried over",
    ] == [str(left) for left in found.left]


def test_a_table_of_ones_own_needs_a_name_and_an_extension() -> None:
    found = read("csv", ["\ufeffName,Extension,Email,Number,Colour\nEve,105,eve@example.com,2025550140,red\n"])
    assert {"user", "mailbox", "device", "number"} == set(found.objects)
    assert ["line 2: column colour: 'red' is not carried over"] == [str(left) for left in found.left]


@pytest.mark.parametrize(
    ("system", "text"),
    [("freepbx", "a,b\n1,2\n"), ("csv", "name\nx\n"), ("asterisk", FREEPBX_USERS), ("fusionpbx", "\0"), ("csv", "")],
)
def test_what_is_no_table_of_the_system_is_refused(system: str, text: str) -> None:
    with pytest.raises(NotATable):
        read(system, [text])
