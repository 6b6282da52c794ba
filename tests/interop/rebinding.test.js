// Names that lead inside, or come to lead there, asked of a real DNS server by the machine's own resolver.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// Namespaces of its own, so that the resolver's settings are no other's.
const UNSHARE = ['--map-root-user', '--mount', '--net', '--pid', '--fork', '--kill-child'];

function canUnshare() {
  try {
    execFileSync('unshare', [...UNSHARE, 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('a name that leads inside is not followed, whenever it comes to do so', { skip: !canUnshare() && 'needs namespaces of Linux' }, async () => {
  const script = fileURLToPath(new URL('./support/rebinding.js', import.meta.url));
  const { stdout } = await promisify(execFile)('unshare', [...UNSHARE, process.execPath, script], { timeout: 120_000 });
  const seen = JSON.parse(stdout.trim().split('\n').at(-1));
  assert.equal(seen.connections, 0, 'nobody was led inside');
  const [documentation, outside, ...inside] = seen.refused;
  for (const error of [documentation, ...inside]) assert.match(error, /no public address/);
  assert.doesNotMatch(outside, /no public address/, `a public address is tried: ${outside}`);
  assert.equal(new Set(inside).size, 1, 'all alike: which address it was is not told');
  assert.deepEqual(seen.questions, ['93.184.216.34', '127.0.0.1'], 'one question for one connection');
  const [first, second] = seen.changed;
  assert.doesNotMatch(first, /no public address/, 'the address that was checked is the one that is called');
  assert.match(second, /no public address/);
  assert.deepEqual(seen.allowed, [null], 'what the operator opened is delivered');
  assert.equal(seen.came, 1);
});
