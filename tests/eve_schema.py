#!/usr/bin/env python3
"""eve_schema.py [--write] SEKISHO

configs/schema/eve.json says what the lines of an EVE file are. What stands in it of the record that raised an alert is made from the tables of fields
(`sekisho decode --fields --json`): --write makes that part anew, else it is compared.
"""
import json, pathlib, subprocess, sys

SCHEMA = pathlib.Path(__file__).resolve().parents[1] / 'configs' / 'schema' / 'eve.json'
PREFIX = 'record_'

SCALARS = {'uint': {'type': 'integer', 'minimum': 0}, 'int': {'type': 'integer'}, 'float': {'type': ['number', 'null']}, 'bool': {'type': 'boolean'},
           'text': {'type': 'string'}, 'name': {'type': 'string'}, 'ip': {'type': 'string'}, 'hex': {'type': 'string', 'pattern': '^([0-9a-f]{2})*$'},
           'mac': {'$ref': '#/definitions/mac'}, 'time': {'$ref': '#/definitions/time'}}
LISTS = {'numbers': {'type': 'integer', 'minimum': 0, 'maximum': 65535}, 'bits': {'enum': [0, 1]}}


def any_of(a, b):
    """the schema of what may be either"""
    if a is None or a == b:
        return b
    of = a['anyOf'] if 'anyOf' in a else [a]
    return a if b in of else {'anyOf': of + [b]}


def obj():
    return {'type': 'object', 'additionalProperties': False, 'properties': {}}


def put(at, steps, kind):
    """puts a field below the object `at`"""
    step, rest = steps[0], steps[1:]
    name, is_list = (step[:-2], True) if step.endswith('[]') else (step, False)
    properties = at['properties']
    if rest or kind == 'items':
        inner = properties.setdefault(name, {'type': 'array', 'items': obj()} if is_list else obj())
        if rest:
            put(inner['items'] if is_list else inner, rest, kind)
        return
    value = LISTS.get(kind) or SCALARS[kind]
    if is_list:
        known = properties.get(name, {}).get('items')
        properties[name] = {'type': 'array', 'items': any_of(known, value)}
    else:
        properties[name] = any_of(properties.get(name), value)
        if kind in ('text', 'hex'):
            properties[name + '_truncated'] = {'const': True}


def records(sekisho):
    made = {}
    for line in subprocess.run([sekisho, 'decode', '--fields', '--json'], check=True, stdout=subprocess.PIPE).stdout.decode().splitlines():
        row = json.loads(line)
        record = made.setdefault(row['object'], obj())
        put(record, row['path'].split('.'), row['type'])
    for record in made.values():
        record['properties']['values_dropped'] = {'type': 'integer', 'minimum': 1}
    return made


def main():
    write = sys.argv[1:2] == ['--write']
    sekisho = sys.argv[-1]
    schema = json.loads(SCHEMA.read_text(encoding='utf-8'))
    made, definitions = records(sekisho), schema['definitions']
    fresh = json.loads(json.dumps(schema))
    for name in [n for n in definitions if n.startswith(PREFIX)]:
        del fresh['definitions'][name]
    properties = fresh['definitions']['alert']['properties']
    for name in [n for n, of in properties.items() if of.get('$ref', '').startswith('#/definitions/' + PREFIX)]:
        del properties[name]
    clash = set(made) & set(properties)
    assert not clash, 'a record has the name of something else: %s' % clash
    for name, record in made.items():
        fresh['definitions'][PREFIX + name] = record
        properties[name] = {'$ref': '#/definitions/' + PREFIX + name}
    text = json.dumps(fresh, ensure_ascii=False, indent=1) + '\n'
    if write:
        SCHEMA.write_text(text, encoding='utf-8')
    elif text != SCHEMA.read_text(encoding='utf-8'):
        sys.exit('configs/schema/eve.json is not what the tables of fields say. Make it anew: tests/eve_schema.py --write SEKISHO')


if __name__ == '__main__':
    main()
