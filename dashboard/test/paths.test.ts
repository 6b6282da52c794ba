import { describe, expect, it } from 'vitest';
import { projectPaths, withQuery } from '../src/app/paths.ts';
import { parseSearch, stringifySearch } from '../src/app/search.ts';
import { inside } from '../src/capabilities/operators/sign-in.tsx';

describe('addresses', () => {
  it('keep texts as texts', () => {
    for (const q of ['123', 'true', 'a b', '50 %', 'å&=?', '{"a":1}', '"']) {
      expect(parseSearch(stringifySearch({ q }))).toEqual({ q });
    }
  });

  it('leave out what is not set', () => {
    expect(withQuery('/x', { q: '', status: 'active', kind: undefined })).toBe('/x?status=active');
    expect(stringifySearch({ q: '' })).toBe('');
  });

  it('carry the tenant of a role that is its own', () => {
    const { role } = projectPaths('a');
    expect(role('rol_1', { tenant: 'ten_1' })).toBe('/p/a/roles/rol_1?tenant=ten_1');
    expect(role('rol_1', { tenant: undefined })).toBe('/p/a/roles/rol_1');
  });

  it('cannot be led astray by odd names', () => {
    expect(projectPaths('a/../b').tenant('slug:ä/?')).toBe('/p/a%2F..%2Fb/tenants/slug%3A%C3%A4%2F%3F');
  });
});

describe('where sign-in goes on', () => {
  it('is a path of this server', () => {
    expect(inside('/p/cardvault?q=1')).toBe('/p/cardvault?q=1');
    for (const bad of ['https://evil.example/', '//evil.example', 'javascript:alert(1)', '/\\evil.example', '/sign-in?to=/sign-in']) {
      expect(inside(bad)).toBe('/');
    }
  });
});
