import { CarcosaError } from '@carcosa/client';
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { DateTimeField, TextField } from '../src/ui/fields.tsx';
import { Form, useForm } from '../src/ui/form.tsx';

function Example({ send }: { send: (values: { name: string }, key: string) => Promise<unknown> }) {
  const form = useForm({ initial: { name: '' }, send, check: (values) => ({ '/name': values.name === 'no' ? 'must not be no' : undefined }) });
  return (
    <Form form={form} action="Save">
      <TextField label="Name" pointer="/name" value={form.values.name} onChange={(value) => form.set('name', value)} />
    </Form>
  );
}

const type = (text: string) => fireEvent.change(screen.getByLabelText('Name'), { target: { value: text } });
const save = () => act(async () => void fireEvent.click(screen.getByRole('button', { name: 'Save' })));
const refusal = (pointer: string | undefined) =>
  new CarcosaError(422, 'invalid_request', 'The request is invalid.', [{ ...(pointer ? { pointer } : {}), code: 'too_long', detail: 'is too long' }], 'req1', undefined);

describe('a moment', () => {
  it('is shown in the zone of the viewer, and is empty where it is none', () => {
    const shown = (value: string) => {
      cleanup();
      render(<DateTimeField label="When" pointer="/when" value={value} onChange={() => undefined} />);
      return screen.getByLabelText<HTMLInputElement>('When').value;
    };
    expect(shown(new Date(2026, 4, 1, 10, 30).toISOString())).toBe('2026-05-01T10:30');
    expect([shown('x'), shown('')]).toEqual(['', '']);
  });
});

describe('a form', () => {
  it('shows what the server says of a field beside it, and keeps what was typed', async () => {
    render(<Example send={() => Promise.reject(refusal('/name'))} />);
    type('Acme');
    await save();
    const field = screen.getByLabelText<HTMLInputElement>('Name');
    await waitFor(() => expect(field.getAttribute('aria-invalid')).toBe('true'));
    expect(document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent).toBe('is too long');
    expect(field.value).toBe('Acme');
    expect(document.activeElement).toBe(field);
  });

  it('goes to the first of its own fields that is wrong, not to one of another form', async () => {
    render(
      <>
        <input aria-label="Other" aria-invalid="true" />
        <Example send={() => Promise.resolve()} />
      </>,
    );
    type('no');
    await save();
    expect(document.activeElement).toBe(screen.getByLabelText('Name'));
  });

  it('shows at its end what is wrong with no field of its own', async () => {
    render(<Example send={() => Promise.reject(refusal('/settings/plan'))} />);
    type('Acme');
    await save();
    expect(screen.getByRole('alert').textContent).toContain('/settings/plan is too long');
  });

  it('shows at its end what is wrong with a field that is not there any more', async () => {
    function Changing() {
      const form = useForm({ initial: { code: '' }, send: () => Promise.reject(refusal('/code')) });
      return (
        <Form form={form} action="Save">
          {form.values.code === '' ? <TextField label="Code" pointer="/code" value="" onChange={(code) => form.set('code', code)} /> : null}
        </Form>
      );
    }
    render(<Changing />);
    fireEvent.change(screen.getByLabelText('Code'), { target: { value: '1' } });
    await save();
    expect(screen.getByRole('alert').textContent).toContain('/code is too long');
  });

  it('sends the same again under the same key until it is through, and something else under another', async () => {
    const keys: string[] = [];
    const send = vi.fn(async (_: unknown, key: string) => {
      keys.push(key);
      if (keys.length < 3) throw new TypeError('network');
    });
    render(<Example send={send} />);
    type('Acme');
    await save();
    await save();
    type('Acme 2');
    await save();
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[1]);
  });

  it('does not ask the server about what it can know itself', async () => {
    const send = vi.fn(() => Promise.resolve());
    render(<Example send={send} />);
    type('no');
    await save();
    expect(send).not.toHaveBeenCalled();
    expect(screen.getByText('must not be no')).toBeTruthy();
  });
});
