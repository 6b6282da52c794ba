/**
 * Forms. Values live in one object; what the server says of a field stands beside it, by the JSON pointer of its problem document; what it says of nothing
 * on the form stands at its end. Nothing typed is lost by a failure, and sending the same again does nothing twice.
 */

import { CarcosaError, type Violation } from '@carcosa/client';
import { type ReactNode, createContext, use, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';
import { messages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { problemText, requestIdOf } from './problem.ts';
import { Note } from './states.tsx';

const texts = messages('form', {
  save: 'Save',
  cancel: 'Cancel',
  check: 'Some fields need your attention.',
  optional: 'optional',
  quote: (id: string) => `Request ${id}`,
});

export interface FormState<Values extends object> {
  values: Values;
  set: <Name extends keyof Values>(name: Name, value: Values[Name]) => void;
  /** Back to the beginning, or to these. */
  reset: (values?: Values) => void;
  dirty: boolean;
  busy: boolean;
  /** What is wrong at a pointer such as `/name`, and at everything below it. */
  errorAt: (pointer: string) => string | undefined;
  /** What is wrong, but at none of the fields shown. */
  general: { error: unknown; violations: readonly Violation[] } | undefined;
  submit: () => void;
  /** Names a pointer that the form shows, until what it returns is called. */
  shows: (pointer: string) => () => void;
  /** How often it was refused, here or by the server. */
  refusals: number;
}

export interface FormOptions<Values extends object> {
  initial: Values;
  /**
   * Sends it. The key goes along as `Idempotency-Key`: the same for the same values, until it has succeeded.
   */
  send: (values: Values, idempotencyKey: string) => Promise<unknown>;
  /** Rules that need no server: pointer to message. */
  check?: (values: Values) => Record<string, string | undefined>;
}

export function useForm<Values extends object>({ initial, send, check }: FormOptions<Values>): FormState<Values> {
  const [start, setStart] = useState(initial);
  const [values, setValues] = useState(initial);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [local, setLocal] = useState<Record<string, string>>({});
  const [refusals, setRefusals] = useState(0);
  const attempt = useRef({ body: '', key: '' });
  const resets = useRef(0);
  // Filled by the fields as they come and go; read when the server has refused something.
  const [shown] = useState(() => new Set<string>());

  const violations = useMemo(() => (error instanceof CarcosaError ? error.errors : []), [error]);
  const dirty = useMemo(() => JSON.stringify(values) !== JSON.stringify(start), [values, start]);

  const submit = async () => {
    if (busy) return;
    const wrong = Object.fromEntries(Object.entries(check?.(values) ?? {}).filter(([, text]) => text)) as Record<string, string>;
    setLocal(wrong);
    setError(undefined);
    if (Object.keys(wrong).length > 0) return setRefusals((now) => now + 1);
    const body = JSON.stringify(values);
    if (attempt.current.body !== body) attempt.current = { body, key: crypto.randomUUID() };
    setBusy(true);
    const before = resets.current;
    try {
      await send(values, attempt.current.key);
      attempt.current = { body: '', key: '' };
      // Who sends may have put what the server made of it into the form.
      if (resets.current === before) setStart(values);
    } catch (failure) {
      setError(failure);
      // A request that was refused is another one when it is mended elsewhere: it must not be answered from memory.
      if (failure instanceof CarcosaError) attempt.current = { body: '', key: '' };
      setRefusals((now) => now + 1);
    } finally {
      setBusy(false);
    }
  };

  return {
    values,
    set: (name, value) => {
      setValues((now) => ({ ...now, [name]: value }));
      setLocal((now) => (Object.keys(now).length === 0 ? now : {}));
    },
    reset: (next = start) => {
      resets.current += 1;
      setStart(next);
      setValues(next);
      setError(undefined);
      setLocal({});
    },
    dirty,
    busy,
    errorAt: (pointer) => local[pointer] ?? textAt(violations, pointer),
    general: error ? { error, violations: violations.filter((one) => ![...shown].some((pointer) => isAt(one, pointer))) } : undefined,
    submit: () => void submit(),
    shows: useCallback(
      (pointer: string) => {
        shown.add(pointer);
        return () => void shown.delete(pointer);
      },
      [shown],
    ),
    refusals,
  };
}

const isAt = ({ pointer }: Violation, place: string): boolean => pointer === place || (pointer?.startsWith(`${place}/`) ?? false);

/** What is wrong there, and below it with where. */
function textAt(violations: readonly Violation[], place: string): string | undefined {
  const found = violations.filter((one) => isAt(one, place));
  if (found.length === 0) return undefined;
  return found.map((one) => (one.pointer === place ? one.detail : `${one.pointer?.slice(place.length + 1)}: ${one.detail}`)).join('; ');
}

const FormContext = createContext<Pick<FormState<object>, 'errorAt' | 'shows' | 'busy'> | undefined>(undefined);

/** The form's element. Inside a dialog its body scrolls and its buttons stay. */
export function Form<Values extends object>({
  form,
  children,
  action = texts.save,
  onCancel,
  inDialog,
  foot,
  always,
  destroys,
}: {
  form: FormState<Values>;
  children: ReactNode;
  /** What the button does: a verb, perhaps with its object. */
  action?: string;
  onCancel?: () => void;
  inDialog?: boolean;
  /** More beside the buttons. */
  foot?: ReactNode;
  /** Can be sent as it is at first. */
  always?: boolean;
  destroys?: boolean;
}) {
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // Where a reader looks first after a refusal.
    if (form.refusals > 0) element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [form.refusals]);
  const buttons = (
    <>
      {foot}
      {onCancel ? (
        // What is under way may bring a secret that is shown once.
        <Button onClick={onCancel} disabled={form.busy}>
          {texts.cancel}
        </Button>
      ) : null}
      <Button tone={destroys ? 'destroy' : 'primary'} type="submit" busy={form.busy} disabled={!always && !form.dirty}>
        {action}
      </Button>
    </>
  );
  return (
    <FormContext value={form}>
      <form
        ref={element}
        noValidate
        className={inDialog ? undefined : 'fields'}
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
          form.submit();
        }}
      >
        <div className={inDialog ? 'dialog-body' : 'fields'}>
          {children}
          <General form={form} />
        </div>
        <div className={inDialog ? 'dialog-foot' : 'row'}>{buttons}</div>
      </form>
    </FormContext>
  );
}

function General<Values extends object>({ form }: { form: FormState<Values> }) {
  if (!form.general) return null;
  const { error, violations } = form.general;
  const atFields = error instanceof CarcosaError && error.errors.length > 0 && violations.length === 0;
  const id = requestIdOf(error);
  return (
    <Note tone="bad">
      <p>{atFields ? texts.check : violations.length > 0 ? null : problemText(error)}</p>
      {violations.length > 0 ? (
        <ul>
          {violations.map((one, index) => (
            <li key={index}>
              <code>{one.pointer ?? one.parameter}</code> {one.detail}
            </li>
          ))}
        </ul>
      ) : null}
      {id ? <p className="small mono dim">{texts.quote(id)}</p> : null}
    </Note>
  );
}

/** What a control needs to be tied to its label, hint and error. */
export interface ControlProps {
  id: string;
  'aria-invalid': true | undefined;
  'aria-describedby': string | undefined;
  disabled: boolean;
}

/** A labelled control. `pointer` is where it goes in the request's body, such as `/settings/key_prefix`. */
export function Field({
  label,
  pointer,
  hint,
  optional,
  children,
}: {
  label: string;
  pointer: string;
  hint?: ReactNode;
  optional?: boolean | undefined;
  children: (control: ControlProps) => ReactNode;
}) {
  const id = useId();
  const form = use(FormContext);
  const shows = form?.shows;
  useEffect(() => shows?.(pointer), [shows, pointer]);
  const error = form?.errorAt(pointer);
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label className="field-label" htmlFor={id} id={`${id}-label`}>
        {label} {optional ? <span className="field-optional">{texts.optional}</span> : null}
      </label>
      {children({
        id,
        'aria-invalid': error ? true : undefined,
        'aria-describedby': described || undefined,
        disabled: form?.busy ?? false,
      })}
      {hint ? (
        <div className="field-hint" id={`${id}-hint`}>
          {hint}
        </div>
      ) : null}
      {error ? (
        <div className="field-error" id={`${id}-error`}>
          {error}
        </div>
      ) : null}
    </div>
  );
}
