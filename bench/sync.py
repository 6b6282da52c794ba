"""Sync: a snapshot against COPY of the same columns, and a comparison of a copy that differs in three rows.

    cargo build --release -p carcosa
    python3 bench/sync.py [--postgres postgres://postgres@127.0.0.1:5432/postgres] [--tenants 1000000]

With --postgres on PostgreSQL and with COPY by psql as the peer; without on SQLite, without a peer. Prints Markdown.
"""

import argparse
import bisect
import hashlib
import http.client
import json
import os
import sqlite3
import statistics
import subprocess
import tempfile
import time

from webhooks import Installation

COLUMNS = """id, name, slug, kind, description, status, status_reason, plan, parent_id, region, external_id, metadata, branding, plan_mode,
    plan_from, plan_locked, branding_mode, branding_from, branding_locked, activated_at, suspended_at, archived_at, deleted_at, purge_at,
    created_at, updated_at, version"""


def load(installation, options, folder):
    """Tenants straight into the database; what they are found by is not needed here."""
    loader = ["python3", os.path.join(os.path.dirname(__file__), "load.py")]
    count, samples = str(options.tenants), os.path.join(folder, "samples")
    if not options.postgres:
        database = os.path.join(folder, "carcosa.db")
        with sqlite3.connect(database) as connection:
            (raw,) = connection.execute("SELECT id FROM projects").fetchone()
        subprocess.run([*loader, "sqlite", database, raw.hex(), count, samples], check=True)
        return
    url = installation.environment["CARCOSA_DATABASE_URL"]
    psql = ["psql", url, "-qtA", "-v", "ON_ERROR_STOP=1"]
    raw = subprocess.run([*psql, "-c", "SELECT id FROM projects"], check=True, capture_output=True, text=True).stdout.strip()
    made = subprocess.run([*loader, "postgres", folder, raw.replace("-", ""), count, samples], check=True, capture_output=True, text=True)
    (statement,) = [line for line in made.stdout.splitlines() if line.startswith("COPY tenants ")]
    subprocess.run([*psql, "-c", "\\" + statement.rstrip(";").replace("COPY", "copy", 1)], check=True)
    subprocess.run([*psql, "-c", "VACUUM ANALYZE tenants"], check=True)
    subprocess.run([*psql, "-c", "CHECKPOINT"], check=True)


def snapshot(installation, gzip=False):
    """Seconds, rows and bytes; and the most memory on the way."""
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=600)
    headers = {"authorization": f"Bearer {installation.secret}"}
    if gzip:
        headers["accept-encoding"] = "gzip"
    begun, size, most, tail = time.monotonic(), 0, 0, b""
    connection.request("GET", "/v1/sync/snapshot?types=tenant", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    reads = 0
    while piece := answer.read(1 << 20):
        size, reads = size + len(piece), reads + 1
        if reads % 20 == 1:
            most = max(most, installation.memory() / 1024)
        tail = (tail + piece)[-500:]
    took = time.monotonic() - begun
    rows = None if gzip else json.loads(tail.splitlines()[-1])["sent"]
    return took, rows, size, most


def copy(url):
    begun = time.monotonic()
    command = f"\\copy (SELECT {COLUMNS} FROM tenants ORDER BY id) TO '/dev/null'"
    subprocess.run(["psql", url, "-qc", command], check=True)
    return time.monotonic() - begun


def versions(installation):
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=600)
    connection.request("GET", "/v1/sync/snapshot?types=tenant", headers={"authorization": f"Bearer {installation.secret}"})
    own = {}
    for line in connection.getresponse():
        row = json.loads(line)
        if row["object"] == "tenant":
            own[row["id"]] = row["version"]
    return own


def digest(rows):
    xor = 0
    for key, version in rows:
        xor ^= int.from_bytes(hashlib.sha256(f"{key}:{version}".encode()).digest(), "big")
    return f"{xor:064x}"


def compare(installation, own):
    """Requests, seconds of the server, differences."""
    client, ids = installation.client(), sorted(own)

    def part(after, until):
        first = bisect.bisect_right(ids, after) if after else 0
        last = bisect.bisect_right(ids, until) if until else len(ids)
        return [(key, own[key]) for key in ids[first:last]]

    requests, seconds, found = 0, [], []
    rows = part(None, None)
    ranges = [{"count": len(rows), "digest": digest(rows)}]
    while ranges:
        begun = time.monotonic()
        status, answer = client.ask("POST", "/v1/sync/compare", {"type": "tenant", "ranges": ranges})
        seconds.append(time.monotonic() - begun)
        assert status == 200, answer
        requests += 1
        found += answer["differences"]
        ranges = []
        for server in answer["ranges"]:
            mine = part(server["after"], server["until"])
            if digest(mine) != server["digest"]:
                bounds = {"after": server["after"], "until": server["until"]}
                few = max(len(mine), server["count"]) <= 1000
                ranges.append(bounds | ({"rows": dict(mine)} if few else {"count": len(mine), "digest": digest(mine)}))
    return requests, seconds, found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres")
    parser.add_argument("--carcosa", default="target/release/carcosa")
    parser.add_argument("--tenants", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(options, folder)
        try:
            load(installation, options, folder)
            print(f"## {'PostgreSQL' if options.postgres else 'SQLite'}, {options.tenants:,} tenants\n")
            ours, peers = [], []
            before = installation.memory() / 1024
            for _ in range(options.rounds):
                took, rows, size, most = snapshot(installation)
                assert rows == options.tenants, rows
                ours.append(took)
                if options.postgres:
                    peers.append(copy(installation.environment["CARCOSA_DATABASE_URL"]))
            median = statistics.median(ours)
            print(f"- snapshot: {median:.2f} s, {options.tenants / median:,.0f} tenants/s, {size / 1e6:,.0f} MB; memory of the server {before:.0f} → {most:.0f} MiB")
            if peers:
                peer = statistics.median(peers)
                print(f"- COPY of the same columns: {peer:.2f} s; ratio {peer / median:.2f} (target 0.5)")
            took, _, packed, _ = snapshot(installation, gzip=True)
            print(f"- with gzip: {took:.2f} s, {packed / 1e6:,.0f} MB")
            own = versions(installation)
            requests, seconds, found = compare(installation, own)
            print(f"- comparison of an equal copy: {requests} request, {seconds[0]:.2f} s")
            ids = sorted(own)
            del own[ids[10]]
            own[ids[len(ids) // 2]] += 5
            own["ten_7zzzzzzzzzzzzzzzzzzzzzzzzz"] = 1
            requests, seconds, found = compare(installation, own)
            assert len(found) == 3, found
            print(f"- three rows that differ: {requests} requests, {', '.join(f'{one:.2f}' for one in seconds)} s")
        finally:
            installation.end()


if __name__ == "__main__":
    main()
