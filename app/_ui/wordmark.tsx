// The name, with a ferry drawn in three lines.

export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2 font-semibold text-[15px] tracking-[-0.01em]">
      <svg aria-hidden width="20" height="20" viewBox="0 0 20 20" fill="none" className="text-accent">
        <path
          d="M4 9.5V5.5h12v4M4.2 5.8 10 10l5.8-4.2"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeLinejoin="round"
        />
        <path
          d="M1.5 10.5h17l-2.2 5H3.7z M1 18.3c1.5 0 1.5-.9 3-.9s1.5.9 3 .9 1.5-.9 3-.9 1.5.9 3 .9 1.5-.9 3-.9 1.5.9 3 .9"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeLinejoin="round"
          strokeLinecap="round"
        />
      </svg>
      Mailferry
    </span>
  );
}
