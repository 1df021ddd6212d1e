"""Validates a JSON document against a schema: the part of JSON Schema 2020-12
that ours use. A keyword that is not known here is an error, not ignored.

    tests/schema.py SCHEMA.json DOCUMENT.json
"""
import json
import re
import sys

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
SAYS_NOTHING = {"$schema", "$id", "$defs", "title", "description"}
OF_OBJECTS = {"properties", "patternProperties", "additionalProperties"}


class Validator:
    def __init__(self, schema):
        self.root = schema

    def errors(self, value, schema=None, where="$"):
        """What is wrong with value, each with its place."""
        schema = self.root if schema is None else schema
        for key, want in schema.items():
            if key in SAYS_NOTHING or key in OF_OBJECTS:
                continue  # the latter together, below
            check = getattr(self, "_" + key.strip("$"), None)
            if check is None:
                raise ValueError(f"keyword {key} is not known to this validator")
            yield from check(value, want, where)
        if OF_OBJECTS & schema.keys() and isinstance(value, dict):
            yield from self._members(value, schema, where)

    def _ref(self, value, want, where):
        schema = self.root
        for part in want.removeprefix("#/").split("/"):
            schema = schema[part]
        yield from self.errors(value, schema, where)

    def _type(self, value, want, where):
        wanted = want if isinstance(want, list) else [want]
        if not any(isinstance(value, TYPES[w]) and isinstance(value, bool) == (w == "boolean") for w in wanted):
            yield f"{where}: {value!r:.60} is no {' or '.join(wanted)}"

    def _const(self, value, want, where):
        if value != want:
            yield f"{where}: {value!r:.60} is not {want!r}"

    def _enum(self, value, want, where):
        if value not in want:
            yield f"{where}: {value!r:.60} is none of {want}"

    def _pattern(self, value, want, where):
        if isinstance(value, str) and not re.search(want, value):
            yield f"{where}: {value!r:.60} does not match {want}"

    def _minimum(self, value, want, where):
        if isinstance(value, int) and value < want:
            yield f"{where}: {value} is less than {want}"

    def _minItems(self, value, want, where):
        if isinstance(value, list) and len(value) < want:
            yield f"{where}: {len(value)} items, fewer than {want}"

    def _maxItems(self, value, want, where):
        if isinstance(value, list) and len(value) > want:
            yield f"{where}: {len(value)} items, more than {want}"

    def _items(self, value, want, where):
        for k, each in enumerate(value if isinstance(value, list) else []):
            yield from self.errors(each, want, f"{where}[{k}]")

    def _oneOf(self, value, want, where):
        said = [list(self.errors(value, one, where)) for one in want]
        if sum(not s for s in said) != 1:
            yield from min(said, key=len) or [f"{where}: fits more than one of the choices"]

    def _required(self, value, want, where):
        for name in want:
            if isinstance(value, dict) and name not in value:
                yield f"{where}: no {name}"

    def _members(self, value, schema, where):
        named = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        rest = schema.get("additionalProperties", True)
        for name, each in value.items():
            wants = [named[name]] if name in named else []
            wants += [s for p, s in patterns.items() if re.search(p, name)]
            if not wants and rest is False:
                yield f"{where}: {name} is not foreseen"
            if not wants and isinstance(rest, dict):
                wants = [rest]
            for want in wants:
                yield from self.errors(each, want, f"{where}.{name}")


def main():
    schema, document = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
    said = list(Validator(schema).errors(document))
    print("\n".join(said) or "valid")
    return bool(said)


if __name__ == "__main__":
    sys.exit(main())
