"""How soon a revocation is obeyed on another node, and what a sign-in costs.

    python3 bench/access.py --carcosa target/release/carcosa --postgres postgres://postgres@127.0.0.1:5432/postgres

Starts two nodes over a fresh database of that server (`cargo xtask postgres` starts one), keeps both busy with wrk, revokes
keys at the first and asks the second until it refuses them. Once as it is, and once while the second node's LISTEN is cut
again and again, so that only its own looking at the log helps. Prints a Markdown table.
"""

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Node:
    def __init__(self, program, environment):
        self.port = free_port()
        environment = environment | {"CARCOSA_LISTEN": f"127.0.0.1:{self.port}"}
        self.process = subprocess.Popen([program, "serve"], env=environment, stdout=subprocess.DEVNULL)
        for _ in range(3000):
            try:
                if Client(self.port, None).ask("GET", "/health/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.01)
        raise SystemExit("the node does not become ready")


class Client:
    """One connection that stays open."""

    def __init__(self, port, secret):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.headers = {"authorization": f"Bearer {secret}"} if secret else {}

    def ask(self, method, path, body=None):
        headers = self.headers | ({"content-type": "application/json"} if body is not None else {})
        self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None


def sql(url, statement):
    return subprocess.run(["psql", "-qAt", url, "-c", statement], check=True, capture_output=True, text=True).stdout


def load(port, secret, folder):
    """wrk verifying one key, until it is stopped."""
    script = os.path.join(folder, "verify.lua")
    with open(script, "w") as file:
        file.write(f"""wrk.method, wrk.path = "POST", "/v1/keys/verify"
wrk.headers["authorization"], wrk.headers["content-type"] = "Bearer {secret}", "application/json"
wrk.body = '{{"key":"{secret}"}}'
""")
    command = ["wrk", "--threads", "1", "--connections", "2", "--duration", "600s", "--script", script, f"http://127.0.0.1:{port}"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def delays(first, second, count, verifier):
    """Milliseconds from the answer to the revocation at one node to the first refusal at the other."""
    found = []
    for _ in range(count):
        status, key = first.ask("POST", "/v1/keys", {"name": "bench", "scopes": ["tenant:read"]})
        assert status == 201, key
        question = {"key": key["secret"]}
        # Known and valid at the second node, and kept in its memory.
        while second.ask("POST", "/v1/keys/verify", question)[1]["code"] != "valid":
            pass
        assert first.ask("DELETE", f"/v1/keys/{key['id']}")[0] == 204
        start = time.perf_counter()
        while second.ask("POST", "/v1/keys/verify", question)[1]["code"] == "valid":
            pass
        found.append((time.perf_counter() - start) * 1000)
    return found


def row(name, found):
    found = sorted(found)
    at = lambda share: found[min(len(found) - 1, int(len(found) * share))]
    print(f"| {name} | {len(found)} | {statistics.median(found):.1f} | {at(0.95):.1f} | {at(0.99):.1f} | {found[-1]:.1f} |")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--carcosa", default="target/release/carcosa")
    arguments.add_argument("--postgres", required=True)
    arguments.add_argument("--revocations", type=int, default=1000)
    options = arguments.parse_args()
    name = f"bench_access_{os.getpid()}"
    sql(options.postgres, f"CREATE DATABASE {name}")
    url = urllib.parse.urlsplit(options.postgres)._replace(path=f"/{name}").geturl()
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        environment = {"CARCOSA_DATABASE_URL": url, "CARCOSA_DATA_DIR": folder, "CARCOSA_LOG_FILTER": "error"}
        bootstrap = ["bootstrap", "--operator-email", "bench@example.com", "--project-name", "Bench", "--json"]
        made = json.loads(subprocess.run([options.carcosa, *bootstrap], env=environment, check=True, capture_output=True).stdout)
        secret = made["api_key"]["secret"]
        try:
            nodes = [Node(options.carcosa, environment) for _ in range(2)]
            processes += [node.process for node in nodes] + [load(node.port, secret, folder) for node in nodes]
            first, second = (Client(node.port, secret) for node in nodes)
            print("| revocation seen at another node, both under load | times | p50 ms | p95 ms | p99 ms | worst ms |\n|---|--:|--:|--:|--:|--:|")
            row("as it is", delays(first, second, options.revocations, secret))
            stop = threading.Event()

            def cut():
                while not stop.wait(0.05):
                    sql(options.postgres, f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}' AND query LIKE 'LISTEN%'")

            cutter = threading.Thread(target=cut)
            cutter.start()
            row("while LISTEN is cut 20 times a second", delays(first, second, options.revocations // 4, secret))
            stop.set()
            cutter.join()
            for process in processes[2:]:
                process.kill()
            browser, costs = Client(nodes[0].port, None), []
            body = {"email": "bench@example.com", "password": made["operator"]["password"]}
            for _ in range(30):
                start = time.perf_counter()
                status, answer = browser.ask("POST", "/v1/session", body)
                costs.append((time.perf_counter() - start) * 1000)
                assert status == 201, answer
            print("\n| sign-in with a password, one after another | times | p50 ms | p95 ms | p99 ms | worst ms |\n|---|--:|--:|--:|--:|--:|")
            row("argon2id, 19 MiB, 2 passes", costs)
        finally:
            for process in processes:
                process.kill()
                process.wait()
    sql(options.postgres, f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    main()
