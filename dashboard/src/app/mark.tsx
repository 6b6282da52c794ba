/** Carcosa's sign. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="7" fill="#1c1b22" />
      <path d="M23.2 10.6A9 9 0 1 0 23.2 21.4" fill="none" stroke="#f5b81c" strokeWidth="3.2" strokeLinecap="round" />
      <circle cx="18.6" cy="16" r="3.1" fill="#f5b81c" />
    </svg>
  );
}
