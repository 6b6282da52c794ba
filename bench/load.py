"""Loads many tenants straight into the database of a bootstrapped installation, as `carcosa` would have stored them.

    load.py sqlite FILE PROJECT_UUID COUNT SAMPLES
    load.py postgres FOLDER PROJECT_UUID COUNT SAMPLES

For PostgreSQL it writes one file per table into FOLDER, for COPY. SAMPLES is a file that gets 10,000 random tenants, one
`id slug` per line.
"""

import random
import sqlite3
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
FIRST = "Northern Southern Golden Silver Quiet Bright Ancient Modern Royal Little Grand Open Clear Distant Green Blue".split()
SECOND = (
    "Harbour Bakery Clinic Foundry Library Orchard Theatre Garage Studio Market Brewery Academy Railway Laundry Museum "
    "Farm Forge Hotel Press Bank Dairy Mill Pharmacy Archive Aquarium Observatory Vineyard Kitchen Workshop Nursery"
).split()
# One tenant every 20 seconds up to now: none may be younger than those made while measuring.
NOW, STEP = time.time_ns() // 1000, 20_000_000


def type_id(raw):
    bits, text = uuid.UUID(bytes=raw).int, ""
    for _ in range(26):
        bits, text = bits >> 5, ALPHABET[bits & 31] + text
    return "ten_" + text


def tenants(count):
    chance = random.Random(7)
    for number in range(count):
        at = NOW - (count - number) * STEP
        millis, fraction = at // 1000, at % 1000 * 4096 // 1000
        bits = (millis << 80) | (7 << 76) | (fraction << 64) | (2 << 62) | chance.getrandbits(62)
        first, second = chance.choice(FIRST), chance.choice(SECOND)
        yield bits.to_bytes(16, "big"), f"{first} {second} {number}", f"{first}-{second}-{number}".lower(), at


def rows(project, number_of_tenants):
    for raw, name, slug, at in tenants(number_of_tenants):
        yield "tenants", (
            project, raw, name, slug, "organization", None, "active", None, None, None, None, None, "{}",
            "free", "free", "override", raw, False, "{}", "{}", "override", raw, False,
            at, None, None, None, None, at, at, 1,
        )  # fmt: skip
        yield "tenant_slugs", (project, slug, raw, at)
        for term in sorted(set(name.lower().split())):
            yield "tenant_terms", (project, term, raw)


COLUMNS = {
    "tenants": "project_id id name slug kind description status status_before status_reason parent_id region external_id "
    "metadata plan plan_own plan_mode plan_from plan_locked branding branding_own branding_mode branding_from "
    "branding_locked activated_at suspended_at archived_at deleted_at purge_at created_at updated_at version",
    "tenant_slugs": "project_id slug tenant_id created_at",
    "tenant_terms": "project_id term tenant_id",
}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
TIMES = {"activated_at", "created_at", "updated_at"}


def into_sqlite(file, project, count):
    database = sqlite3.connect(file)
    database.execute("PRAGMA synchronous = OFF")
    waiting = {table: [] for table in COLUMNS}
    inserts = {
        table: f"INSERT INTO {table} ({', '.join(names.split())}) VALUES ({', '.join('?' for _ in names.split())})"
        for table, names in COLUMNS.items()
    }
    for table, row in rows(project, count):
        waiting[table].append(row)
        if len(waiting[table]) == 10_000:
            database.executemany(inserts[table], waiting[table])
            waiting[table].clear()
    for table, left in waiting.items():
        database.executemany(inserts[table], left)
    database.commit()
    database.execute("ANALYZE")
    database.commit()
    database.close()


def as_text(name, value):
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return str(uuid.UUID(bytes=value))
    if isinstance(value, bool):
        return "t" if value else "f"
    if name in TIMES:
        return (EPOCH + timedelta(microseconds=value)).isoformat()
    return str(value)


def into_files(folder, project, count):
    files = {table: open(f"{folder}/{table}.tsv", "w", encoding="utf-8") for table in COLUMNS}
    names = {table: columns.split() for table, columns in COLUMNS.items()}
    for table, row in rows(project, count):
        cells = [as_text(name, value) for name, value in zip(names[table], row)]
        files[table].write("\t".join(cells) + "\n")
    for table, file in files.items():
        file.close()
        print(f"COPY {table} ({', '.join(names[table])}) FROM '{folder}/{table}.tsv';")


def main():
    kind, place, project, count, samples = sys.argv[1:6]
    project, count = uuid.UUID(project).bytes, int(count)
    if kind == "sqlite":
        into_sqlite(place, project, count)
    else:
        into_files(place, project, count)
    wanted = set(random.Random(3).sample(range(count), min(count, 10_000)))
    with open(samples, "w", encoding="utf-8") as file:
        for number, (raw, _, slug, _) in enumerate(tenants(count)):
            if number in wanted:
                file.write(f"{type_id(raw)} {slug}\n")


main()
