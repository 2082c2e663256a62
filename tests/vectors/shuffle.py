# SPDX-License-Identifier: GPL-2.0-or-later
"""shuffle.py [--spoil] DIR OUT: copy a folder of vectors with every file
renamed and its cases in another order, but for topics whose files an index
names; with --spoil also every expected answer made wrong, in those too."""
import json
import pathlib
import random
import re
import sys

spoil = sys.argv[1] == '--spoil'
source, target = map(pathlib.Path, sys.argv[-2:])
chance = random.Random(1)

INVERTED = {'ok', 'wellformed', 'core_deterministic', 'shouldVerify',
            'signature_valid', 'valid_rfc9562', 'is_v4', 'should_activate',
            'chain_valid_ignoring_time', 'should_verify'}
OBJECTS = {'sign0', 'mac0', 'mac', 'encrypted', 'enveloped'}
DIGITS = re.compile(r'h?otp\d|totp\d')
HEX = {'request_hash', 'token', 'ephemeral_key', 'object', 'arg',
       'qualifying_data', 'frame', 'token_kid', 'uuid', 'Result', 'Secret',
       'tpm2b_id_object_hex'}
PCR = re.compile(r'\d{1,2}')
OTHER = {'valid': 'invalid', 'invalid': 'valid', 'acceptable': 'acceptable',
         'accept': 'reject', 'reject': 'accept: once'}


def wrong(key, value):
    """Another answer than the one expected under this key."""
    if key in INVERTED or key.startswith('accept_with_window'):
        return not value
    if DIGITS.fullmatch(key) or key in HEX:
        return value[:-1] + ('1' if value[-1] != '1' else '2')
    if PCR.fullmatch(key) and isinstance(value, str):
        return '00' + value
    if key == 'result':
        return OTHER[value]
    if key == 'expect':
        return OTHER[value[:6]]
    return value


def shuffled(value):
    if isinstance(value, list):
        items = [shuffled(item) for item in value]
        chance.shuffle(items)
        return items
    if isinstance(value, dict):
        members = {key: shuffled(item) for key, item in value.items()}
        if spoil:
            members = {k: wrong(k, v) for k, v in members.items()}
            if OBJECTS & set(value.get('input', {})):
                members['fail'] = not value.get('fail', False)
            if 'account' in value:
                members['account'] += 'x'
            if 'hex' in value and 'reason' in value:
                members['hex'] = '00'
            if 'sign1::sign' in value:
                members['sign1::sign']['external'] = '00'
        return members
    return value


def rewritten(data):
    try:
        return json.dumps(shuffled(json.loads(data))).encode()
    except ValueError:
        return data.replace(b'ReturnedBits = ', b'ReturnedBits = 00') \
            if spoil else data


for topic in source.iterdir():
    if not topic.is_dir():
        continue
    files = [path for path in topic.rglob('*') if path.is_file()]
    named = any(path.suffix == '.xz' or path.name == 'index.json'
                for path in files)
    if named and not spoil:
        continue
    chance.shuffle(files)
    for number, path in enumerate(files):
        out = target / topic.name / str(number % 3) / f'{number}.vector'
        if named:
            out = target / path.relative_to(source)
        out.parent.mkdir(parents=True, exist_ok=True)
        data = path.read_bytes()
        out.write_bytes(data if path.suffix == '.xz' else rewritten(data))
