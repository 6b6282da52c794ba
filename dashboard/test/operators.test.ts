import { describe, expect, it } from 'vitest';
import { deviceOf } from '../src/capabilities/operators/device.ts';
import { passwordProblem, passwordRules } from '../src/capabilities/operators/password-field.tsx';
import { slugFrom } from '../src/capabilities/projects/slug.ts';

describe('what a browser calls itself', () => {
  const agents: [agent: string | null, name: string, mobile: boolean][] = [
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux', false],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0', 'Edge on Windows', false],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15', 'Safari on macOS', false],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1', 'Safari on iPhone', true],
    ['Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36', 'Chrome on Android', true],
    ['curl/8.5.0', 'curl', false],
    ['my-script/1.0 (nightly)', 'my-script/1.0', false],
    ['', 'Unknown software', false],
    [null, 'Unknown software', false],
  ];
  it.each(agents)('%s', (agent, name, mobile) => {
    expect(deviceOf(agent)).toEqual({ name, mobile });
  });
});

describe('the rules of passwords are those of the server', () => {
  const email = 'ada.lovelace@example.com';
  it.each(['Ada.Lovelace1815', email, 'aaaaaaaaaaaaaaaa', '123412341234', 'ﬁ ve5', ''])('%s is refused', (password) => {
    expect(passwordProblem(password, email)).toBeDefined();
  });
  it.each(['a horse eats hay', 'пароль из слов', 'ａｎａｌｙｔｉｃａｌ engine', 'xK2-9fj3-11ab'])('%s is taken', (password) => {
    expect(passwordProblem(password, email)).toBeUndefined();
  });
  it('short parts of an address tell nothing', () => {
    expect(passwordProblem('abc and more words', 'abc@d.example')).toBeUndefined();
  });
  it('an address that is not known is no rule', () => {
    expect(passwordRules('x')).toHaveLength(2);
  });
});

describe('short names out of names', () => {
  it.each([
    ['Åbo Akademi', 'abo-akademi'],
    ['Müller & Söhne GmbH', 'muller-sohne-gmbh'],
    ['Ärzte e.V.', 'arzte-e-v'],
    ["O'Reilly", 'oreilly'],
    ['  --  ', ''],
    ['株式会社', ''],
    ['x'.repeat(80), 'x'.repeat(63)],
  ])('%s', (name, slug) => {
    expect(slugFrom(name)).toBe(slug);
  });
});
